package anchor

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// lineCase is a chain of blocks, each of which may hold anchors.
type lineCase struct {
	t      *testing.T
	height uint32
	last   wire.BlockHeader
}

func newLineCase(t *testing.T) *lineCase {
	return &lineCase{t: t, height: 499, last: wire.BlockHeader{Timestamp: time.Unix(1_700_000_000, 0)}}
}

// fork is another chain from here.
func (c *lineCase) fork() *lineCase {
	twin := *c
	twin.last.Timestamp = twin.last.Timestamp.Add(time.Second)
	return &twin
}

// mine adds a block with this transaction, and proves that under so many blocks.
func (c *lineCase) mine(tx *wire.MsgTx, confirmations int) *Proof {
	c.t.Helper()
	c.height++
	block := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, PrevBlock: c.last.BlockHash(), Timestamp: c.last.Timestamp.Add(time.Minute)})
	coinbase := coinbaseTx(c.height)
	require.NoError(c.t, block.AddTransaction(coinbase))
	require.NoError(c.t, block.AddTransaction(tx))
	block.Header.MerkleRoot = rootOf([]chainhash.Hash{coinbase.TxHash(), tx.TxHash()})
	mine(&block.Header)
	var raw bytes.Buffer
	require.NoError(c.t, block.Serialize(&raw))
	after := headersAfter(block.Header, confirmations-1)
	p, err := BuildProof(regtest, c.height, raw.Bytes(), tx.TxHash(), after)
	require.NoError(c.t, err)
	c.last = block.Header
	return p
}

// anchorFrom commits to a checkpoint of n entries and spends prev.
func anchorFrom(prev wire.OutPoint, n int64) *wire.MsgTx {
	c := testCheckpoint()
	c.Size = n
	return anchorTx(prev, NewPayload(testOrigin, c.Body()))
}

var lineOptions = Options{Params: regtest, MinConfirmations: 1}

func TestLineOfAnchors(t *testing.T) {
	c := newLineCase(t)
	coin := wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}
	first := anchorFrom(coin, 10)
	second := anchorFrom(lineOf(first), 20)
	third := anchorFrom(lineOf(second), 30)
	proofs := []*Proof{c.mine(first, 1), c.mine(second, 1), c.mine(third, 3)}

	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {2, 1, 0, 1}, {1, 2}, {0}} {
		var given []*Proof
		for _, i := range order {
			given = append(given, proofs[i])
		}
		line, err := VerifyLine(given, lineOptions)
		require.NoError(t, err, order)
		require.True(t, slices.IsSortedFunc(line, func(a, b Result) int { return int(a.Height) - int(b.Height) }))
		require.Equal(t, slices.Max(order)-slices.Min(order)+1, len(line), "each once")
	}

	_, err := VerifyLine([]*Proof{proofs[0], proofs[2]}, lineOptions)
	require.ErrorIs(t, err, ErrGap)
	require.ErrorIs(t, err, ErrLine)
	_, err = VerifyLine(nil, lineOptions)
	require.ErrorIs(t, err, ErrLine)
	_, err = VerifyLine(proofs, Options{Params: regtest, MinConfirmations: 2})
	require.ErrorIs(t, err, ErrConfirmations)
	_, err = VerifyLine(append(proofs, nil), lineOptions)
	require.ErrorIs(t, err, ErrFormat)
}

// An operator who keeps two histories anchors each of them by a line of its own.
func TestSecondLineIsRefused(t *testing.T) {
	c := newLineCase(t)
	coin := wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}
	first := anchorFrom(coin, 10)
	begin := c.mine(first, 1)
	twin := c.fork()

	for name, other := range map[string]struct {
		proof *Proof
		kind  error
	}{
		"beside it in the same chain": {c.mine(anchorFrom(wire.OutPoint{Hash: chainhash.HashH([]byte("another coin"))}, 20), 1), ErrGap},
		"of another log":              {c.mine(anchorTx(lineOf(first), NewPayload("econd/other", testCheckpoint().Body())), 1), ErrLine},
	} {
		_, err := VerifyLine([]*Proof{begin, other.proof}, lineOptions)
		require.ErrorIs(t, err, other.kind, name)
	}

	// Both spend the same coin, in two chains: each alone is a line.
	here, there := twin.fork(), twin
	here.height += 5 // its headers do not meet those of the other
	a, b := there.mine(anchorFrom(lineOf(first), 20), 1), here.mine(anchorFrom(lineOf(first), 21), 1)
	for _, p := range []*Proof{a, b} {
		_, err := VerifyLine([]*Proof{begin, p}, lineOptions)
		if p == a {
			require.ErrorIs(t, err, ErrHeaders, "the blocks do not follow each other")
			continue
		}
		require.NoError(t, err)
	}
	_, err := VerifyLine([]*Proof{a, b}, lineOptions)
	require.ErrorIs(t, err, ErrFork)
	require.ErrorContains(t, err, "two histories were anchored")
}

func TestLineOfTwoChainsIsRefused(t *testing.T) {
	c := newLineCase(t)
	first := anchorFrom(wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}, 10)
	twin := c.fork()
	_, err := VerifyLine([]*Proof{c.mine(first, 2), twin.mine(anchorFrom(lineOf(first), 20), 1)}, lineOptions)
	require.ErrorIs(t, err, ErrHeaders, "at the same height")
	require.NotErrorIs(t, err, ErrLine)
}
