package l402

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzBase64: the decoder accepts exactly what one of the four encodings of the
// standard library accepts strictly, and decodes it to the same bytes.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "AA", "AA==", "AAA", "AAA=", "AAAA", "-_-_", "+/+/", "+_+_", "AB", "A", "====", "AA=", "AAAA====", "A=A=", "AA\nAA", "AAAAA="} {
		f.Add(s)
	}
	encodings := []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding}
	f.Fuzz(func(t *testing.T, s string) {
		var want []byte
		accepted := false
		for _, e := range encodings {
			// The standard library skips line breaks; nothing here does.
			if b, err := e.Strict().DecodeString(s); err == nil && !strings.ContainsAny(s, "\r\n") {
				want, accepted = b, true
			}
		}
		dst := make([]byte, len(s)+4)
		n, ok := decodeBase64(dst, s)
		require.Equal(t, accepted, ok, "%q", s)
		if ok {
			require.Equal(t, string(want), string(dst[:n]))
		}
		_, ok = decodeBase64(make([]byte, len(want)), s)
		require.False(t, ok, "a destination without room to spare")
	})
}

func FuzzHex(f *testing.F) {
	f.Add(strings.Repeat("0a", 32))
	f.Add(strings.Repeat("0A", 32))
	f.Add(strings.Repeat("0g", 32))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := hex.DecodeString(s)
		good := err == nil && len(want) == 32
		var got [32]byte
		require.Equal(t, good, decodeHex32(&got, s))
		if good {
			require.Equal(t, want, got[:])
		}
		require.Equal(t, good && strings.ToLower(s) == s, decodeLowerHex32(&got, []byte(s)))
	})
}

func FuzzHMAC(f *testing.F) {
	f.Add([]byte("key"), []byte("message"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, message []byte) {
		if len(key) > 64 || len(message) > maxMacaroonLen {
			return
		}
		want := hmac.New(sha256.New, key)
		want.Write(message)
		var h hasher
		var got [32]byte
		for range 2 { // the memory is used again
			h.hmac(&got, key, message)
			require.Equal(t, want.Sum(nil), got[:])
		}
	})
}

func FuzzParseIdentifier(f *testing.F) {
	good := Identifier{PaymentHash: Hash{1}, TokenID: TokenID{2}}.Bytes()
	f.Add(good[:])
	f.Add(good[:65])
	f.Add(append([]byte{0, 1}, good[2:]...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := ParseIdentifier(b)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again := id.Bytes()
		require.Equal(t, b, again[:])
	})
}

// TestCacheKeepsWhatIsUsed: an entry that is read survives any number of
// entries that are not.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	c := newCache[int, int](4 * cacheShards)
	c.put(0, -1, 42)
	for i := range 100 {
		v, ok := c.get(0, -1)
		require.True(t, ok, "after %d others", i)
		require.Equal(t, 42, v)
		c.put(0, i, i)
		require.LessOrEqual(t, len(c.shards[0].index), 4)
		require.Equal(t, len(c.shards[0].index), len(c.shards[0].ring))
	}
	_, ok := c.get(0, 0)
	require.False(t, ok)
}
