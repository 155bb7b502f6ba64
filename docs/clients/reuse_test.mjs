// Run by clients_test.go: argv are econd's URL, the wallet's URL, how many reads, how
// many uses a payment is for, 0 for a payment with each read, and "drop" to throw
// credentials away.
import { fetchWithL402 } from "@getalby/lightning-tools/402/l402";
import { PaidReader } from "./reuse.mjs";

const [econd, pay, reads, uses, drop] = process.argv.slice(2);
const wallet = {
  async payInvoice({ invoice }) {
    const res = await fetch(pay, { method: "POST", body: invoice });
    if (!res.ok) throw new Error(await res.text());
    return res.json();
  },
};
const reader = new PaidReader(wallet, Number(uses));
let paid = 0;
for (let i = 0; i < Number(reads); i++) {
  const url = econd + (i % 2 ? "/v1/agents" : "/v1/proposals");
  const res = await (uses === "0"
    ? fetchWithL402(url, {}, { wallet })
    : drop
      ? fetchWithL402(url, { headers: { "L402-Uses": uses } }, { wallet })
      : reader.fetch(url, "queries"));
  if (!res.ok) throw new Error(`${url}: ${res.status} ${await res.text()}`);
  await res.json();
  paid += res.payment?.paid ? 1 : 0;
}
console.log(JSON.stringify({ reads: Number(reads), payments: paid, kept: reader.kept.size }));
