package anchor

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPayloadLayout(t *testing.T) {
	body := testCheckpoint().Body()
	p := NewPayload(testOrigin, body)
	require.Equal(t, "ECN1", string(p[:4]))
	id := sha256.Sum256([]byte("econd/logid/econd/3f2a"))
	require.Equal(t, id[:4], p[4:8])
	digest := sha256.Sum256(body)
	require.Equal(t, digest, p.Digest())
	require.Equal(t, LogID(testOrigin), p.LogID())

	// Bitcoin's own library writes the same script and calls it data.
	script, err := txscript.NullDataScript(p[:])
	require.NoError(t, err)
	require.Equal(t, script, p.Script())
	require.Equal(t, txscript.NullDataTy, txscript.GetScriptClass(script))
	back, err := ParseScript(script)
	require.NoError(t, err)
	require.Equal(t, p, back)
}

func TestParseScriptRefuses(t *testing.T) {
	good := NewPayload(testOrigin, nil).Script()
	for name, bad := range map[string][]byte{
		"empty":       nil,
		"short":       good[:41],
		"long":        append(bytes.Clone(good), 0),
		"not return":  append([]byte{0x51}, good[1:]...),
		"other push":  append([]byte{0x6a, 0x27}, good[2:]...),
		"pushdata1":   append([]byte{0x6a, 0x4c, 0x28}, good[2:]...),
		"other magic": append([]byte{0x6a, 0x28, 'E', 'C', 'N', '2'}, good[6:]...),
	} {
		_, err := ParseScript(bad)
		require.ErrorIs(t, err, ErrPayload, name)
	}
}

func TestAnchorsFormOneLine(t *testing.T) {
	payload := NewPayload(testOrigin, []byte("one"))
	tx1 := anchorTx(wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))},
		payload)
	parse := func(tx *wire.MsgTx) AnchorTx {
		var b bytes.Buffer
		require.NoError(t, tx.Serialize(&b))
		a, err := ParseAnchorTx(b.Bytes())
		require.NoError(t, err)
		return a
	}
	first := parse(tx1)
	require.True(t, first.HasLine)
	require.Equal(t, wire.OutPoint{Hash: tx1.TxHash(), Index: 1}, first.Line)
	require.Equal(t, int64(100_000), first.LineValue)

	tx2 := anchorTx(first.Line, payload)
	require.NoError(t, Follows(first, parse(tx2)))
	beside := anchorTx(wire.OutPoint{Hash: tx1.TxHash(), Index: 2}, payload)
	require.ErrorIs(t, Follows(first, parse(beside)), ErrLine)
	foreign := anchorTx(first.Line, NewPayload("econd/b", []byte("one")))
	require.ErrorIs(t, Follows(first, parse(foreign)), ErrLine)

	// Change of the wallet after the line output makes no second line.
	tx1.AddTxOut(wire.NewTxOut(1, []byte{0x51}))
	require.Equal(t, uint32(1), parse(tx1).Line.Index)
	// A payload that is not the first output, or the only one, ends it.
	tx1.TxOut[0], tx1.TxOut[1] = tx1.TxOut[1], tx1.TxOut[0]
	require.False(t, parse(tx1).HasLine)
	require.ErrorIs(t, Follows(parse(tx1), parse(tx2)), ErrLine)
	tx1.TxOut = tx1.TxOut[1:2]
	require.False(t, parse(tx1).HasLine)
}

func FuzzParseScript(f *testing.F) {
	f.Add(NewPayload(testOrigin, []byte("x")).Script())
	f.Fuzz(func(t *testing.T, script []byte) {
		p, err := ParseScript(script)
		if err != nil {
			require.ErrorIs(t, err, ErrPayload)
			return
		}
		require.Equal(t, script, p.Script())
	})
}

func FuzzParseAnchorTx(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, anchorTx(wire.OutPoint{}, Payload{}).Serialize(&b))
	f.Add(b.Bytes())
	b.Reset()
	require.NoError(f, anchorTx(wire.OutPoint{},
		NewPayload(testOrigin, nil)).Serialize(&b))
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ParseAnchorTx(raw)
		if err != nil {
			return
		}
		require.True(t, bytes.Contains(raw, a.Payload.Script()))
	})
}

func TestPayloadsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.String().Draw(t, "a")
		b := rapid.String().Filter(func(s string) bool { return s != a }).
			Draw(t, "b")
		require.NotEqual(t, NewPayload("o", []byte(a)),
			NewPayload("o", []byte(b)))
		require.Equal(t, NewPayload("o", []byte(a)).LogID(),
			NewPayload("o", []byte(b)).LogID())
	})
}
