package node_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// newHeaderWorld is a world by version 2 of the rules.
func newHeaderWorld(t *testing.T) *world {
	t.Helper()
	return newWorldBy(t, constitution.RulesHeaders)
}

// reached waits until the log's headers reach a height.
func (w *world) reached(height uint32) {
	w.T.Helper()
	w.Until("the headers are there", func(s *ledger.State, _ int64) bool {
		_, last := s.Headers().Range()
		return !s.Headers().Empty() && last == height
	})
}

// stampOf is the stamp of an entry.
func (w *world) stampOf(seq uint64) op.Stamp {
	w.T.Helper()
	e, _, err := w.Node.Entry(seq)
	require.NoError(w.T, err)
	return e.Stamp
}

// A log by version 2 begins with headers, and what is entered has the newest one's stamp.
func TestHeadersAreEnteredFirst(t *testing.T) {
	w := newHeaderWorld(t)
	e, _, err := w.Node.Entry(1)
	require.NoError(t, err)
	require.Equal(t, op.KindBlocks, e.Event.Kind, "Tip is told before the world is ready")
	first := w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "a"})
	require.Equal(t, nodetest.Tip.Height, first.Height)
	require.Equal(t, op.Hash(nodetest.Tip.Hash), first.Block)

	w.block(503)
	w.reached(503)
	second := w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "b"})
	require.EqualValues(t, 503, second.Height)
	require.Equal(t, op.Hash(nodetest.BlockAt(503).Hash), second.Block)
	require.EqualValues(t, 500, w.stampOf(second.Seq-1).Height, "headers have the stamp of what was the newest")

	// More than one entry takes, and after a restart no header twice.
	w.block(1200)
	w.reached(1200)
	size := w.Node.Size()
	require.EqualValues(t, second.Seq+1+3, size, "697 headers")
	require.NoError(t, w.Halt())
	w.Start()
	require.Equal(t, size, w.Node.Size())
	w.block(1201)
	w.reached(1201)
}

// saysNotEntered tells whether /readyz says something of headers that are not entered.
func (w *world) saysNotEntered() bool {
	return slices.ContainsFunc(w.Node.Ready(), func(p string) bool { return strings.Contains(p, "headers are not entered") })
}

// A fork replaces the end of the log's headers once it is higher.
func TestHeadersFollowAFork(t *testing.T) {
	w := newHeaderWorld(t)
	w.block(505)
	w.reached(505)
	fork := w.Chain.Fork(502, 10)
	w.Chain.Tips <- fork(505)
	w.Chain.Tips <- fork(507)
	w.reached(507)
	r := w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "a"})
	require.Equal(t, op.Hash(fork(507).Hash), r.Block)
}

// What the chain does not give is said, and tried again.
func TestHeadersThatDoNotCome(t *testing.T) {
	w := newHeaderWorld(t)
	w.Chain.Fail(context.DeadlineExceeded)
	w.block(501)
	require.Eventually(t, w.saysNotEntered, time.Minute, time.Millisecond)
	r := w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "a"})
	require.EqualValues(t, 500, r.Height)
	w.Chain.Fail(nil)
	w.reached(501)
	require.Eventually(t, func() bool { return !w.saysNotEntered() }, time.Minute, time.Millisecond)
}

// A log of its genesis alone waits for headers, and for nothing else: no two hours have passed.
func TestNoHeadersYet(t *testing.T) {
	w := newHeaderWorld(t)
	genesis, _, err := w.Node.Entry(0)
	require.NoError(t, err)
	require.NoError(t, w.Halt())
	decoded, err := genesis.Event.Decoded()
	require.NoError(t, err)
	content := decoded.(*op.Genesis)
	store, err := ballotstore.Open(ballotstore.Config{Path: filepath.Join(t.TempDir(), "ballots.db")})
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, node.Found(store, node.Founding{Operator: nodetest.Key(t, 1), LogVerifier: content.LogVerifier, Economy: nodetest.Economy,
		Network: content.Network, Constitution: content.Constitution, NowMs: genesis.Stamp.TimeMs, Tip: nodetest.Tip, NodeKey: nodetest.NodeKey()}))
	n, err := w.Open(store)
	require.NoError(t, err)
	said := strings.Join(n.Ready(), "\n")
	require.Contains(t, said, "the log has no block headers yet")
	require.NotContains(t, said, "two hours")
}
