// Run by clients_test.go, like reuse_test.mjs, with the npm package l402: it keeps the
// token by itself and pays the challenge that comes when it is used up.
import axios from "axios";
import { setupL402Interceptor } from "l402";

const [econd, pay, reads, uses] = process.argv.slice(2);
let payments = 0;
const wallet = {
  async payInvoice(invoice) {
    payments++;
    const res = await fetch(pay, { method: "POST", body: invoice });
    if (!res.ok) throw new Error(await res.text());
    return { success: true, ...(await res.json()) };
  },
};
const kept = new Map();
const store = { get: (url) => kept.get(url), put: (url, token) => kept.set(url, token) };
const client = axios.create({ headers: { "L402-Uses": uses } });
setupL402Interceptor(client, wallet, store);
for (let i = 0; i < Number(reads); i++) {
  await client.get(econd + "/v1/agents");
}
console.log(JSON.stringify({ reads: Number(reads), payments }));
