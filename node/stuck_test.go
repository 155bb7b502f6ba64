package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// A due fact that the ledger refuses, or breaks off at, stops the node from taking
// anything and from nothing else: it says which fact, which rule and which numbers,
// serves reads, keeps what came before, and tries again at the next start.
func TestDueFactThatIsRefused(t *testing.T) {
	for name, fault := range map[string]struct {
		due  func(*ledger.Fact) *ledger.Fact
		want []string
	}{
		"refused": {func(f *ledger.Fact) *ledger.Fact {
			e := f.Content.(op.Epoch)
			e.Agents += 7
			return &ledger.Fact{Kind: f.Kind, Content: e}
		}, []string{"must be the epoch fact", `"agents":9`, "content: epoch: states"}},
		"broken": {func(*ledger.Fact) *ledger.Fact { panic("index out of range [7]") }, []string{"index out of range [7]"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			alice := nodetest.Key(t, 11)
			if err := w.Halt(); err != nil {
				t.Fatal(err)
			}
			w.Opened = func(n *node.Node) {
				n.ComputeDue(func(s *ledger.State, at op.Stamp) *ledger.Fact {
					f := s.Due(at)
					if f != nil && f.Kind == op.KindEpoch {
						return fault.due(f)
					}
					return f
				})
			}
			w.Start()
			release := blocked(w)
			due := w.Node.Size() + 2 // after what is being written, and alice
			before := w.sent(context.Background(), w.Event(alice, op.KindRegister, op.Register{Name: "alice"}), false)
			w.arrived(1)
			w.Clock.Add(time.Minute) // the epoch ends
			after := w.sent(context.Background(), w.Event(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"}), true)
			w.arrived(2)
			release()
			if got := <-before; got.Err != nil {
				t.Errorf("what arrived before it: %v", got.Err)
			}
			if got := <-after; !errors.Is(got.Err, node.ErrRecovery) {
				t.Errorf("what arrived after it: %v", got.Err)
			}
			if _, err := w.Node.Submit(context.Background(), w.Event(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})); !errors.Is(err, node.ErrRecovery) {
				t.Errorf("later: %v", err)
			}
			why, ready := strings.Join(w.Node.Recovery(), "\n"), strings.Join(w.Node.Ready(), "\n")
			for _, want := range append(fault.want, fmt.Sprintf("entry %d must be the", due), "docs/operating.md", "stamp 1800000060000 ms, height 500") {
				if !strings.Contains(why, want) || !strings.Contains(ready, "recovery: ") {
					t.Errorf("no %q in %s\nready: %s", want, why, ready)
				}
			}
			if err := w.Node.Health(); err != nil {
				t.Errorf("the writer ended: %v", err)
			}
			w.Node.View(func(s *ledger.State, _ int64) {
				if _, ok := s.Agent(alice.Public()); !ok || s.Next() != w.Node.Size() {
					t.Errorf("readers see %d entries, %d are durable", s.Next(), w.Node.Size())
				}
			})
			if err := w.Halt(); err != nil {
				t.Errorf("Run returned %v", err)
			}
			w.Opened = nil
			w.Start()
			w.submit(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})
			if why := w.Node.Recovery(); len(why) != 0 {
				t.Errorf("after the start: %v", why)
			}
		})
	}
}
