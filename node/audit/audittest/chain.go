package audittest

import (
	"bytes"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// AnchorHeight is the height of the block that AnchorOf mines.
const AnchorHeight = 700

// AnchorOf mines a block that commits to the economy's present head, and as
// many blocks in all as confirmations, and proves it.
func (e *Economy) AnchorOf(confirmations int) *anchor.Proof {
	return e.AnchorBy(confirmations, func(*wire.MsgTx) {})
}

// AnchorBy is AnchorOf with a transaction that was changed before it was mined.
func (e *Economy) AnchorBy(confirmations int, change func(*wire.MsgTx)) *anchor.Proof {
	body := anchor.Checkpoint{Origin: ledger.Origin(e.ID), Size: int64(len(e.Lines)), Root: e.Root()}.Body()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}})
	tx.AddTxOut(wire.NewTxOut(0, anchor.NewPayload(ledger.Origin(e.ID), body).Script()))
	tx.AddTxOut(wire.NewTxOut(90_000, append([]byte{0, 20}, make([]byte, 20)...)))
	change(tx)
	p, _ := e.proveIn(tx, AnchorHeight, chainhash.Hash{}, confirmations)
	return p
}

// proveIn mines a block that holds the transaction, on top of another, and as many in all as
// confirmations, and proves it. It returns the block's header, too.
func (e *Economy) proveIn(tx *wire.MsgTx, height uint32, below chainhash.Hash, confirmations int) (*anchor.Proof, wire.BlockHeader) {
	other := tx.Copy()
	other.TxOut = other.TxOut[1:]
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: ^uint32(0)},
		SignatureScript: []byte{2, byte(height), byte(height >> 8), 0x51}})
	coinbase.AddTxOut(wire.NewTxOut(50_0000_0000, []byte{0x51}))

	left := pairHash(coinbase.TxHash(), other.TxHash())
	right := pairHash(tx.TxHash(), tx.TxHash())
	block := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Timestamp: time.UnixMilli(e.At.TimeMs).Truncate(time.Second),
		PrevBlock: below, MerkleRoot: pairHash(left, right)})
	for _, t := range []*wire.MsgTx{coinbase, other, tx} {
		require.NoError(e.TB, block.AddTransaction(t))
	}
	grind(&block.Header)
	var raw bytes.Buffer
	require.NoError(e.TB, block.Serialize(&raw))
	p, err := anchor.BuildProof(&chaincfg.RegressionNetParams, height, raw.Bytes(), tx.TxHash(),
		following(e.TB, block.Header, confirmations-1))
	require.NoError(e.TB, err)
	return p, block.Header
}

func following(t testing.TB, h wire.BlockHeader, n int) [][]byte {
	var list [][]byte
	for range n {
		h = wire.BlockHeader{Version: 4, PrevBlock: h.BlockHash(), Timestamp: h.Timestamp.Add(time.Minute)}
		grind(&h)
		var raw bytes.Buffer
		require.NoError(t, h.Serialize(&raw))
		list = append(list, raw.Bytes())
	}
	return list
}

func pairHash(a, b chainhash.Hash) chainhash.Hash {
	return chainhash.DoubleHashH(append(append([]byte{}, a[:]...), b[:]...))
}

// grind finds a nonce that meets regtest's target.
func grind(h *wire.BlockHeader) {
	h.Bits = chaincfg.RegressionNetParams.PowLimitBits
	for {
		hash := h.BlockHash()
		slices.Reverse(hash[:])
		if new(big.Int).SetBytes(hash[:]).Cmp(chaincfg.RegressionNetParams.PowLimit) <= 0 {
			return
		}
		h.Nonce++
	}
}

// Headers mines a run of headers on regtest.
func Headers(n int) []wire.BlockHeader {
	list := make([]wire.BlockHeader, n)
	h := wire.BlockHeader{Version: 4, Timestamp: time.UnixMilli(startMs).Truncate(time.Second)}
	for i := range list {
		grind(&h)
		list[i] = h
		h = wire.BlockHeader{Version: 4, PrevBlock: h.BlockHash(), Timestamp: h.Timestamp.Add(time.Minute)}
	}
	return list
}

// MineBlock goes to a block and enters the facts that fall due.
func (e *Economy) MineBlock(height uint32, h wire.BlockHeader) {
	e.TB.Helper()
	hash := h.BlockHash()
	slices.Reverse(hash[:])
	e.At.Height, e.At.BlockHash = height, hash
	e.Due()
}

// EnterHeaders enters headers, the first of a height, by version 2 of the rules, stamps with the
// last from then on, and enters the facts that fall due.
func (e *Economy) EnterHeaders(from uint32, list []headers.Header) {
	e.TB.Helper()
	c := op.Blocks{From: from}
	for _, h := range list {
		c.Headers = append(c.Headers, op.BlockHeader(h))
	}
	e.Do(e.Operator, op.KindBlocks, c)
	e.At = e.State.StampAt(e.At)
	e.Due()
}

// WireHeader reads 80 bytes as btcd does.
func WireHeader(raw []byte) (h wire.BlockHeader, err error) {
	return h, h.Deserialize(bytes.NewReader(raw))
}
