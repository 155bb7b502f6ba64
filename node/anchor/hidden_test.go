package anchor

import (
	"bytes"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// An operator with two histories hides the digest of the second one in the
// anchor of the first, to show whichever is asked for.
func TestSecondCommitmentIsRefused(t *testing.T) {
	payload := NewPayload(testOrigin, testCheckpoint().Body())
	other := testCheckpoint()
	other.Size++
	second := NewPayload(testOrigin, other.Body())
	coin := wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))}

	for name, hide := range map[string]func(tx *wire.MsgTx){
		"OP_RETURN":           func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, second.Script())) },
		"OP_FALSE OP_RETURN":  func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, append([]byte{0}, second.Script()...))) },
		"any OP_FALSE":        func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, []byte{0, opReturn, 1, 7})) },
		"push and OP_DROP":    func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(9, append(second.Script()[1:], 0x75, 0x51))) },
		"bare multisig":       func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(9, append([]byte{0x51, 33, 2}, second[:32]...))) },
		"line output":         func(tx *wire.MsgTx) { tx.TxOut[1].PkScript = append([]byte{0, 32}, second[:32]...) },
		"signature script":    func(tx *wire.MsgTx) { tx.TxIn[0].SignatureScript = second.Script()[1:] },
		"witness":             func(tx *wire.MsgTx) { tx.TxIn[0].Witness = append(tx.TxIn[0].Witness, second[:]) },
		"script in a witness": func(tx *wire.MsgTx) { tx.TxIn[0].Witness = wire.TxWitness{append([]byte{0, 0x63}, second.Script()...)} },
		"annex": func(tx *wire.MsgTx) {
			tx.TxIn[0].Witness = append(tx.TxIn[0].Witness, append([]byte{0x50}, second[:]...))
		},
	} {
		tx := anchorTx(coin, payload)
		var raw bytes.Buffer
		require.NoError(t, tx.Serialize(&raw))
		_, err := ParseAnchorTx(raw.Bytes())
		require.NoError(t, err)
		hide(tx)
		raw.Reset()
		require.NoError(t, tx.Serialize(&raw))
		_, err = ParseAnchorTx(raw.Bytes())
		require.ErrorIs(t, err, ErrCommitment, name)
	}
}
