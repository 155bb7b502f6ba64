package ledger

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Every kind has one rule, which takes the content that op names for the kind: a table
// that is not complete is not made.
func TestEveryKindHasARule(t *testing.T) {
	require.PanicsWithValue(t, "ledger: no rule of register", func() { tabled() })
	note := row(op.KindVoid, (*State).void)
	require.PanicsWithValue(t, "ledger: two rules of void", func() { tabled(note, note) })
	require.PanicsWithValue(t, "ledger: the rule of veto takes another content than the kind has",
		func() { row(op.KindVeto, (*State).void) })
}

// A deadline has all that is asked of one, and facts that end one name what it is about.
func TestDeadlineRows(t *testing.T) {
	n := 0
	for _, k := range op.Kinds() {
		r := ruleFor(k)
		if r.ends == 0 {
			require.Nil(t, r.stands, k.String())
			continue
		}
		n++
		own := ruleFor(r.ends)
		require.True(t, k.IsFact() && own.ends == r.ends && own.stands != nil && own.fact != nil && own.of.id != nil && r.names != nil, k.String())
	}
	require.Equal(t, 11, n)
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
	require.Equal(t, "lnbcrt", p.invoice.prefix)
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
		var r *refusal.Refusal
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
	sc.s.entry.read, sc.s.network, sc.s.constitution, sc.s.clock = p, "signet", &constitution.Constitution{}, sc.at
	_, err = sc.s.decodeInvoice("content.invoice", invoice)
	require.ErrorContains(t, err, "signet")
	sc.s.network = "regtest"
	got, err := sc.s.decodeInvoice("content.invoice", invoice)
	require.NoError(t, err)
	require.Equal(t, p.invoice, got)
}

// A reason never makes a due fact longer than an event, nor breaks a letter.
func TestFailureIsClipped(t *testing.T) {
	short := strings.Repeat("x", maxFailure)
	require.Equal(t, short, clipped(short))
	for _, long := range []string{short + "x", strings.Repeat("\u00e4", maxFailure)} {
		got := clipped(long)
		require.LessOrEqual(t, len(got), maxFailure)
		require.True(t, utf8.ValidString(got))
		require.True(t, strings.HasSuffix(got, "..."))
	}
}

// costOf is what preparing an event allocates, in bytes.
func costOf(ev *op.Event) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = Prepare(ev)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// hostileEvidence are contents of full size with evidence that is costly to refuse.
func hostileEvidence(kind op.Kind) []*op.Event {
	long := strings.Repeat("q", kind.MaxContent()-400)
	list := []any{op.Claim{Payout: "p", Invoice: "lnbcrt1" + long}}
	switch kind {
	case op.KindReceipt:
		list = []any{op.Receipt{Invoice: "lnbcrt1" + long, Rating: 1}, op.Receipt{Invoice: long}}
	case op.KindHoldOffered:
		list = []any{op.HoldOffered{Invoice: "lnbcrt1" + long}}
	case op.KindBindNode:
		list = []any{op.BindNode{Signature: long}, op.BindNode{Signature: strings.Repeat("y", 104)}}
	}
	var events []*op.Event
	for _, c := range list {
		events = append(events, &op.Event{Kind: kind, Content: op.EncodeContent(c)})
	}
	return events
}

// What Prepare costs follows the length of the content, with evidence of every sort.
func TestPrepareIsLinear(t *testing.T) {
	for _, kind := range []op.Kind{op.KindClaim, op.KindReceipt, op.KindHoldOffered, op.KindBindNode} {
		for _, ev := range hostileEvidence(kind) {
			if got, most := costOf(ev), uint64(200*len(ev.Content)+64<<10); got > most {
				t.Errorf("%v: %d bytes take %d, at most %d are allowed", kind, len(ev.Content), got, most)
			}
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	for _, kind := range []op.Kind{op.KindClaim, op.KindReceipt, op.KindHoldOffered, op.KindBindNode} {
		for i, ev := range hostileEvidence(kind) {
			b.Run(fmt.Sprintf("%v/%d", kind, i), func(b *testing.B) {
				b.SetBytes(int64(len(ev.Content)))
				b.ReportAllocs()
				for b.Loop() {
					fresh := *ev
					_ = Prepare(&fresh)
				}
			})
		}
	}
}
