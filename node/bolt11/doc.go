// Package bolt11 reads and writes Lightning invoices as BOLT 11 describes them
// (https://github.com/lightning/bolts/blob/master/11-payment-encoding.md, September 2026): what the rules
// of an economy need of them, and nothing of how they are paid.
//
// What an entry of the log means rests on it: whether a receipt, a payout claim or a hold's invoice is
// valid, and over how much it is. So it imports the curve arithmetic of btcec and the standard library
// alone, has vectors for each decision, and a rule in it is never changed, only added beside the old one.
//
// # What is refused
//
// An invoice is refused where a reader must fail it, where its writer broke a MUST in a field that is read
// here, and where readers of different editions or makes read different things in it. Two parties who hold the
// same signed text then never differ about what the payee promised. In detail, with the words of BOLT 11 paraphrased:
//
//   - Length: BOLT 11 lifts the 90 characters of BIP 173 and sets no other bound. Here it is [MaxLength].
//   - Case: upper or lower, not both; the signature is over lower case.
//   - Prefix: one that is not understood fails the payment. [Networks] are understood.
//   - Amount: digits and one multiplier at most, or it fails; the last digit of a `p` amount is 0, or it fails. A
//     writer uses a positive number without leading zeros: others are refused. More than [MaxMsat] is refused.
//   - `p`, `s`, `h`, `n` of another length than 52, 52, 52, 53: the present edition fails them. Editions
//     until 2025 skipped them; then "no hash" and "another hash later" depended on the reader.
//   - A field twice: a writer includes exactly one `p`, one `s`, one of `d` and `h`, and may include one `x`,
//     `c`, `n`. Readers that take the first and readers that take the last see different invoices,
//     so a second one of these or of `9` is refused, be it the same or of wrong length.
//   - `s` missing: fails. So invoices from before payment secrets are refused, and LND's blinded ones.
//   - Neither `d` nor `h`, or both: fails. A `d` is valid UTF-8, or its writer broke a MUST.
//   - Padding: a writer pads with zeros to a multiple of 5 bits. Other bits, or a whole spare group, are refused.
//   - Unknown even feature bits fail the payment, unknown odd ones are ignored. Known are the bits that BOLT 9
//     gives to invoices: 8, 14, 16, 24, 36, 48. The features that these depend on are assumed of every node.
//   - Signature: under the key of `n` if there is one, and then of low S; otherwise of any S, and the key is recovered. The
//     recovery number is 0 to 3 in either case.
//
// # What is accepted
//
//   - Fields that are not read are skipped whatever is in them: `f`, `r`, `m` and unknown ones.
//     How an invoice is to be routed changes nothing of what its payee promised.
//   - `x`, `c`, `9` with leading zero groups: a reader SHOULD treat them as invalid, earlier editions
//     only asked writers to be short, and all readers read the same number.
//   - A number in `x` or `c` of any size; it is held at [MaxNumber], which no time and no height reaches.
//   - No amount: the payer chooses. No `x`: 3600 seconds. No `c`: 18 blocks.
//   - `h` without the text that it is the hash of: who needs the text holds it against the hash.
package bolt11
