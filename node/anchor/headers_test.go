package anchor

import (
	"math/big"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
)

// mainnetBlocks returns the headers of Bitcoin's blocks 0 and 1.
func mainnetBlocks(t *testing.T) []wire.BlockHeader {
	root, err := chainhash.NewHashFromStr(
		"0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098")
	require.NoError(t, err)
	first := wire.BlockHeader{Version: 1, MerkleRoot: *root,
		PrevBlock: *chaincfg.MainNetParams.GenesisHash,
		Timestamp: time.Unix(1231469665, 0), Bits: 0x1d00ffff,
		Nonce: 2573394689}
	require.Equal(t,
		"00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
		first.BlockHash().String())
	return []wire.BlockHeader{chaincfg.MainNetParams.GenesisBlock.Header,
		first}
}

func TestCheckHeadersOnMainnet(t *testing.T) {
	headers := mainnetBlocks(t)
	work, err := checkHeaders(&chaincfg.MainNetParams, 0, headers)
	require.NoError(t, err)
	// Each block of difficulty 1 takes 2^256 / (0xffff * 2^208 + 1) hashes.
	require.Equal(t, big.NewInt(2*4295032833), work)

	for name, change := range map[string]func(h *wire.BlockHeader){
		"no work":           func(h *wire.BlockHeader) { h.Nonce++ },
		"easier than limit": func(h *wire.BlockHeader) { h.Bits = 0x207fffff },
		"harder than met":   func(h *wire.BlockHeader) { h.Bits = 0x1b0404cb },
		"other predecessor": func(h *wire.BlockHeader) { h.PrevBlock[0]++ },
	} {
		bad := mainnetBlocks(t)
		change(&bad[1])
		_, err := checkHeaders(&chaincfg.MainNetParams, 0, bad)
		require.ErrorIs(t, err, ErrHeaders, name)
	}
	headers[0], headers[1] = headers[1], headers[0]
	_, err = checkHeaders(&chaincfg.MainNetParams, 0, headers)
	require.ErrorContains(t, err, "predecessor")
	_, err = checkHeaders(regtest, 0, mainnetBlocks(t))
	require.ErrorContains(t, err, "never leaves")
}

func TestTargetOf(t *testing.T) {
	mainnet := &chaincfg.MainNetParams
	target, err := targetOf(mainnet, 0x1d00ffff)
	require.NoError(t, err)
	require.Equal(t, new(big.Int).Lsh(big.NewInt(0xffff), 208), target)
	for name, bits := range map[string]uint32{
		"one above the limit": 0x1d010000,
		"regtest's":           0x207fffff,
		"zero":                0,
		"zero mantissa":       0x1d000000,
		"negative":            0x1d80ffff,
		"overflow":            0xff00ffff,
		"shifted out":         0x0100ffff,
	} {
		_, err := targetOf(mainnet, bits)
		require.ErrorIs(t, err, ErrHeaders, name)
	}
	_, err = targetOf(regtest, 0x207fffff)
	require.NoError(t, err)
	_, err = targetOf(regtest, 0x1d00ffff)
	require.ErrorIs(t, err, ErrHeaders)
}

func TestDifficultyStep(t *testing.T) {
	mainnet := &chaincfg.MainNetParams
	// 0x1b0404cb is a difficulty of 16307.42; its quarter is 0x1b010132.
	for _, tc := range []struct {
		height     uint32
		prev, bits uint32
		ok         bool
	}{
		{2015, 0x1b0404cb, 0x1b0404cb, true},
		{2015, 0x1b0404cb, 0x1b0404cc, false},
		{2017, 0x1b0404cb, 0x1b0404ca, false},
		{2016, 0x1b0404cb, 0x1b0404ca, true},
		{2016, 0x1b0404cb, 0x1b10132c, true},  // four times
		{2016, 0x1b0404cb, 0x1b10132d, false}, // and one
		{2016, 0x1b0404cb, 0x1b010132, true},  // a quarter, cut
		{2016, 0x1b0404cb, 0x1b010130, false},
		{2016, 0x1d00ffff, 0x1d010000, false}, // above the limit
	} {
		err := checkStep(mainnet, tc.height, tc.prev, tc.bits)
		require.Equal(t, tc.ok, err == nil, "%+v: %v", tc, err)
	}
	require.NoError(t, checkStep(&chaincfg.TestNet3Params, 2017,
		0x1b0404cb, 0x1d00ffff), "test networks may fall at any time")
}

func TestParams(t *testing.T) {
	for _, name := range []string{"mainnet", "testnet3", "testnet4",
		"signet", "regtest"} {

		p, err := Params(name)
		require.NoError(t, err)
		require.Equal(t, name, p.Name)
	}
	_, err := Params("mainet")
	require.ErrorIs(t, err, ErrOptions)
	_, err = Verify(&Proof{}, "o", nil, Options{})
	require.ErrorIs(t, err, ErrOptions)
	_, err = Verify(nil, "o", nil, Options{Params: regtest})
	require.ErrorIs(t, err, ErrFormat)
}

// Whoever mines headers of their own cannot let the time stand still over them.
func TestMedianTime(t *testing.T) {
	at := func(seconds ...int64) (list []wire.BlockHeader) {
		for _, s := range seconds {
			list = append(list, wire.BlockHeader{Timestamp: time.Unix(s, 0)})
		}
		return list
	}
	for _, c := range []struct {
		before []wire.BlockHeader
		time   int64
		ok     bool
	}{
		{at(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 7, true},
		{at(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 6, false},
		{at(99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 7, true},
		{at(5, 5, 5, 5, 5), 1, true}, // six unknown ones may be earlier
		{at(5, 5, 5, 5, 5, 5), 5, false},
		{at(5, 5, 5, 5, 5, 5), 6, true},
		{nil, 1, true},
	} {
		err := checkMedian(c.before, &at(c.time)[0])
		require.Equal(t, c.ok, err == nil, "%v after %v", c.time, c.before)
	}
}

func TestLeastWork(t *testing.T) {
	for _, c := range []struct {
		network string
		bits    int
		want    Trust
	}{{"mainnet", leastWork, TrustWork}, {"mainnet", leastWork - 1, TrustWorkOnly}, {"signet", 200, TrustWorkOnly}} {
		params, err := Params(c.network)
		require.NoError(t, err)
		r := Result{Height: 1 << 30, Confirmations: 6, WorkBits: c.bits}
		require.NoError(t, r.reachAll(params, nil, nil))
		require.Equal(t, c.want, r.Trust, c.network)
	}
}
