package node_test

import (
	"context"
	"strings"
	"testing"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// A store that does not answer delays nobody but those who asked for what stands in it
// alone: not who submits, not who reads the present or the past.
func TestTextsOfTheLogDelayNobody(t *testing.T) {
	w := newWorld(t)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	store := &nodetest.HeldStore{Store: w.Store}
	w.StartOn(store)
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	reason := strings.Repeat("why ", 100)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.lock(alice, 20_000)
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: "t", Text: "a text", Actions: []op.Raw{}}).ID
	ended := w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: reason}).Seq
	before := w.Event(bob, op.KindRegister, op.Register{Name: "bob"})
	w.submit(alice, op.KindStatement, op.Statement{Text: "later"}) // so that entry ended is the past

	held := store.HoldReads()
	shown, again := make(chan view.Proposal, 1), make(chan error, 1)
	go func() {
		var v view.Proposal
		w.Node.View(func(s *ledger.State, now int64) { v, _ = s.Proposal(id, now) })
		if err := w.Node.Recall(&v); err != nil {
			t.Error(err)
		}
		shown <- v
	}()
	<-held.Begun
	var past view.Proposal
	if err := w.Node.ViewAt(context.Background(), ended, func(s *ledger.State, now int64) { past, _ = s.Proposal(id, now) }); err != nil {
		t.Fatal(err)
	}
	if past.State != "cancelled" || past.Text != "" {
		t.Errorf("before it is filled: %+v", past)
	}
	first, err := w.Node.Submit(context.Background(), before)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // its receipt stands in the log
		got, err := w.Node.Submit(context.Background(), before)
		first.Replay = true
		first.Promise, got.Promise = "", "" // under another head
		if err == nil && got != first {
			t.Errorf("again: %+v, want %+v", got, first)
		}
		again <- err
	}()
	w.submit(bob, op.KindStatement, op.Statement{Text: "meanwhile"})
	close(held.Release)
	if err := <-again; err != nil {
		t.Error(err)
	}
	if err := w.Node.Recall(&past); err != nil {
		t.Error(err)
	}
	for name, v := range map[string]view.Proposal{"now": <-shown, "then": past} {
		if v.Text != "a text" || v.Reason != reason {
			t.Errorf("%s: text %q, reason %q", name, v.Text, v.Reason)
		}
	}
}

// The same event in one batch, and in two requests that the writer takes up together,
// gets one receipt.
func TestEventsThatCrossGetOneReceipt(t *testing.T) {
	w := newWorld(t)
	e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	release := blocked(w)
	one := make(chan error, 1)
	go func() {
		_, err := w.Node.Submit(context.Background(), e)
		one <- err
	}()
	w.arrived(1)
	two := w.sent(context.Background(), e, true)
	w.arrived(2)
	release()
	if err := <-one; err != nil {
		t.Fatal(err)
	}
	got := <-two
	if got.Err != nil || !got.Receipt.Replay || got.Receipt.ID != e.ID || got.Receipt.Seq == 0 {
		t.Errorf("again: %+v", got)
	}
}
