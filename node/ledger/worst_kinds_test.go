package ledger

import (
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// constantWork says of each kind without a case why its work has a bound that agents
// and time do not move.
var constantWork = map[op.Kind]string{
	op.KindBindNode:   "Prepare checked the signature; at most maxNodes nodes of one agent",
	op.KindClaim:      "one payout by its id, one payment hash; Prepare read the invoice",
	op.KindRenew:      "one hold by its id",
	op.KindVoid:       "one mark of the signer",
	op.KindJuryCommit: "the seats of one jury, at most 4 rounds of 21 jurors doubled",
	op.KindJuryReveal: "as jury-commit",

	op.KindGenesis:          "the first entry",
	op.KindHoldOffered:      "one hold by its id; Prepare read the invoice",
	op.KindHoldSettled:      "one hold by its id, at most maxPools pools",
	op.KindHoldLapse:        "one hold, as hold-cancelled",
	op.KindExpire:           "one proposal that ends, as veto",
	op.KindAnchorPublished:  "one anchor by its txid",
	op.KindAnchorConfirmed:  "one anchor by its txid",
	op.KindAnchorFinal:      "one anchor by its txid",
	op.KindAnchorReorged:    "one anchor by its txid",
	op.KindPaymentSent:      "one payout by its id",
	op.KindPaymentFailed:    "one payout by its id, and what it took off the contributions of its agent",
	op.KindClaimLapse:       "as payment-failed",
	op.KindWebhookDelivered: "one webhook by its effect",
	op.KindWebhookFailed:    "one webhook by its effect",
	op.KindEvaluate:         "at most maxMetrics medians of 64 reports",
	op.KindRuling:           "the seats of one jury; what ends with it, as dispute-close",
	op.KindReconciled:       "a decision that the operator types, over the effects that are pending",
}

// Every kind has a case, or says why it needs none.
func TestEveryKindHasItsWorst(t *testing.T) {
	cases := map[string]bool{}
	for _, w := range worstEntries {
		kind, _, _ := strings.Cut(w.name, "/")
		cases[kind] = true
	}
	for _, k := range op.Kinds() {
		why, constant := constantWork[k]
		switch {
		case cases[k.String()] == constant:
			t.Errorf("%s has a case of its dearest entry: %t; a reason why its work is constant: %t", k, cases[k.String()], constant)
		case constant && why == "":
			t.Errorf("%s: the reason is empty", k)
		}
		delete(cases, k.String())
	}
	for name := range cases {
		t.Errorf("there is a case of %q, which is no kind", name)
	}
}
