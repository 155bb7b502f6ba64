package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// What the outside sees is named by the decision that made it: the log of a
// scenario, each entry one place later, gives the same payouts, webhooks, grants
// and holds. Only the facts are signed anew, because they name effects, which are
// named by their place.
func TestIdentitiesOutliveTheirPlace(t *testing.T) {
	kinds := map[string]bool{}
	for _, file := range []string{"payouts", "grants", "webhooks", "rage_quit", "model_upgrade", "dispute_upheld"} {
		t.Run(file, func(t *testing.T) {
			sc := newScenario(t)
			sc.run("testdata/" + file + ".txt")
			ids := identities(sc.s)
			if later := identities(oneLater(t, sc)); !slices.Equal(ids, later) {
				t.Errorf("%v\nand one entry later\n%v", ids, later)
			}
			for _, id := range ids {
				kind, _, _ := strings.Cut(id, "-")
				kinds[kind] = true
			}
		})
	}
	for _, kind := range []string{"pay", "draw", "exit", "reward", "dispute", "webhook", "grant", "hold"} {
		if !kinds[kind] {
			t.Errorf("no scenario makes a %s", kind)
		}
	}
}

// identities lists what the outside may see of a state.
func identities(s *State) []string {
	var list []string
	for _, p := range s.treasury.payouts {
		list = append(list, p.id+fmt.Sprintf(" %d sat to %x", p.amountSat, p.node))
	}
	for _, w := range s.webhooks.list {
		list = append(list, w.id)
	}
	for _, g := range s.treasury.grants {
		list = append(list, g.id)
	}
	for _, h := range s.holds.list {
		list = append(list, "hold-"+h.id.String())
	}
	return list
}

// oneLater applies the log of a scenario with another entry after the genesis and the first headers.
// Facts that are due come from the state.
func oneLater(t *testing.T, sc *scenario) *State {
	s := New()
	apply := func(at op.Stamp, e *op.Event) {
		if _, err := Apply(s, &op.Entry{Seq: s.Next(), Stamp: at, Event: e}); err != nil {
			t.Fatalf("entry %d, %v: %v", s.Next(), e.Kind, err)
		}
	}
	for i, e := range sc.log {
		for f := s.Due(e.Stamp); i > 0 && f != nil; f = s.Due(e.Stamp) {
			apply(e.Stamp, signedFact(t, e.Stamp.TimeMs, f.Kind, op.EncodeContent(f.Content)))
		}
		if i == 2 {
			apply(sc.log[1].Stamp, signedFact(t, sc.log[1].Stamp.TimeMs, op.KindAnchorPublished, op.EncodeContent(op.AnchorPublished{CheckpointSize: 1, Txid: op.Hash{1}})))
		}
		switch content, outside := renamed(t, e.Event); {
		case outside:
			apply(e.Stamp, signedFact(t, e.Event.CreatedAt*1000, e.Event.Kind, content))
		case !e.Event.Kind.IsFact() || e.Event.Kind == op.KindGenesis || e.Event.Kind == op.KindBlocks || e.Event.Kind == op.KindHoldLocked:
			apply(e.Stamp, e.Event)
		}
	}
	return s
}

func signedFact(t *testing.T, atMs int64, kind op.Kind, content string) *op.Event {
	e := &op.Event{CreatedAt: atMs / 1000, Kind: kind, Tags: [][]string{{"economy", scenarioEconomy}}, Content: content}
	if err := e.Sign(secretOf("operator")); err != nil {
		t.Fatal(err)
	}
	return e
}

// renamed is the content of a fact about something outside with the effect of one
// place later.
func renamed(t *testing.T, e *op.Event) (content string, ok bool) {
	for _, c := range []struct {
		kind    op.Kind
		content any
		effect  func(any) *string
	}{
		{op.KindHoldOffered, &op.HoldOffered{}, func(c any) *string { return &c.(*op.HoldOffered).Effect }},
		{op.KindHoldSettled, &op.HoldSettled{}, func(c any) *string { return &c.(*op.HoldSettled).Effect }},
		{op.KindHoldCancelled, &op.HoldCancelled{}, func(c any) *string { return &c.(*op.HoldCancelled).Effect }},
		{op.KindPaymentSent, &op.PaymentSent{}, func(c any) *string { return &c.(*op.PaymentSent).Effect }},
		{op.KindPaymentFailed, &op.PaymentFailed{}, func(c any) *string { return &c.(*op.PaymentFailed).Effect }},
		{op.KindWebhookDelivered, &op.WebhookDelivered{}, func(c any) *string { return &c.(*op.WebhookDelivered).Effect }},
		{op.KindWebhookFailed, &op.WebhookFailed{}, func(c any) *string { return &c.(*op.WebhookFailed).Effect }},
	} {
		if c.kind != e.Kind {
			continue
		}
		if err := op.Unmarshal([]byte(e.Content), "content", c.content); err != nil {
			t.Fatal(err)
		}
		if effect := c.effect(c.content); *effect != "" {
			var seq, n int
			if _, err := fmt.Sscanf(*effect, "%d/%d", &seq, &n); err != nil {
				t.Fatal(err)
			}
			*effect = fmt.Sprintf("%d/%d", seq+1, n)
		}
		return op.EncodeContent(c.content), true
	}
	return "", false
}
