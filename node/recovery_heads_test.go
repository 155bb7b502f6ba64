package node_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// The file of the highest head is gone although heads were signed: the log may be behind them,
// so econd serves reads only until the operator says why.
func TestHeadFileThatIsGone(t *testing.T) {
	w := newTreasury(t)
	if _, _, err := w.Node.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Halt()
	w.Heads.Forget()
	w.Start()
	if why := w.Node.Recovery(); len(why) != 1 || !strings.Contains(why[0], "the file of the highest head is gone") {
		t.Fatalf("recovery: %v", why)
	}
	if _, err := w.Node.Submit(t.Context(), w.Event(w.alice, op.KindLockStake, op.LockStake{AmountSat: 1000})); !errors.Is(err, node.ErrRecovery) {
		t.Fatalf("submitted in recovery: %v", err)
	}
	w.Halt()
	n := w.Inspect()
	if _, err := n.Resume(w.compare(n), "the file was not copied to the new machine"); err != nil {
		t.Fatal(err)
	}
	_ = w.Store.Close()
	w.Start()
	if why := w.Node.Recovery(); len(why) > 0 {
		t.Fatalf("recovery: %v", why)
	}
}

// A witness cosigned more than the log has: it is behind. Once the log says so for ever, the
// same witness is no news; a head that the log has is none either.
func TestWitnessThatIsAhead(t *testing.T) {
	w := newTreasury(t)
	w.Halt()
	n := w.Inspect()
	size := n.Size()
	n.HeedWitness("w.example", size)
	if why := n.Recovery(); len(why) > 0 {
		t.Fatalf("recovery: %v", why)
	}
	n.HeedWitness("w.example", size+1)
	if why := n.Recovery(); len(why) != 1 || !strings.Contains(why[0], "witness w.example cosigned a head over") {
		t.Fatalf("recovery: %v", why)
	}
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	_ = w.Store.Close()
	n = w.Inspect()
	n.View(func(s *ledger.State, _ int64) {
		if r := s.Recoveries(); len(r) != 1 || r[0].Size != size+1 || r[0].Root != (op.Hash{}) || r[0].Note != "the disk was lost" || r[0].TimeMs == 0 {
			t.Errorf("%+v", r)
		}
	})
	n.HeedWitness("w.example", size+1)
	if why := n.Recovery(); len(why) > 0 {
		t.Fatalf("recovery: %v", why)
	}
	_ = w.Store.Close()
	w.Start()
}

// That the coin of the line is gone is an entry, in normal work too; until then the log
// announces no second line, and of no anchor that it does not have.
func TestLineThatEnds(t *testing.T) {
	w := newTreasury(t)
	after := chainhash.Hash{31: 7}
	for _, e := range []anchor.Event{{Kind: anchor.EventPublished}, {Kind: anchor.EventConfirmed, BlockHash: chainhash.Hash{2}.String(), Height: nodetest.Tip.Height}} {
		e.Size, e.Digest, e.Txid = 1, make([]byte, 32), after.String()
		if err := w.Node.Report(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := w.Node.AnnouncedLine(after); ok {
		t.Fatal("announced")
	}
	w.Halt()
	n := w.Inspect()
	r, err := n.EndLine(after, "the wallet was lost")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.EndLine(after, "again"); err == nil {
		t.Fatal("announced twice")
	}
	_ = w.Store.Close()
	w.Start()
	if size, ok := w.Node.AnnouncedLine(after); !ok || size != int64(r.Seq)+1 {
		t.Fatalf("%d, %v", size, ok)
	}
	if why := w.Node.Recovery(); len(why) > 0 {
		t.Fatalf("recovery: %v", why)
	}
}
