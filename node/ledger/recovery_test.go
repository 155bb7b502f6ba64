package ledger

import (
	"crypto/sha256"

	"github.com/econd/econd/node/op"
)

// Words about the operator's decisions after a restore.
//
//	decided paid N NAME SATS PAYMENT FEE-MSAT      payout N, by an invoice of NAME's node
//	decided ahead P NAME SATS PAYMENT FEE-MSAT     the payout of P's first action
//	decided keysend P SATS PAYMENT FEE-MSAT        the same without an invoice
//	decided found PAYMENT MSAT POOL | decided noted PAYMENT | decided anchored TX | decided restored SIZE
func init() {
	facts["decided"] = func(sc *scenario, f []string) error {
		c := op.Reconciled{Decision: f[0]}
		preimage := func(payment string) {
			c.Preimage = sha256.Sum256([]byte(payment))
			c.Hash = sha256.Sum256(c.Preimage[:])
		}
		switch f[0] {
		case "paid", "ahead":
			if c.Payout = stableID("pay", sc.labels[f[1]].String(), "0"); f[0] == "paid" {
				c.Payout = sc.payout(f[1])
			}
			preimage(f[4])
			c.Decision, c.AmountMsat, c.FeeMsat = op.DecidedPaid, 1000*sc.number(f[3]), sc.number(f[5])
			c.Invoice = sc.invoice(nodeOf(f[2]), c.Hash, sc.number(f[3]))
		case "keysend":
			preimage(f[3])
			c.Decision, c.Payout = op.DecidedPaid, stableID("pay", sc.labels[f[1]].String(), "0")
			c.AmountMsat, c.FeeMsat = 1000*sc.number(f[2]), sc.number(f[4])
		case "found":
			preimage(f[1])
			c.Preimage, c.AmountMsat, c.Pool = op.Hash{}, sc.number(f[2]), f[3]
		case "noted", "anchored":
			preimage(f[1])
			c.Preimage = op.Hash{}
		case "restored":
			c.Size = uint64(sc.number(f[1]))
		}
		return sc.enter("operator", op.KindReconciled, c)
	}
}
