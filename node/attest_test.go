package node_test

import (
	"errors"
	"testing"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/statement"
)

// A statement is given from the end of an epoch to the end of the next, and not
// while the fact of the next one is missing.
func TestAttestWhileTheStandingHolds(t *testing.T) {
	w := newWorld(t)
	agent := nodetest.Key(t, 0x21)
	w.submit(agent, op.KindRegister, op.Register{Name: "agent"})
	_, err := w.Node.Attest(t.Context(), agent.Public(), statement.NIP85)
	if !errors.Is(err, refusal.ErrPhase) {
		t.Fatalf("before the first epoch: %v", err)
	}
	var end int64
	w.Node.View(func(s *ledger.State, _ int64) { _, end = s.Epoch() })
	w.Clock.Add(time.Duration(end+1-w.Clock.NowMs()) * time.Millisecond)
	w.Chain.Tips <- nodetest.Tip
	w.Until("an epoch is closed", func(s *ledger.State, _ int64) bool { n, _ := s.Epoch(); return n == 1 })
	if err := w.Stop(); err != nil { // nothing more is entered
		t.Fatal(err)
	}
	text, err := w.Node.Attest(t.Context(), agent.Public(), statement.VCJWT)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := statement.Open(text)
	if err != nil || s.Issuer != nodetest.Key(t, 1).Public() || s.Subject != agent.Public() || !s.ValidAt(w.Clock.NowMs()) {
		t.Fatalf("got %+v, %v", s, err)
	}
	w.Clock.Add(time.Duration(s.UntilMs-w.Clock.NowMs()) * time.Millisecond)
	if _, err := w.Node.Attest(t.Context(), agent.Public(), statement.NIP85); err != nil {
		t.Fatalf("at its last instant: %v", err)
	}
	w.Clock.Add(time.Millisecond)
	if _, err := w.Node.Attest(t.Context(), agent.Public(), statement.NIP85); !errors.Is(err, refusal.ErrOverdue) {
		t.Fatalf("a millisecond later: %v", err)
	}
	if _, err := w.Node.Attest(t.Context(), nodetest.Key(t, 0x22).Public(), statement.NIP85); !errors.Is(err, refusal.ErrNotFound) {
		t.Fatalf("of a stranger: %v", err)
	}
}
