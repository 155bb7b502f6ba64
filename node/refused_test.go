package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// What the rules refuse is rated by its signer: over the rate its events are refused
// before they cost more, others go on, and the rate comes back with time.
func TestRefusedWorkIsRated(t *testing.T) {
	w := newWorld(t)
	mallory, alice := nodetest.Key(t, 66), nodetest.Key(t, 11)
	w.submit(mallory, op.KindRegister, op.Register{Name: "mallory"})
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	events := make([]*op.Event, node.RefusedMost/node.RefusedLeast+20)
	for i := range events {
		events[i] = w.Event(mallory, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	}
	refused, over := 0, 0
	var rate *node.RefusedWorkError
	for _, r := range w.Node.SubmitMany(context.Background(), events) {
		switch {
		case errors.As(r.Err, &rate):
			over++
		case errors.Is(r.Err, refusal.ErrNotFound):
			refused++
		default:
			t.Fatal(r.Err)
		}
	}
	if most := node.RefusedMost/node.RefusedLeast + 1; refused == 0 || refused > most || over == 0 {
		t.Errorf("%d were tried, %d were not, at most %d may be tried", refused, over, most)
	}
	good := w.Event(mallory, op.KindStatement, op.Statement{Text: "x"})
	if _, err := w.Node.Submit(context.Background(), good); !errors.As(err, &rate) || rate.Units <= node.RefusedMost || rate.AfterS < 1 {
		t.Errorf("%v: %+v", err, rate)
	}
	w.submit(alice, op.KindStatement, op.Statement{Text: "y"})
	w.Clock.Add(time.Duration(rate.AfterS) * time.Second)
	if _, err := w.Node.Submit(context.Background(), good); err != nil {
		t.Error(err)
	}
}

// An event that was refused is not tried again at once, and is counted once: whoever
// sends another's refused event again and again uses up nothing of its signer's.
func TestRefusedEventCountsOnce(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	stale := w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	var rate *node.RefusedWorkError
	for i := range node.RefusedMost/node.RefusedLeast + 2 {
		if _, err := w.Node.Submit(context.Background(), stale); !errors.Is(err, refusal.ErrNotFound) {
			t.Fatalf("try %d: %v", i, err)
		}
		if i < 3 {
			if _, err := w.Node.Submit(context.Background(), stale); !errors.As(err, &rate) || rate.AfterS != 1 || rate.Units > node.RefusedMost {
				t.Fatalf("again: %v", err)
			}
		}
		w.Clock.Add(time.Second)
	}
	w.submit(alice, op.KindStatement, op.Statement{Text: "x"})
	// A forged signature counts for nobody.
	forged := w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{2}, Choice: "for"})
	forged.Sig[5] ^= 1
	for range 3 {
		if _, err := w.Node.Submit(context.Background(), forged); !errors.Is(err, op.ErrSignature) {
			t.Fatal(err)
		}
	}
}

// A content that cannot be read is counted by its length, before the writer.
func TestUnreadableContentIsRated(t *testing.T) {
	w := newWorld(t)
	mallory := nodetest.Key(t, 66)
	w.submit(mallory, op.KindRegister, op.Register{Name: "mallory"})
	var rate *node.RefusedWorkError
	tries := 0
	for ; tries < 100; tries++ {
		e := &op.Event{CreatedAt: w.Clock.NowMs() / 1000, Kind: op.KindPropose, Tags: [][]string{{op.EconomyTag, nodetest.Economy}},
			Content: fmt.Sprintf(`{"n":%d%s`, tries, strings.Repeat(" ", 60_000))}
		if err := e.Sign(mallory); err != nil {
			t.Fatal(err)
		}
		_, err := w.Node.Submit(context.Background(), e)
		if errors.As(err, &rate) {
			break
		}
		if !errors.Is(err, op.ErrMalformed) {
			t.Fatal(err)
		}
	}
	if each := int64(node.RefusedLeast + 60_000/8); int64(tries)*each <= node.RefusedMost || int64(tries-2)*each > node.RefusedMost {
		t.Errorf("%d contents of 60,000 bytes were read", tries)
	}
}
