package ledger

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// Every kind has one rule, which takes the content that op names for the kind.
func TestEveryKindHasARule(t *testing.T) {
	n := 0
	for _, k := range op.Kinds() {
		require.NotNil(t, ruleFor(k), k.String())
	}
	for _, rule := range ruleOf {
		if rule != nil {
			n++
		}
	}
	require.Len(t, op.Kinds(), n)
	require.Panics(t, func() { ruleFor(3999) })
}

// unchanged holds what was kept of an event against a fresh decode of its content: no
// rule may have changed it.
func unchanged(t testing.TB, ev *op.Event) {
	t.Helper()
	kept, err := ev.Decoded()
	if err != nil {
		return
	}
	fresh, err := (&op.Event{Kind: ev.Kind, Content: ev.Content}).Decoded()
	require.NoError(t, err)
	if !reflect.DeepEqual(kept, fresh) {
		t.Errorf("%v %s: a rule changed its content to %+v, it was %+v", ev.Kind, ev.ID, kept, fresh)
	}
}

// Prepare refuses what no state could accept, and keeps what it found.
func TestPrepare(t *testing.T) {
	sc := newScenario(t)
	invoice := sc.invoiceAt(nodeOf("alice"), op.Hash{1}, 10, sc.at.TimeMs, "x")
	claim := &op.Event{Kind: op.KindClaim, Content: op.EncodeContent(op.Claim{Payout: "p", Invoice: invoice})}
	require.NoError(t, Prepare(claim))
	p := claim.Kept().(*prepared)
	require.Equal(t, "regtest", p.network)
	require.Equal(t, int64(10), p.invoice.amountSat)
	require.NoError(t, Prepare(claim))
	require.Same(t, p, claim.Kept())

	for rule, c := range map[string]struct {
		kind    op.Kind
		content any
	}{
		"bolt11":         {op.KindClaim, op.Claim{Payout: "p", Invoice: invoice + "q"}},
		"preimage":       {op.KindReceipt, op.Receipt{Invoice: invoice, Rating: 1}},
		"node-statement": {op.KindBindNode, op.BindNode{Signature: "y"}},
	} {
		ev := &op.Event{Kind: c.kind, Content: op.EncodeContent(c.content)}
		var r *Refusal
		require.ErrorAs(t, Prepare(ev), &r)
		require.Equal(t, rule, r.Rule)
		require.Nil(t, ev.Kept())
	}
}

// An invoice for another network is read, and refused by the economy's.
func TestPreparedInvoiceOfAnotherNetwork(t *testing.T) {
	sc := newScenario(t)
	invoice := sc.invoiceAt(nodeOf("alice"), op.Hash{1}, 10, sc.at.TimeMs, "x")
	p, err := prepareInvoice(invoice)
	require.NoError(t, err)
	sc.s.read, sc.s.network, sc.s.constitution, sc.s.clock = p, "signet", &Constitution{}, sc.at
	_, err = sc.s.decodeInvoice("content.invoice", invoice)
	require.ErrorContains(t, err, "signet")
	sc.s.network = "regtest"
	got, err := sc.s.decodeInvoice("content.invoice", invoice)
	require.NoError(t, err)
	require.Equal(t, p.invoice, got)
}
