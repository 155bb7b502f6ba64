package notekey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// smallOrder are the encodings of the eight points of small order, and the six further
// ones that decoders take which reduce y, or pass over the sign of x = 0.
var smallOrder = []struct{ hex, what string }{
	{"0100000000000000000000000000000000000000000000000000000000000000", "order 1"},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "order 2"},
	{"0000000000000000000000000000000000000000000000000000000000000000", "order 4"},
	{"0000000000000000000000000000000000000000000000000000000000000080", "order 4"},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "order 8"},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "order 8"},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "order 8"},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "order 8"},

	{"0100000000000000000000000000000000000000000000000000000000000080", "order 1, negative zero"},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "order 2, negative zero"},
	{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "order 1, y = p+1"},
	{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "order 1, y = p+1, negative zero"},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "order 4, y = p"},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "order 4, y = p, negative"},
}

// textOf makes a key's text without any check.
func textOf(name string, t Type, public []byte) string {
	return Key{Name: name, Type: t, Public: public}.String()
}

// Why such keys are refused: for each of them anybody finds a signature over any text
// that Go's ed25519 takes, and the note package takes the key.
func TestSmallOrderKeysSignForEverybody(t *testing.T) {
	for _, k := range smallOrder {
		public, err := hex.DecodeString(k.hex)
		require.NoError(t, err)
		v, err := note.NewVerifier(textOf("econd/demo", Ed25519, public))
		require.NoError(t, err, "x/mod takes it: %s", k.what)
		forged := 0
		identity := append([]byte{1}, make([]byte, 63)...) // R = the neutral point, S = 0
		for i := range 64 {
			if v.Verify(fmt.Appendf(nil, "econd/demo\n%d\nany root\n", i), identity) {
				forged++
			}
		}
		require.NotZero(t, forged, "%s: one text in eight at least", k.what)
	}
}

func TestPointsOfSmallOrderAreRefused(t *testing.T) {
	for _, k := range smallOrder {
		public, err := hex.DecodeString(k.hex)
		require.NoError(t, err)
		for _, typ := range []Type{Ed25519, Cosignature} {
			_, err := Parse(textOf("econd/demo", typ, public))
			require.ErrorIs(t, err, ErrKey, "%s %s", typ, k.what)
			_, err = New("econd/demo", typ, public)
			require.ErrorIs(t, err, ErrKey, "%s %s", typ, k.what)
		}
		_, err = LogVerifier(textOf("econd/demo", Ed25519, public))
		require.ErrorIs(t, err, ErrKey, k.what)
	}
}

// Every encoding with y from p on has a smaller one: all nineteen are refused, with both signs.
func TestOtherEncodingsAreRefused(t *testing.T) {
	for i := range 19 {
		for _, top := range []byte{0x7f, 0xff} {
			public := bytes.Repeat([]byte{0xff}, 32)
			public[0], public[31] = byte(0xed+i), top
			require.ErrorContains(t, CheckPoint(public), "one form", "p+%d", i)
		}
	}
	below := bytes.Repeat([]byte{0xff}, 32)
	below[0], below[31] = 0xeb, 0x7f // p-2: what it is, it is encoded well
	err := CheckPoint(below)
	if err != nil {
		require.NotContains(t, err.Error(), "one form")
	}
}

func TestPointsThatAreNoneAreRefused(t *testing.T) {
	none, on := 0, 0
	for i := range 64 {
		public := make([]byte, 32)
		binary.LittleEndian.PutUint64(public, uint64(i+2))
		err := CheckPoint(public)
		if err == nil {
			on++
			continue
		}
		require.ErrorContains(t, err, "no point")
		none++
	}
	require.Greater(t, none, 16, "about half")
	require.Greater(t, on, 16)
	require.ErrorIs(t, CheckPoint(make([]byte, 31)), ErrKey)
	require.ErrorIs(t, CheckPoint(nil), ErrKey)
}

func TestGoodKeysAreTaken(t *testing.T) {
	for range 200 {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		require.NoError(t, err)
		k, err := New("econd/demo", Ed25519, public)
		require.NoError(t, err)
		theirs, err := note.NewEd25519VerifierKey("econd/demo", public)
		require.NoError(t, err)
		require.Equal(t, theirs, k.String())
		v, err := LogVerifier(k.String())
		require.NoError(t, err)
		require.True(t, v.Verify([]byte("text"), ed25519.Sign(private, []byte("text"))))
		require.Equal(t, k.ID(), v.KeyHash())
	}
}

func TestFormsOfKeys(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	good := textOf("w.example/1", Cosignature, public)
	k, err := Parse(good)
	require.NoError(t, err)
	require.Equal(t, good, k.String())
	_, err = k.LogVerifier()
	require.ErrorContains(t, err, "0x04")

	material := base64.StdEncoding.EncodeToString(append([]byte{4}, public...))
	id := fmt.Sprintf("%08x", k.ID())
	other := fmt.Sprintf("%08x", k.ID()^1)
	for _, bad := range []string{"", "w.example/1", "w.example/1+" + id, "+" + id + "+" + material, "w 1+" + id + "+" + material,
		"w.example/1+" + other + "+" + material, "w.example/1+" + id[:7] + "+" + material, "w.example/1+0" + id + "+" + material,
		good + " ", good + "\n", good + "=", "w.example/1+" + id + "+", "w.example/1+" + id + "+BA==", "w.example/1+" + id + "+" + material[:40],
		"\xff+" + id + "+" + material} {
		_, err := Parse(bad)
		require.ErrorIs(t, err, ErrKey, "%q", bad)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(k.String())
		if err != nil || again.String() != k.String() {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
