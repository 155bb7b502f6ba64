package node_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// anchorLine is a publisher whose journal has lost some anchors.
type anchorLine struct {
	anchorless
	mu      sync.Mutex
	lost    []anchor.Lost
	away    error
	adopted int
}

func (l *anchorLine) Lost(context.Context) ([]anchor.Lost, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost, l.away
}

func (l *anchorLine) Adopt(list []anchor.Lost) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.adopted += len(list)
	l.lost = nil
	return nil
}

func (l *anchorLine) set(away error, lost ...anchor.Lost) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away, l.lost, l.adopted = away, lost, 0
}

func (l *anchorLine) taken() int { l.mu.Lock(); defer l.mu.Unlock(); return l.adopted }

// digest is that of the checkpoint over everything that the log has now.
func (w *treasury) digest() [32]byte {
	w.T.Helper()
	size := w.Node.Size()
	root, err := w.Store.Root(size)
	if err != nil {
		w.T.Fatal(err)
	}
	return sha256.Sum256(anchor.Checkpoint{Origin: ledger.Origin(nodetest.Economy), Size: int64(size), Root: root}.Body())
}

// Bitcoin has an anchor of what a restore has lost, and nothing else tells of the
// loss: the node serves reads only until the operator puts it on the record. Then
// the line goes on from it, at once and at every later start.
func TestAnchorOfALostEndIsNoticed(t *testing.T) {
	w := newTreasury(t)
	line := &anchorLine{}
	w.Anchors = line
	restore := w.backup()
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	lost := anchor.Lost{Txid: chainhash.Hash{31: 5}, Digest: w.digest(), Height: 120}
	waiting := anchor.Lost{Txid: chainhash.Hash{31: 6}, Digest: [32]byte{1}}

	line.set(nil, lost, waiting)
	w.Heads.Forget()
	w.backTo(restore)
	if why := w.Node.Recovery(); len(why) != 1 || !strings.Contains(why[0], "2 anchors") {
		t.Fatalf("recovery: %v", why)
	}
	if _, err := w.Node.Submit(t.Context(), w.Event(w.alice, op.KindLockStake, op.LockStake{AmountSat: 1000})); !errors.Is(err, node.ErrRecovery) {
		t.Fatalf("submitted in recovery: %v", err)
	}
	if line.taken() != 0 {
		t.Error("the line was taken up before the operator decided")
	}
	w.Halt()
	n := w.Inspect()
	n.UseAnchors(line)
	list := w.compare(n).Undecided()
	if len(list) != 2 || list[0].LND != "in block 120" || list[1].LND != "waits for a block" ||
		*list[0].Anchor != (node.LostAnchor{Txid: op.Hash{5}, Digest: lost.Digest, Height: 120}) {
		t.Fatalf("%+v", list)
	}
	n.Heed(w.compare(n))
	if _, err := n.Resume(w.compare(n), "the disk was lost"); err != nil {
		t.Fatal(err)
	}
	if c := w.compare(n); len(c.Undecided()) != 0 || len(c.Differences) != 2 || line.taken() != 0 {
		t.Fatalf("%+v", c.Differences)
	}
	_ = w.Store.Close()
	for range 2 { // a kill before the line was taken up changes nothing
		line.set(nil, lost, waiting)
		w.Start()
		<-w.Node.Compared()
		if why := w.Node.Recovery(); len(why) > 0 || line.taken() != 2 {
			t.Fatalf("recovery %v, %d taken up", why, line.taken())
		}
		w.Halt()
	}
	w.Start()
	w.Node.View(func(s *ledger.State, _ int64) {
		r := s.Restorations()
		if len(r) != 1 || len(r[0].Anchors) != 2 || r[0].Anchors[0].Digest != lost.Digest || r[0].Anchors[1].Txid != (op.Hash{6}) {
			t.Errorf("%+v", r)
		}
	})
}

// An anchor over entries that the log has contradicts nothing: the line goes on
// from it and nobody decides anything.
func TestLostAnchorOfEntriesThatTheLogHas(t *testing.T) {
	w := newTreasury(t)
	line := &anchorLine{}
	w.Anchors = line
	w.Halt()
	line.set(nil, anchor.Lost{Txid: chainhash.Hash{1}, Digest: w.digest()})
	w.Start()
	<-w.Node.Compared()
	if why := w.Node.Recovery(); len(why) > 0 || line.taken() != 1 {
		t.Fatalf("recovery %v, %d taken up", why, line.taken())
	}
}

// While the wallet does not answer nothing may be anchored, and it is asked again.
func TestAnchorsAreComparedOnceTheWalletAnswers(t *testing.T) {
	w := newTreasury(t)
	line := &anchorLine{}
	w.Anchors = line
	w.Halt()
	line.set(node.ErrLightningAway)
	w.Start()
	select {
	case <-w.Node.Compared():
		t.Fatal("compared with a wallet that is away")
	default:
	}
	line.set(nil, anchor.Lost{Txid: chainhash.Hash{1}, Digest: [32]byte{1}})
	select {
	case <-w.Node.Compared():
	case <-time.After(time.Minute):
		t.Fatal("not asked again")
	}
	if why := w.Node.Recovery(); len(why) != 1 {
		t.Fatalf("recovery: %v", why)
	}
}
