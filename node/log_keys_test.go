package node_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// signedBy demands that the i-th key of the log, and no other of the first three, signed a head.
func (w *world) signedBy(i int, note []byte) {
	w.T.Helper()
	for j := range 3 {
		err := promise.Signed(note, nodetest.LogVerifierOf(w.T, j))
		require.Equal(w.T, i == j, err == nil, "key %d: %s", j, note)
	}
}

// head is the newest checkpoint.
func (w *world) head() []byte {
	w.T.Helper()
	_, note, err := w.Node.Checkpoint(w.T.Context())
	require.NoError(w.T, err)
	return note
}

// promised submits an event whose promise the i-th key signs.
func (w *world) promised(i int, by op.SecretKey, kind op.Kind, content any) view.Receipt {
	w.T.Helper()
	e := w.Event(by, kind, content)
	r, err := w.Node.Submit(w.T.Context(), e)
	require.NoError(w.T, err)
	_, err = promise.Open([]byte(r.Promise), e, r.Seq, op.Stamp{TimeMs: r.TimeMs, Height: r.Height, BlockHash: r.Block}, nodetest.LogVerifierOf(w.T, i))
	require.NoError(w.T, err)
	return r
}

// refusedBy submits what the rules refuse; the i-th key signs that.
func (w *world) refusedBy(i int, e *op.Event) {
	w.T.Helper()
	_, err := w.Node.Submit(w.T.Context(), e)
	var signed *node.SignedRefusal
	require.ErrorAs(w.T, err, &signed)
	_, err = promise.OpenRefusalOf(e.ID, signed.Proof, nodetest.LogVerifierOf(w.T, i))
	require.NoError(w.T, err)
}

// export is the log as econaudit reads it.
func (w *world) export() []byte {
	w.T.Helper()
	var b bytes.Buffer
	require.NoError(w.T, w.Node.Entries(0, w.Node.Size(), func(_ uint64, line []byte) error {
		b.Write(append(bytes.Clone(line), '\n'))
		return nil
	}))
	return b.Bytes()
}

func (w *world) replays(checkpoint []byte, pinned string) error {
	w.T.Helper()
	o := audit.ReplayOptions{Checkpoint: checkpoint}
	o.LogKey = pinned
	_, err := audit.Replay(context.Background(), bytes.NewReader(w.export()), o)
	return err
}

// A log goes over to a second key and to a third; what was signed before holds by the key of
// its size, at every start.
func TestLogGoesOverToAnotherKey(t *testing.T) {
	w := newHeaderWorld(t)
	alice := nodetest.Key(t, 11)
	bad := w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	w.promised(0, alice, op.KindRegister, op.Register{Name: "alice"})
	before := w.head()
	w.signedBy(0, before)
	w.refusedBy(0, bad)
	for i := 1; i <= 2; i++ {
		size := w.Node.Size()
		w.Halt()
		w.LogKeys = i
		require.NoError(t, w.HandOver(i))
		require.Error(t, w.HandOver(i), "no key twice")
		for range 2 { // a start later it is the same
			w.Start()
			require.Equal(t, nodetest.LogKeyOf(t, i), w.Node.LogKey())
			w.signedBy(i, w.head())
			w.promised(i, alice, op.KindStatement, op.Statement{Text: strings.Repeat("x", int(w.Node.Size()))})
			w.refusedBy(i, w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}))
			w.Halt()
		}
		w.Start()
		e, _, err := w.Node.Entry(size)
		require.NoError(t, err)
		require.Equal(t, op.KindLogKey, e.Event.Kind)
	}
	w.signedBy(2, w.head())
	for _, pinned := range []string{"", nodetest.LogKeyOf(t, 0), nodetest.LogKeyOf(t, 1), nodetest.LogKeyOf(t, 2)} {
		require.NoError(t, w.replays(w.head(), pinned))
		require.NoError(t, w.replays(before, pinned))
	}
	require.ErrorIs(t, w.replays(w.head(), nodetest.LogKeyOf(t, 3)), audit.ErrPinned)
}

// Without the key that is in force nothing starts, whatever other keys are there: a key file
// from before, say.
func TestNoStartWithoutTheKeyInForce(t *testing.T) {
	w := newHeaderWorld(t)
	w.Halt()
	w.LogKeys = 1
	require.NoError(t, w.HandOver(1))
	w.LogKeys = 0
	err := w.HandOver(1)
	require.ErrorContains(t, err, nodetest.LogKeyOf(t, 1))
	require.ErrorContains(t, err, "does not hold")
	w.LogKeys = 1
	w.Start()
}

// A crash between drawing and entering leaves a key that signs nothing; one before the entry is
// durable leaves the old key in force.
func TestKeyThatWaitsSignsNothing(t *testing.T) {
	w := newHeaderWorld(t)
	w.LogKeys = 2
	w.Halt()
	w.Start()
	w.signedBy(0, w.head())
	require.Equal(t, nodetest.LogKeyOf(t, 0), w.Node.LogKey())
	require.EqualValues(t, 1, len(w.Node.LogKeys().All()))
}

// By version 1 of the rules the key stays: the entry is refused and nothing is changed.
func TestNoHandoverByVersionOne(t *testing.T) {
	w := newWorldBy(t, 1)
	w.LogKeys = 1
	size := w.Node.Size()
	w.Halt()
	var r *refusal.Refusal
	require.ErrorAs(t, w.HandOver(1), &r)
	require.Equal(t, "rules-since", r.Rule)
	w.Start()
	require.Equal(t, size, w.Node.Size())
	w.signedBy(0, w.head())
}

// A backup of before the handover does not go on in silence under the old key: a head of more
// entries was signed. Once it does go on, by the operator's word, the new key can be entered again.
func TestRestoredFromBeforeTheHandover(t *testing.T) {
	w := newHeaderWorld(t)
	w.promised(0, nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	w.Halt()
	restore := w.Save()
	w.LogKeys = 1
	require.NoError(t, w.HandOver(1))
	w.Start()
	lost := w.head()
	w.signedBy(1, lost)
	w.Halt()
	restore()
	var r *refusal.Refusal
	require.ErrorAs(t, w.HandOver(1), &r, "not in recovery")
	require.Equal(t, "recovery", r.Rule)
	w.openedAlone(func(n *node.Node) {
		require.NotEmpty(t, n.Recovery())
		require.Equal(t, nodetest.LogKeyOf(t, 0), n.LogKey())
		c, err := n.Compare(t.Context(), w.Lightning, true)
		require.NoError(t, err)
		_, err = n.Resume(c, "the disk was lost")
		require.NoError(t, err)
	})
	require.NoError(t, w.HandOver(1))
	w.Start()
	w.signedBy(1, w.head())
	require.NoError(t, w.replays(w.head(), nodetest.LogKeyOf(t, 0)))
	require.ErrorContains(t, w.replays(lost, ""), "was lost")
}

// openedAlone opens a halted world's node without running it.
func (w *world) openedAlone(fn func(*node.Node)) {
	w.T.Helper()
	require.NoError(w.T, w.WithNode(func(n *node.Node) error { fn(n); return nil }))
}

// A head by the old key over the entry that retired it, or over more, is held against the
// operator.
func TestOldKeyCountsNoMore(t *testing.T) {
	w := newHeaderWorld(t)
	size := w.Node.Size()
	w.Halt()
	w.LogKeys = 1
	require.NoError(t, w.HandOver(1))
	w.Start()
	w.promised(1, nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	for _, c := range []struct {
		size uint64
		by   int
		good bool
	}{{size, 0, true}, {size, 1, false}, {size + 1, 0, false}, {size + 1, 1, true}, {size + 2, 0, false}, {size + 2, 1, true}} {
		err := w.replays(w.signedAlone(c.size, c.by), "")
		if c.good {
			require.NoError(t, err, "%+v", c)
			continue
		}
		require.True(t, errors.Is(err, audit.ErrCheckpoint), "%+v: %v", c, err)
		require.ErrorContains(t, err, "not the log's key at that size")
	}
}

// signedAlone is a head over so many entries by the i-th key.
func (w *world) signedAlone(size uint64, i int) []byte {
	w.T.Helper()
	root, err := w.Store.Root(size)
	require.NoError(w.T, err)
	msg, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: ledger.Origin(nodetest.Economy), Size: int64(size), Root: root}, nodetest.LogSignerOf(w.T, i))
	require.NoError(w.T, err)
	return msg
}
