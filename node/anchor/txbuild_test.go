package anchor

import (
	"testing"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	taprootScript = append([]byte{0x51, 0x20}, make([]byte, 32)...)
	wpkhScript    = append([]byte{0x00, 0x14}, make([]byte, 20)...)
	nestedScript  = append(append([]byte{0xa9, 0x14}, make([]byte, 20)...), 0x87)
)

func testLine(value int64, script []byte) Coin {
	return Coin{OutPoint: wire.OutPoint{Index: 1}, Value: value,
		Script: script}
}

// weight measures a signed transaction (BIP 141).
func weight(tx *wire.MsgTx) int64 {
	return int64(3*tx.SerializeSizeStripped() + tx.SerializeSize())
}

// The estimate covers what the largest signature makes of the draft, and no
// more than a few units above it.
func TestWeightOfIsNeverTooLow(t *testing.T) {
	for name, tc := range map[string]struct {
		script  []byte
		witness wire.TxWitness
		sig     int
	}{
		"taproot": {taprootScript, wire.TxWitness{make([]byte, 64)}, 0},
		"wpkh": {wpkhScript, wire.TxWitness{make([]byte, 72),
			make([]byte, 33)}, 0},
		"nested": {nestedScript, wire.TxWitness{make([]byte, 72),
			make([]byte, 33)}, 23},
	} {
		d := nextInLine(testLine(100_000, tc.script), make([]byte, 42), 500)
		estimate := weightOf(d)
		d.Tx.TxIn[0].Witness = tc.witness
		d.Tx.TxIn[0].SignatureScript = make([]byte, tc.sig)
		actual := weight(d.Tx)
		require.LessOrEqual(t, actual, estimate, name)
		require.LessOrEqual(t, estimate, actual+4, name)
	}
}

func TestFeesRoundUp(t *testing.T) {
	require.Equal(t, int64(1), feeFor(1, 1))
	require.Equal(t, int64(1), feeFor(1000, 1))
	require.Equal(t, int64(2), feeFor(1001, 1))
	require.Equal(t, int64(253), feeFor(1000, 253))

	// A replacement pays the estimate, a quarter more than before, and
	// the network's increment, whichever is most.
	require.Equal(t, int64(5000), replacementFee(1000, 1000, 5000))
	require.Equal(t, int64(1250), replacementFee(1000, 1000, 253))
	require.Equal(t, int64(1252), replacementFee(1000, 1001, 253))
	require.Equal(t, int64(350), replacementFee(1000, 100, 253))
}

func TestReplacementsKeepEverythingButTheLastOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Int64Range(5_000, 1_000_000).Draw(t, "value")
		fee := rapid.Int64Range(1, value-minOutputSat).Draw(t, "fee")
		d := nextInLine(testLine(value, taprootScript), []byte{opReturn}, fee)
		require.Equal(t, fee, feeOf(d))
		if rapid.Bool().Draw(t, "change") {
			d.Coins[0].Value += 70_000
			d.Tx.AddTxOut(wire.NewTxOut(70_000, wpkhScript))
		}
		d.Tx.TxIn[0].Witness = wire.TxWitness{[]byte("signature")}
		more := rapid.Int64Range(0, 2_000_000).Draw(t, "more")
		r, err := withFee(d, fee+more)
		last := len(d.Tx.TxOut) - 1
		if d.Tx.TxOut[last].Value-more < minOutputSat {
			require.ErrorIs(t, err, ErrFunds)
			return
		}
		require.NoError(t, err)
		require.Equal(t, fee+more, feeOf(r))
		require.Empty(t, r.Tx.TxIn[0].Witness)
		require.NotEmpty(t, d.Tx.TxIn[0].Witness, "the old one is left alone")
		r.Tx.TxOut[last].Value += more
		require.True(t, sameTx(r.Tx, d))
	})
}

func TestWhatTheWalletFundedIsChecked(t *testing.T) {
	payload := NewPayload(testOrigin, nil).Script()
	line := testLine(3_000, taprootScript)
	more := Coin{OutPoint: wire.OutPoint{Index: 7}, Value: 200_000,
		Script: wpkhScript}
	req := FundRequest{Script: payload, LineSat: 100_000, Line: &line,
		SatPerKW: 2500}
	funded := func() Draft {
		tx := wire.NewMsgTx(2)
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: line.OutPoint})
		tx.AddTxIn(&wire.TxIn{PreviousOutPoint: more.OutPoint})
		tx.AddTxOut(wire.NewTxOut(0, payload))
		tx.AddTxOut(wire.NewTxOut(100_000, taprootScript))
		tx.AddTxOut(wire.NewTxOut(101_000, wpkhScript))
		return Draft{Tx: tx, Coins: []Coin{line, more}}
	}
	require.NoError(t, checkFunded(funded(), req))
	for name, change := range map[string]func(d *Draft){
		"coin missing":    func(d *Draft) { d.Coins = d.Coins[:1] },
		"coins swapped":   func(d *Draft) { d.Coins[0], d.Coins[1] = more, line },
		"other payload":   func(d *Draft) { d.Tx.TxOut[0].PkScript = wpkhScript },
		"burning payload": func(d *Draft) { d.Tx.TxOut[0].Value = 1 },
		"other line":      func(d *Draft) { d.Tx.TxOut[1].Value-- },
		"no line":         func(d *Draft) { d.Tx.TxOut = d.Tx.TxOut[:1] },
		"fourth output":   func(d *Draft) { d.Tx.AddTxOut(d.Tx.TxOut[2]) },
		"absurd fee":      func(d *Draft) { d.Tx.TxOut[2].Value = 90_000 },
		"negative fee":    func(d *Draft) { d.Tx.TxOut[2].Value = 200_000 },
		"line left out": func(d *Draft) {
			d.Tx.TxIn, d.Coins = d.Tx.TxIn[1:], d.Coins[1:]
		},
	} {
		d := funded()
		change(&d)
		require.Error(t, checkFunded(d, req), name)
	}
}
