package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// breaking starts a world's node anew, with rules that break off once they applied what
// is meant, and so leave their marks in the state.
func breaking(t *testing.T, w *world, meant func(*op.Event) bool) {
	t.Helper()
	if err := w.Halt(); err != nil {
		t.Fatal(err)
	}
	w.Opened = func(n *node.Node) {
		n.AfterApply(func(e *op.Entry) {
			if meant(e.Event) {
				var none []int
				_ = none[len(e.Event.Content)]
			}
		})
	}
	w.Start()
	w.Opened = nil
}

// says tells whether a text of an agent contains a word.
func says(word string) func(*op.Event) bool {
	return func(e *op.Event) bool { return e.Kind == op.KindStatement && strings.Contains(e.Content, word) }
}

// An operation at which the rules break off leaves nothing behind, is refused with its
// key, and ends nothing: what came before and after it in one batch is recorded.
func TestOperationThatBreaksARule(t *testing.T) {
	w := newWorld(t)
	alice, mallory := nodetest.Key(t, 11), nodetest.Key(t, 66)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(mallory, op.KindRegister, op.Register{Name: "mallory"})
	breaking(t, w, says("boom"))
	boom := w.Event(mallory, op.KindStatement, op.Statement{Text: "boom"})
	got := w.Node.SubmitMany(context.Background(), []*op.Event{
		w.Event(alice, op.KindStatement, op.Statement{Text: "before"}), boom,
		w.Event(mallory, op.KindStatement, op.Statement{Text: "of the same key"}),
		w.Event(alice, op.KindStatement, op.Statement{Text: "after"})})
	for i, want := range []error{nil, node.ErrBroken, node.ErrBroken, nil} {
		if !errors.Is(got[i].Err, want) {
			t.Errorf("%d: %v, want %v", i, got[i].Err, want)
		}
	}
	if _, err := w.Node.Submit(context.Background(), boom); !errors.Is(err, node.ErrBroken) {
		t.Errorf("again: %v", err)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if _, ok := s.Lookup(boom.ID); ok || s.Next() != w.Node.Size() {
			t.Errorf("a trace of it: %t; %d entries, %d are durable", ok, s.Next(), w.Node.Size())
		}
	})
	if b := w.Node.Broken(); b != (node.Broken{Operations: 1}) {
		t.Errorf("counted %+v", b)
	}
	if ready := strings.Join(w.Node.Ready(), "\n"); !strings.Contains(ready, "rules: broke off at 0 checks, 1 operations") || !strings.Contains(ready, boom.ID.String()) {
		t.Errorf("ready: %s", ready)
	}
	if err := w.Node.Health(); err != nil {
		t.Errorf("the writer ended: %v", err)
	}
	if why := w.Node.Recovery(); len(why) != 0 {
		t.Errorf("reads only: %v", why)
	}
	if err := w.Halt(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	w.Start() // the rule is mended
	if _, err := w.Node.Submit(context.Background(), boom); err != nil {
		t.Errorf("after the start: %v", err)
	}
}

// However many keys try, a kind breaks off so often and is closed then; others are not.
func TestKindThatBreaksRulesIsClosed(t *testing.T) {
	w := newWorld(t)
	breaking(t, w, says("boom"))
	for i := range node.BrokenMost + 2 {
		key := nodetest.Key(t, byte(20+i))
		w.submit(key, op.KindRegister, op.Register{Name: "a"})
		_, err := w.Node.Submit(context.Background(), w.Event(key, op.KindStatement, op.Statement{Text: "boom"}))
		if closed := err != nil && strings.Contains(err.Error(), "are closed"); !errors.Is(err, node.ErrBroken) || closed != (i >= node.BrokenMost) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if b := w.Node.Broken(); b.Operations != node.BrokenMost {
		t.Errorf("counted %+v", b)
	}
}

// A fact may not be left out: where the rules break off at one the node serves reads,
// and goes on when it is started with rules that do not.
func TestFactThatBreaksARule(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	breaking(t, w, func(e *op.Event) bool { return e.Kind == op.KindHoldOffered })
	id := w.submit(alice, op.KindLockStake, op.LockStake{AmountSat: 5000}).ID
	for began := time.Now(); len(w.Node.Recovery()) == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("not reads only")
		}
	}
	why := strings.Join(w.Node.Recovery(), "\n")
	for _, want := range []string{"must be the hold-offered fact", "index out of range", "docs/operating.md"} {
		if !strings.Contains(why, want) {
			t.Errorf("no %q in %s", want, why)
		}
	}
	if _, err := w.Node.Submit(context.Background(), w.Event(alice, op.KindStatement, op.Statement{Text: "x"})); !errors.Is(err, node.ErrRecovery) {
		t.Errorf("later: %v", err)
	}
	w.Node.View(func(s *ledger.State, _ int64) {
		if h, _ := s.Hold(id); h.State != "requested" || s.Next() != w.Node.Size() {
			t.Errorf("the hold is %s; %d entries, %d are durable", h.State, s.Next(), w.Node.Size())
		}
	})
	if err := w.Halt(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	w.Start()
	w.Lock(id)
}

// An effect that breaks off is tried again, as one that fails.
func TestEffectThatBreaksOff(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.Lightning.Break("open", 2)
	w.lock(alice, 5000)
	if b := w.Node.Broken(); b != (node.Broken{Effects: 2}) {
		t.Errorf("counted %+v", b)
	}
}

// A reader that breaks off leaves the state to others.
func TestReaderThatBreaksOff(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	for range 2 {
		for name, read := range map[string]func(func(*ledger.State, int64)) error{
			"present": func(fn func(*ledger.State, int64)) error { w.Node.View(fn); return nil },
			"head": func(fn func(*ledger.State, int64)) error {
				return w.Node.ViewAt(context.Background(), w.Node.Size()-1, fn)
			},
			"past": func(fn func(*ledger.State, int64)) error { return w.Node.ViewAt(context.Background(), 0, fn) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				t.Error(read(func(*ledger.State, int64) { panic("planted") }))
			}()
		}
	}
	w.submit(alice, op.KindStatement, op.Statement{Text: "x"})
}
