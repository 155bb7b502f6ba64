package ledger

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

// Words about the operator's decisions after a restore.
//
//	decided paid N NAME SATS PAYMENT FEE-MSAT      payout N, by an invoice of NAME's node
//	decided ahead P NAME SATS PAYMENT FEE-MSAT     the payout of P's first action
//	decided keysend P SATS PAYMENT FEE-MSAT        the same without an invoice
//	decided found PAYMENT MSAT POOL | decided noted PAYMENT | decided anchored TX | decided restored SIZE [NOTE]
//	decided new-line T [NOTE] | decided lost T | decided remarked T NOTE    anchored and noted, of the anchor T
//
// NOTE is one word, \n in it a newline; N*WORD is it so many times over.
//
//	recoveries so = DECISION...
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
			c.Size, c.Note = uint64(sc.number(f[1])), noteOf(f[2:])
		case "new-line":
			c.Hash, c.Note = anchorOf(f[1]), noteOf(f[2:])
		case "lost":
			c.Decision, c.Hash = op.DecidedAnchored, anchorOf(f[1])
		case "remarked":
			c.Decision, c.Hash, c.Note = op.DecidedNoted, anchorOf(f[1]), noteOf(f[2:])
		}
		return sc.enter("operator", op.KindReconciled, c)
	}
	looks["recoveries"] = func(sc *scenario, _ []string) string {
		list := []string{"="}
		for _, r := range sc.s.Recoveries() {
			list = append(list, r.Decision)
		}
		return strings.Join(list, " ")
	}
}

// noteOf is the note that a scenario gives, "" for none.
func noteOf(f []string) string {
	if len(f) == 0 {
		return ""
	}
	text := strings.ReplaceAll(f[0], `\n`, "\n")
	if times, word, ok := strings.Cut(text, "*"); ok {
		n, err := strconv.Atoi(times)
		if err != nil {
			panic(err)
		}
		return strings.Repeat(word, n)
	}
	return text
}
