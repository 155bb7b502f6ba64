package statement

import (
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Another implementation writes and reads the same.
func TestBase58AsOthersWriteIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := append(make([]byte, rapid.IntRange(0, 3).Draw(t, "zeros")), rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "bytes")...)
		text := encodeBase58(raw)
		require.Equal(t, base58.Encode(raw), text)
		require.Equal(t, raw, append([]byte{}, decodeBase58(text)...))
	})
	for _, bad := range []string{"0", "O", "I", "l", " 1", "1é", strings.Repeat("1", maxBase58+1)} {
		require.Nil(t, decodeBase58(bad), bad)
	}
}
