package anchor

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

func headerLines(t *testing.T, headers []wire.BlockHeader) string {
	var text strings.Builder
	for _, h := range headers {
		var raw bytes.Buffer
		require.NoError(t, h.Serialize(&raw))
		text.WriteString(hex.EncodeToString(raw.Bytes()) + "\n")
	}
	return text.String()
}

func TestReadHeaders(t *testing.T) {
	want := mainnetBlocks(t)
	text := headerLines(t, want)
	got, err := ReadHeaders(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")))
	require.NoError(t, err)
	require.Equal(t, want[1].BlockHash(), got[1].BlockHash())

	for name, bad := range map[string]string{
		"short":      text[:158],
		"long":       "00" + text,
		"no digits":  "x" + text[1:],
		"empty line": text + "\n",
	} {
		_, err := ReadHeaders(strings.NewReader(bad))
		require.ErrorIs(t, err, ErrFormat, name)
		require.ErrorContains(t, err, "line ", name)
	}
}

func TestHeaderChain(t *testing.T) {
	headers := mainnetBlocks(t)
	c, err := NewHeaderChain(&chaincfg.MainNetParams, 0, headers, nil)
	require.NoError(t, err)
	first, last := c.Range()
	require.Equal(t, [2]uint32{0, 1}, [2]uint32{first, last})
	block, ok := c.Block(1)
	require.True(t, ok)
	require.Equal(t, headers[1].BlockHash().String(), hex.EncodeToString(block[:]))
	_, ok = c.Block(2)
	require.False(t, ok)
	require.Equal(t, 33, c.WorkBits(), "2 times 2^32")
	require.Contains(t, c.Statement(), headers[0].BlockHash().String(), "rests on the genesis block")

	// Height 1 is in the middle; nothing known lies there.
	c, err = NewHeaderChain(&chaincfg.MainNetParams, 1, headers[1:], nil)
	require.NoError(t, err)
	require.Contains(t, c.Statement(), "none of them known")
	_, ok = c.Block(0)
	require.False(t, ok)

	other := TrustedHeader{Height: 1, Hash: headers[0].BlockHash()}
	_, err = NewHeaderChain(&chaincfg.MainNetParams, 1, headers[1:], []TrustedHeader{other})
	require.ErrorIs(t, err, ErrOtherChain)
	_, err = NewHeaderChain(&chaincfg.MainNetParams, 0, headers[1:], nil)
	require.ErrorIs(t, err, ErrOtherChain, "the genesis block is embedded")
	_, err = NewHeaderChain(&chaincfg.MainNetParams, 0, nil, nil)
	require.ErrorIs(t, err, ErrOptions)
	_, err = NewHeaderChain(&chaincfg.MainNetParams, 1<<32-1, headers, nil)
	require.ErrorIs(t, err, ErrOptions)
	headers[1].Nonce++
	_, err = NewHeaderChain(&chaincfg.MainNetParams, 0, headers, nil)
	require.ErrorIs(t, err, ErrHeaders)
}
