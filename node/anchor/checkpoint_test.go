package anchor

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formats "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

const testOrigin = "econd/3f2a"

// testKey returns a fixed key and its verifier.
func testKey(t testing.TB, name string, n byte) (note.Signer, note.Verifier) {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	key := ed25519.NewKeyFromSeed(seed)
	s, err := NewSigner(name, key)
	require.NoError(t, err)
	v, err := NewVerifier(name, key.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	return s, v
}

func testCheckpoint() Checkpoint {
	return Checkpoint{Origin: testOrigin, Size: 42, Root: tlog.Hash{1, 2, 3}}
}

func TestCheckpointTextIsC2SP(t *testing.T) {
	c := testCheckpoint()
	require.Equal(t, "econd/3f2a\n42\n"+
		"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", string(c.Body()))

	// Another implementation of the format reads the same thing.
	var other formats.Checkpoint
	rest, err := other.Unmarshal(c.Body())
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, formats.Checkpoint{Origin: c.Origin, Size: 42,
		Hash: c.Root[:]}, other)
}

func TestParseCheckpointHasOneTextPerCheckpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Checkpoint{
			Origin: "econd/" + rapid.StringMatching(`[a-z0-9/.]{1,40}`).
				Draw(t, "id"),
			Size: rapid.Int64Min(0).Draw(t, "size"),
			Root: tlog.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).
				Draw(t, "root")),
		}
		got, err := ParseCheckpoint(want.Body())
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func TestParseCheckpointRefuses(t *testing.T) {
	const root = "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for name, text := range map[string]string{
		"empty":            "",
		"no last newline":  "o\n1\n" + root,
		"extension line":   "o\n1\n" + root + "\nmore\n",
		"blank line":       "o\n1\n" + root + "\n\n",
		"empty origin":     "\n1\n" + root + "\n",
		"space in origin":  "o o\n1\n" + root + "\n",
		"plus in origin":   "o+o\n1\n" + root + "\n",
		"long origin":      strings.Repeat("o", 257) + "\n1\n" + root + "\n",
		"origin not UTF-8": "\xff\n1\n" + root + "\n",
		"carriage return":  "o\r\n1\n" + root + "\n",
		"leading zero":     "o\n01\n" + root + "\n",
		"sign":             "o\n+1\n" + root + "\n",
		"negative":         "o\n-1\n" + root + "\n",
		"minus zero":       "o\n-0\n" + root + "\n",
		"size 2^63":        "o\n9223372036854775808\n" + root + "\n",
		"short root":       "o\n1\nAQID\n",
		"unpadded root":    "o\n1\n" + root[:43] + "\n",
		"stray bits":       "o\n1\n" + root[:42] + "B=\n",
	} {
		_, err := ParseCheckpoint([]byte(text))
		require.ErrorIs(t, err, ErrCheckpoint, name)
	}
	_, err := ParseCheckpoint([]byte("o\n9223372036854775807\n" + root + "\n"))
	require.NoError(t, err)
}

func TestSignedCheckpoint(t *testing.T) {
	signer, verifier := testKey(t, testOrigin, 1)
	witness, witnessKey := testKey(t, "witness.example", 2)
	_, stranger := testKey(t, testOrigin, 3)

	msg, err := SignCheckpoint(testCheckpoint(), signer)
	require.NoError(t, err)
	got, err := OpenCheckpoint(msg, testOrigin, verifier)
	require.NoError(t, err)
	require.Equal(t, testCheckpoint(), got.Checkpoint)
	require.Equal(t, []string{testOrigin}, got.Signers)
	require.Zero(t, got.Unknown)

	_, err = OpenCheckpoint(msg, testOrigin, stranger)
	require.ErrorIs(t, err, ErrCheckpoint, "another key of the same name")
	_, err = OpenCheckpoint(msg, "econd/other", verifier)
	require.ErrorContains(t, err, "origin")

	// A cosignature is kept, counted while unknown, named once known.
	full, err := SignCheckpoint(testCheckpoint(), signer, witness)
	require.NoError(t, err)
	lines := strings.Split(string(full), "\n")
	both, err := AddCosignatures(msg, lines[len(lines)-2])
	require.NoError(t, err)
	require.Equal(t, full, both)
	again, err := AddCosignatures(both, lines[len(lines)-2]+"\n")
	require.NoError(t, err)
	require.Equal(t, both, again)
	got, err = OpenCheckpoint(both, testOrigin, verifier)
	require.NoError(t, err)
	require.Equal(t, 1, got.Unknown)
	got, err = OpenCheckpoint(both, testOrigin, verifier, witnessKey)
	require.NoError(t, err)
	require.Equal(t, []string{testOrigin, "witness.example"}, got.Signers)
	require.Equal(t, both, got.Note)

	for _, bad := range []string{"", "x", "— a", "— a !", "— a AAAA",
		"— a AAAAAAAA\n— b AAAAAAAA", "- a AAAAAAAA"} {

		_, err = AddCosignatures(msg, bad)
		require.ErrorIs(t, err, ErrCheckpoint, bad)
	}
}

func TestSignCheckpointRefuses(t *testing.T) {
	other, _ := testKey(t, "econd/other", 1)
	_, err := SignCheckpoint(testCheckpoint(), other)
	require.ErrorContains(t, err, "first signer")
	_, err = SignCheckpoint(testCheckpoint())
	require.ErrorIs(t, err, ErrCheckpoint)
	signer, _ := testKey(t, testOrigin, 1)
	_, err = SignCheckpoint(Checkpoint{Origin: testOrigin, Size: -1}, signer)
	require.ErrorContains(t, err, "negative")
	_, err = NewSigner(testOrigin, nil)
	require.ErrorIs(t, err, ErrCheckpoint)
	_, err = NewSigner("a+b", make([]byte, ed25519.PrivateKeySize))
	require.ErrorIs(t, err, ErrCheckpoint)
	require.Panics(t, func() { Checkpoint{}.Body() })
}

// Any change of any byte of a note signed by known keys alone is noticed,
// also one that a lenient base64 decoder would not see.
func TestEveryByteOfASignedCheckpointIsBound(t *testing.T) {
	signer, verifier := testKey(t, testOrigin, 1)
	msg, err := SignCheckpoint(testCheckpoint(), signer)
	require.NoError(t, err)
	for i := range msg {
		for _, x := range []byte{1, 2, 3, 0x20} {
			bad := append([]byte{}, msg...)
			bad[i] ^= x
			_, err := OpenCheckpoint(bad, testOrigin, verifier)
			require.ErrorIs(t, err, ErrCheckpoint, "byte %d", i)
		}
	}
	lines := strings.SplitAfter(string(msg), "\n")
	_, err = OpenCheckpoint([]byte(string(msg)+lines[len(lines)-2]),
		testOrigin, verifier)
	require.ErrorContains(t, err, "repeated")
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(testCheckpoint().Body())
	f.Add([]byte("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			require.ErrorIs(t, err, ErrCheckpoint)
			return
		}
		require.Equal(t, text, c.Body())
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	signer, verifier := testKey(f, testOrigin, 1)
	msg, err := SignCheckpoint(testCheckpoint(), signer)
	require.NoError(f, err)
	f.Add(msg)
	f.Fuzz(func(t *testing.T, msg []byte) {
		c, err := OpenCheckpoint(msg, testOrigin, verifier)
		if err != nil {
			require.ErrorIs(t, err, ErrCheckpoint)
			return
		}
		require.Equal(t, testCheckpoint(), c.Checkpoint)
	})
}
