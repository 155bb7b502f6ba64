package headers

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/anchor"
)

// Mainnet's first blocks behind the genesis.
var mainnet = []string{
	"0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
	"010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
	"010000004860eb18bf1b1620e37e9490fc8a427514416fd75159ab86688e9a8300000000d5fdcc541e25de1c7a5addedf24858b8bb665c9f36ef744ee42c316022c90f9bb0bc6649ffff001d08d2bd61",
}

func decode(t testing.TB, lines ...string) (list []Header) {
	for _, line := range lines {
		raw, err := hex.DecodeString(line)
		require.NoError(t, err)
		list = append(list, Header(raw))
	}
	return list
}

func network(t testing.TB, name string) Network {
	n, ok := NetworkOf(name)
	require.True(t, ok, name)
	return n
}

func refused(t testing.TB, rule string, err error) {
	t.Helper()
	var f *Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, rule, f.Rule, err)
}

func TestMainnetBegins(t *testing.T) {
	list := decode(t, mainnet...)
	var c Chain
	require.NoError(t, c.Extend(network(t, "mainnet"), 0, list))
	first, last := c.Range()
	require.Equal(t, []uint32{0, 2}, []uint32{first, last})
	for h := range uint32(3) {
		hash, ok := c.Block(h)
		require.True(t, ok)
		require.Equal(t, list[h].Hash(), hash)
	}
	genesis, _ := c.Block(0)
	require.Equal(t, chaincfg.MainNetParams.GenesisHash.String(), hex.EncodeToString(genesis[:]))
	at, _ := c.TimeS(2)
	require.EqualValues(t, 1231469744, at)
	require.EqualValues(t, 1231469665, c.MedianS(2))
	require.EqualValues(t, 1231469665, c.MedianS(1), "of two the later")
	require.Zero(t, c.MedianS(3))
	_, ok := c.Block(3)
	require.False(t, ok)
}

// Each bit of a header counts: whatever is changed, no proof of work is left or no link.
func TestEveryBitOfAHeaderCounts(t *testing.T) {
	n, list := network(t, "mainnet"), decode(t, mainnet...)
	for bit := range 8 * Size {
		changed := bytes.Clone(list[1][:])
		changed[bit/8] ^= 1 << (bit % 8)
		var c Chain
		require.Error(t, c.Extend(n, 0, []Header{list[0], Header(changed), list[2]}), "bit %d", bit)
		require.True(t, c.Empty())
	}
}

// The vectors of Bitcoin Core's pow_tests.
func TestDifficultyAfterAWindow(t *testing.T) {
	n := network(t, "mainnet")
	for _, v := range []struct {
		first, last int64
		bits, want  uint32
	}{
		{1261130161, 1262152739, 0x1d00ffff, 0x1d00d86a},
		{1231006505, 1233061996, 0x1d00ffff, 0x1d00ffff}, // at the limit
		{1279008237, 1279297671, 0x1c05a3f4, 0x1c0168fd}, // four times harder at most
		{1263163443, 1269211443, 0x1c387f6f, 0x1d00e1fd}, // four times easier at most
	} {
		require.Equal(t, v.want, n.next(v.bits, v.last-v.first), "%08x", v.bits)
		require.True(t, n.within(v.bits, v.want))
	}
	require.False(t, n.within(0x1c05a3f4, 0x1c0168fc))
	require.False(t, n.within(0x1c387f6f, 0x1d00e1fe))

	// With the whole window there the bits are those alone, else what can be.
	whole := Chain{first: 30240, blocks: make([]block, window)}
	for i := range whole.blocks {
		whole.blocks[i] = block{timeS: 1261130161, bits: 0x1d00ffff}
	}
	whole.blocks[window-1].timeS = 1262152739
	require.Nil(t, whole.checkBits(n, 32256, 0x1d00d86a))
	require.Equal(t, "blocks-bits", whole.checkBits(n, 32256, 0x1d00d86b).Rule)
	part := Chain{first: 30241, blocks: whole.blocks[1:]}
	require.Nil(t, part.checkBits(n, 32256, 0x1d00d86b))
	require.Equal(t, "blocks-bits", part.checkBits(n, 32256, 0x1c0fffff).Rule)
	within := Chain{first: 30241, blocks: whole.blocks[1:]}
	within.blocks = within.blocks[:100]
	require.Nil(t, within.checkBits(n, 30341, 0x1d00ffff))
	require.Equal(t, "blocks-bits", within.checkBits(n, 30341, 0x1d00d86a).Rule)
	relief := network(t, "testnet4")
	require.Nil(t, within.checkBits(relief, 30341, 0x1d00d86a))
}

// The networks are those of btcd, and so is the compact form.
func TestNetworksAsOthersHaveThem(t *testing.T) {
	for _, name := range []string{"mainnet", "testnet3", "testnet4", "signet", "regtest"} {
		n, p := network(t, name), must(anchor.Params(name))
		require.Equal(t, p.PowLimitBits, n.limit, name)
		require.Equal(t, p.PoWNoRetargeting, n.fixed, name)
		require.Equal(t, p.ReduceMinDifficulty && !n.fixed, n.relief, name)
		var genesis bytes.Buffer
		require.NoError(t, p.GenesisBlock.Header.Serialize(&genesis))
		var c Chain
		require.NoError(t, c.Extend(n, 0, []Header{Header(genesis.Bytes())}), name)
		hash, _ := c.Block(0)
		require.Equal(t, p.GenesisHash.String(), hex.EncodeToString(hash[:]))
	}
	_, ok := NetworkOf("simnet")
	require.False(t, ok)
	rapid.Check(t, func(rt *rapid.T) {
		bits := rapid.Uint32().Draw(rt, "bits")
		if v, ok := expand(bits); ok && v.Sign() > 0 {
			again, ok := expand(compact(v))
			require.True(rt, ok)
			require.Zero(rt, v.Cmp(again))
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What the anchor's chain of headers takes on regtest this one takes, and the other way.
func TestAsTheAnchorHasIt(t *testing.T) {
	n, params := network(t, "regtest"), must(anchor.Params("regtest"))
	list := Mine([32]byte{7}, 1_700_000_000, 600, 30, 0)
	var theirs []wire.BlockHeader
	for i := range list {
		var h wire.BlockHeader
		require.NoError(t, h.Deserialize(bytes.NewReader(list[i][:])))
		theirs = append(theirs, h)
	}
	other, err := anchor.NewHeaderChain(params, 500, theirs, nil)
	require.NoError(t, err)
	var c Chain
	require.NoError(t, c.Extend(n, 500, list))
	for h := uint32(500); h < 530; h++ {
		a, _ := c.Block(h)
		b, ok := other.Block(h)
		require.True(t, ok)
		require.Equal(t, b, a)
	}
	require.Equal(t, other.WorkBits(), c.Work().BitLen()-1)
}

func TestExtend(t *testing.T) {
	n := network(t, "regtest")
	list := Mine([32]byte{7}, 1_700_000_000, 600, 200, 0)
	fork := func(at, count int) []Header {
		return Mine(list[at-1].Hash(), list[at-1].TimeS(), 600, count, 1)
	}
	fresh := func() *Chain {
		c := new(Chain)
		require.NoError(t, c.Extend(n, 500, list))
		return c
	}
	refused(t, "blocks-some", fresh().Extend(n, 700, nil))
	refused(t, "blocks-place", fresh().Extend(n, 702, fork(200, 3)))
	refused(t, "blocks-place", fresh().Extend(n, 500, fork(1, 300)))
	refused(t, "blocks-link", fresh().Extend(n, 700, fork(199, 2)))
	refused(t, "blocks-higher", fresh().Extend(n, 699, fork(199, 1)))
	require.NoError(t, fresh().Extend(n, 699, fork(199, 2)))
	refused(t, "blocks-new", fresh().Extend(n, 699, append(list[199:200:200], fork(200, 1)...)))
	require.NoError(t, fresh().Extend(n, 601, fork(101, 100)), "99 deep")
	refused(t, "blocks-fork", fresh().Extend(n, 600, fork(100, 101)))

	c := fresh()
	require.NoError(t, c.Extend(n, 700, fork(200, 5)))
	broken := fork(200, 2)
	broken[1] = Header{}
	c = fresh()
	refused(t, "blocks-bits", c.Extend(n, 700, broken))
	_, last := c.Range()
	require.EqualValues(t, 699, last)
	hash, _ := c.Block(699)
	require.Equal(t, list[199].Hash(), hash, "nothing changed")
	refused(t, "blocks-time", fresh().Extend(n, 700, Mine(list[199].Hash(), list[199].TimeS()-5*600, 0, 1, 0)))
	require.NoError(t, fresh().Extend(n, 700, Mine(list[199].Hash(), list[199].TimeS()-5*600, 1, 1, 0)))
	work := fork(200, 1)
	for meets(work[0].Hash(), must(regtestTarget())) {
		work[0][79]++
	}
	refused(t, "blocks-proof", fresh().Extend(n, 700, work))
}

func regtestTarget() ([32]byte, error) {
	n, _ := NetworkOf("regtest")
	t, ok := n.target(n.limit)
	if !ok {
		return t, errors.New("no target")
	}
	return t, nil
}

// A fork of less work is not taken though it is higher.
func TestLessWork(t *testing.T) {
	hard, easy := block{bits: 0x1c05a3f4, hash: [32]byte{1}}, block{bits: 0x1d00ffff, hash: [32]byte{2}}
	c := Chain{first: 10, blocks: []block{hard, hard, hard}}
	err := c.replace(Chain{first: 10, blocks: []block{hard, easy, easy, easy}}, 11)
	refused(t, "blocks-work", err)
	hard.hash = [32]byte{3}
	require.NoError(t, c.replace(Chain{first: 10, blocks: []block{hard, hard, hard, easy}}, 11))
}

// Whatever comes, an error leaves the chain as it was, and what is taken links.
func FuzzExtend(f *testing.F) {
	list := Mine([32]byte{7}, 1_700_000_000, 600, 20, 0)
	f.Add(uint32(520), list[19][:])
	next := Mine(list[19].Hash(), list[19].TimeS(), 600, 2, 0)
	f.Add(uint32(520), append(next[0][:], next[1][:]...))
	f.Add(uint32(519), bytes.Repeat([]byte{1}, 3*Size))
	f.Fuzz(func(t *testing.T, from uint32, raw []byte) {
		n := network(t, "regtest")
		var c Chain
		require.NoError(t, c.Extend(n, 500, list))
		var more []Header
		for ; len(raw) >= Size; raw = raw[Size:] {
			more = append(more, Header(raw))
		}
		_, was := c.Range()
		hash, _ := c.Block(was)
		err := c.Extend(n, from, more)
		_, is := c.Range()
		if got, _ := c.Block(was); err != nil && (is != was || got != hash) {
			t.Fatal("changed by what was refused")
		}
		if err == nil && is <= was {
			t.Fatalf("the chain went from %d to %d", was, is)
		}
	})
}
