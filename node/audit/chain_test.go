package audit

import (
	"bytes"
	"math/big"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
)

const anchorHeight = 700

// anchorOf mines a block that commits to the economy's present head, and as
// many blocks in all as confirmations, and proves it.
func (e *economy) anchorOf(confirmations int) *anchor.Proof {
	body := anchor.Checkpoint{Origin: ledger.Origin(e.id), Size: int64(len(e.lines)), Root: e.root()}.Body()
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}})
	tx.AddTxOut(wire.NewTxOut(0, anchor.NewPayload(ledger.Origin(e.id), body).Script()))
	tx.AddTxOut(wire.NewTxOut(90_000, append([]byte{0, 20}, make([]byte, 20)...)))
	other := tx.Copy()
	other.TxOut = other.TxOut[1:]
	coinbase := wire.NewMsgTx(2)
	coinbase.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: ^uint32(0)},
		SignatureScript: []byte{2, anchorHeight & 0xff, anchorHeight >> 8, 0x51}})
	coinbase.AddTxOut(wire.NewTxOut(50_0000_0000, []byte{0x51}))

	left := pairHash(coinbase.TxHash(), other.TxHash())
	right := pairHash(tx.TxHash(), tx.TxHash())
	block := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Timestamp: time.UnixMilli(e.at.TimeMs).Truncate(time.Second),
		MerkleRoot: pairHash(left, right)})
	for _, t := range []*wire.MsgTx{coinbase, other, tx} {
		require.NoError(e.t, block.AddTransaction(t))
	}
	grind(&block.Header)
	var raw bytes.Buffer
	require.NoError(e.t, block.Serialize(&raw))
	p, err := anchor.BuildProof(&chaincfg.RegressionNetParams, anchorHeight, raw.Bytes(), tx.TxHash(),
		following(e.t, block.Header, confirmations-1))
	require.NoError(e.t, err)
	return p
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
		d := displayed(h.BlockHash())
		if new(big.Int).SetBytes(d[:]).Cmp(chaincfg.RegressionNetParams.PowLimit) <= 0 {
			return
		}
		h.Nonce++
	}
}
