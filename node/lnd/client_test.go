package lnd_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/lnd"
)

func TestInfo(t *testing.T) {
	ctx, n := network(t)
	info, err := operator(ctx, t, n).Info(ctx)
	require.NoError(t, err)
	require.True(t, info.Synced)
	require.NotZero(t, info.Height)
}

// A macaroon that allows more than its part needs, or less, is refused before
// the first call, with the command that makes the right one.
func TestDialRefusesMacaroonsThatDoNotFit(t *testing.T) {
	ctx, n := network(t)
	m := macaroonsOf(ctx, t, n, n.Operator)
	dir := t.TempDir()
	renamed := filepath.Join(dir, "pay.mac")
	admin, err := os.ReadFile(n.Operator.AdminMacaroonPath)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(renamed, admin, 0o600))
	narrow := filepath.Join(dir, "narrow.mac")
	require.NoError(t, n.Operator.BakeMacaroon(ctx, narrow, 31,
		"/lnrpc.Lightning/GetInfo"))
	junk := filepath.Join(dir, "junk.mac")
	require.NoError(t, os.WriteFile(junk, []byte("junk"), 0o600))

	good := lnd.Config{Address: n.Operator.RPCAddr,
		TLSCertPath: n.Operator.TLSCertPath, PayMacaroonPath: m.Pay}
	for _, tc := range []struct {
		name, says string
		change     func(c *lnd.Config)
		kind       error
	}{
		{"admin by name", "admin.macaroon can empty the node",
			func(c *lnd.Config) {
				c.PayMacaroonPath = n.Operator.AdminMacaroonPath
			}, lnd.ErrPermission},
		{"admin by content", "lncli bakemacaroon --root_key_id 21",
			func(c *lnd.Config) { c.PayMacaroonPath = renamed },
			lnd.ErrPermission},
		{"another part's", "which this part never needs",
			func(c *lnd.Config) { c.RecvMacaroonPath = m.Anchor },
			lnd.ErrPermission},
		{"too narrow", "lacks /lnrpc.Lightning/DecodePayReq",
			func(c *lnd.Config) { c.PayMacaroonPath = narrow },
			lnd.ErrPermission},
		{"junk", "not a macaroon",
			func(c *lnd.Config) { c.PayMacaroonPath = junk },
			lnd.ErrConfig},
		{"missing", "no such file",
			func(c *lnd.Config) { c.PayMacaroonPath = dir + "/none" },
			lnd.ErrConfig},
		{"no macaroon", "none of",
			func(c *lnd.Config) { c.PayMacaroonPath = "" },
			lnd.ErrConfig},
		{"no address", "Address",
			func(c *lnd.Config) { c.Address = "" }, lnd.ErrConfig},
		{"no certificate", "TLSCertPath",
			func(c *lnd.Config) { c.TLSCertPath = "" }, lnd.ErrConfig},
		{"not a certificate", "TLSCertPath",
			func(c *lnd.Config) { c.TLSCertPath = junk }, lnd.ErrConfig},
	} {
		cfg := good
		tc.change(&cfg)
		_, err := lnd.Dial(cfg)
		require.ErrorIs(t, err, tc.kind, tc.name)
		require.ErrorContains(t, err, tc.says, tc.name)
	}

	// Parts without a macaroon say so; the others work.
	c, err := lnd.Dial(good)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	_, err = c.Info(ctx)
	require.NoError(t, err)
	_, err = c.LookupHold(ctx, [32]byte{})
	require.ErrorIs(t, err, lnd.ErrNotConfigured)
	_, _, err = c.BestBlock(ctx)
	require.ErrorIs(t, err, lnd.ErrNotConfigured)
}

func TestWatchBlocksThroughACutAndAReorganisation(t *testing.T) {
	ctx, n := network(t)
	c, tap := tapped(ctx, t, n, n.Operator)
	blocks := make(chan node.Block, 64)
	go func() {
		_ = c.WatchBlocks(ctx, func(b node.Block) { blocks <- b })
	}()
	until := func(hash string) (heights []uint32) {
		t.Helper()
		for {
			b := arrives(ctx, t, "block "+hash, blocks)
			heights = append(heights, b.Height)
			require.InDelta(t, time.Now().UnixMilli(), b.TimeMs, float64((2 * time.Hour).Milliseconds()))
			if hex.EncodeToString(b.Hash[:]) == hash {
				return heights
			}
		}
	}
	tip, hash, err := c.BestBlock(ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{tip}, until(hash.String()),
		"the tip comes first")

	hashes, err := n.Mine(ctx, 2)
	require.NoError(t, err)
	require.Equal(t, []uint32{tip + 1, tip + 2},
		until(hashes[1]))

	// Blocks that come while the connection is gone are told afterwards.
	tap.Cut()
	hashes, err = n.Mine(ctx, 3)
	require.NoError(t, err)
	require.NoError(t, n.WaitSynced(ctx))
	tap.Restore()
	require.Equal(t, []uint32{tip + 3, tip + 4, tip + 5},
		until(hashes[2]))

	// Their headers, as a log enters them; above the tip there are none.
	list, err := c.Headers(ctx, tip+1, 100)
	require.NoError(t, err)
	require.Len(t, list, 5)
	regtest, _ := headers.NetworkOf("regtest")
	var chain headers.Chain
	require.NoError(t, chain.Extend(regtest, tip+1, list))
	for i, want := range hashes {
		got, _ := chain.Block(tip + 3 + uint32(i))
		require.Equal(t, want, hex.EncodeToString(got[:]))
	}
	few, err := c.Headers(ctx, tip+2, 2)
	require.NoError(t, err)
	require.Equal(t, list[1:3], few)
	none, err := c.Headers(ctx, tip+6, 100)
	require.NoError(t, err)
	require.Empty(t, none)

	// The last two blocks are replaced by three others.
	require.NoError(t, n.InvalidateBlock(ctx, hashes[1]))
	hashes, err = n.Mine(ctx, 3)
	require.NoError(t, err)
	heights := until(hashes[2])
	require.Equal(t, tip+6, heights[len(heights)-1])
	require.Contains(t, heights, tip+4, "told again")
	require.NoError(t, n.WaitSynced(ctx))
	_, best, err := c.BestBlock(ctx)
	require.NoError(t, err)
	require.Equal(t, hashes[2], best.String())
}
