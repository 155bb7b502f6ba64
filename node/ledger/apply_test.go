package ledger

import (
	"errors"
	"fmt"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// No entry passes over a due fact, and the fact itself must be the one that is
// due, with the outcome that anybody recomputes.
func TestOverdueFacts(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	if err := sc.enter("alice", op.KindRegister, op.Register{Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	sc.at.TimeMs += 5000 // epoch 0 of the demo constitution ends after 4 s
	if err := sc.apply("bob", op.KindRegister, op.Register{Name: "bob"}); !errors.Is(err, refusal.ErrOverdue) {
		t.Fatalf("an operation passed over the epoch: %v", err)
	}
	due := sc.s.Due(sc.at)
	wrong := due.Content.(op.Epoch)
	wrong.ScoresRoot[0] ^= 1
	if err := sc.apply("operator", op.KindEpoch, wrong); !errors.Is(err, refusal.ErrFact) {
		t.Fatalf("a wrong scores root was accepted: %v", err)
	}
	if err := sc.apply("alice", op.KindEpoch, due.Content); !errors.Is(err, refusal.ErrForbidden) {
		t.Fatalf("an agent stated a fact: %v", err)
	}
	if err := sc.apply("operator", due.Kind, due.Content); err != nil {
		t.Fatal(err)
	}
}

// The envelope's rules: economy, clock, order, duplicates, unknown kinds. State
// is untouched by each refusal.
func TestAdmission(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	base := func() *op.Entry {
		e := &op.Event{CreatedAt: sc.at.TimeMs / 1000, Kind: op.KindRegister, Tags: [][]string{{"economy", scenarioEconomy}}, Content: `{"name":"carol"}`}
		return &op.Entry{Seq: sc.s.Next(), Stamp: sc.at, Event: e}
	}
	before := digest(sc.s)
	for name, c := range map[string]struct {
		change func(*op.Entry)
		want   error
	}{
		"another economy":  {func(e *op.Entry) { e.Event.Tags = [][]string{{"economy", "other-1"}} }, refusal.ErrEconomy},
		"stale":            {func(e *op.Entry) { e.Event.CreatedAt -= 3601 }, refusal.ErrClock},
		"future":           {func(e *op.Entry) { e.Event.CreatedAt += 121 }, refusal.ErrClock},
		"unknown kind":     {func(e *op.Entry) { e.Event.Kind = 3900 }, refusal.ErrUnknownKind},
		"second genesis":   {func(e *op.Entry) { e.Event.Kind = op.KindGenesis }, refusal.ErrOrder},
		"wrong number":     {func(e *op.Entry) { e.Seq++ }, refusal.ErrOrder},
		"time goes back":   {func(e *op.Entry) { e.Stamp.TimeMs-- }, refusal.ErrOrder},
		"height goes back": {func(e *op.Entry) { e.Stamp.Height-- }, refusal.ErrOrder},
		"another block":    {func(e *op.Entry) { e.Stamp.BlockHash[0]++ }, refusal.ErrOrder},
		"empty name":       {func(e *op.Entry) { e.Event.Content = `{"name":""}` }, refusal.ErrInvalid},
		"malformed":        {func(e *op.Entry) { e.Event.Content = `{"name":1}` }, op.ErrMalformed},
		"not registered":   {func(e *op.Entry) { e.Event.Kind, e.Event.Content = op.KindLockStake, `{"amount_sat":5000}` }, refusal.ErrForbidden},
	} {
		e := base()
		c.change(e)
		if err := e.Event.Sign(secretOf("carol")); err != nil {
			t.Fatal(err)
		}
		if _, err := Apply(sc.s, e); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if after := digest(sc.s); after != before {
			t.Fatalf("%s: the state changed", name)
		}
	}
	for seconds, want := range map[int64]error{-3600: nil, 120: nil} {
		e := base()
		e.Event.CreatedAt += seconds
		e.Event.Content = fmt.Sprintf(`{"name":"agent %d"}`, seconds)
		if err := e.Event.Sign(secretOf(fmt.Sprint(seconds))); err != nil {
			t.Fatal(err)
		}
		if _, err := Apply(sc.s, e); !errors.Is(err, want) {
			t.Errorf("created_at %+d s: %v", seconds, err)
		}
	}
	e := base()
	if err := e.Event.Sign(secretOf("carol")); err != nil {
		t.Fatal(err)
	}
	e.Event.Sig[3] ^= 1
	if _, err := Apply(sc.s, e); !errors.Is(err, op.ErrSignature) {
		t.Errorf("wrong signature: %v", err)
	}
	e.Event.Sig[3] ^= 1
	if _, err := Apply(sc.s, e); err != nil {
		t.Fatal(err)
	}
	e.Seq++
	if _, err := Apply(sc.s, e); !errors.Is(err, refusal.ErrDuplicate) {
		t.Errorf("replayed event: %v", err)
	}
}
