// Reads a priced resource of econd again and again with Alby's client, and pays for
// many uses at once: one payment, and one routing fee, where each call would make its own.
import { fetchWithL402 } from "@getalby/lightning-tools/402/l402";

// PaidReader keeps what it bought, one credential for each kind of resource.
export class PaidReader {
  // wallet has payInvoice({invoice}), which resolves to {preimage, fees_paid};
  // uses is how many uses a payment is for.
  constructor(wallet, uses) {
    this.wallet = wallet;
    this.uses = uses;
    this.kept = new Map();
  }

  // fetch calls the URL; what is the resource's name in the price list: a token is
  // good for the one that it was bought for.
  async fetch(url, what, init = {}) {
    const credentials = this.kept.get(what);
    if (credentials) {
      // With credentials the client never pays: a 402 is returned as it came.
      const res = await fetchWithL402(url, { ...init }, { wallet: this.wallet, credentials });
      if (res.status !== 402) return this.keep(what, credentials, res);
      this.kept.delete(what);
    }
    const headers = new Headers(init.headers);
    headers.set("L402-Uses", String(this.uses));
    try {
      const res = await fetchWithL402(url, { ...init, headers }, { wallet: this.wallet });
      return this.keep(what, res.payment?.credentials, res);
    } catch (e) {
      // Paid, and the answer was lost: the next call uses what was bought.
      if (e.name === "Fetch402InterruptedError" && e.paid) this.kept.set(what, e.credentials);
      throw e;
    }
  }

  // keep remembers a credential while it is good for something.
  keep(what, credentials, res) {
    const left = res.headers.get("L402-Uses-Left");
    if (credentials && left !== "0") this.kept.set(what, credentials);
    else this.kept.delete(what);
    return res;
  }
}
