package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Headers of mainnet, of heights 0 to 2. Their times: 1231006505, 1231469665, 1231469744.
var mainnetHeaders = []string{
	"0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
	"010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
	"010000004860eb18bf1b1620e37e9490fc8a427514416fd75159ab86688e9a8300000000d5fdcc541e25de1c7a5addedf24858b8bb665c9f36ef744ee42c316022c90f9bb0bc6649ffff001d08d2bd61",
}

func decodedHeaders(t *testing.T, from int) (list []op.BlockHeader) {
	for _, text := range mainnetHeaders[from:] {
		raw, err := hex.DecodeString(text)
		require.NoError(t, err)
		list = append(list, op.BlockHeader(raw))
	}
	return list
}

// onMainnet is a log by version 2 in the days of mainnet's first blocks.
func onMainnet(t *testing.T) *scenario {
	sc := newScenario(t)
	sc.load("default")
	sc.set("version", "2")
	genesis := headers.Header(decodedHeaders(t, 0)[0])
	sc.at = op.Stamp{TimeMs: 1231469665_000, Height: 0, BlockHash: genesis.Hash()}
	g := genesisOf("mainnet", sc.constitutionJSON())
	require.NoError(t, sc.apply("operator", op.KindGenesis, g))
	return sc
}

func refusedBy(t *testing.T, rule string, err error) {
	t.Helper()
	var r *refusal.Refusal
	if !errors.As(err, &r) || r.Rule != rule {
		t.Fatalf("got %v, want a refusal by %s", err, rule)
	}
}

// Before there are headers no operation is let in, and they begin where the stamps are.
func TestHeadersComeFirst(t *testing.T) {
	sc := onMainnet(t)
	refusedBy(t, "headers-first", sc.apply("alice", op.KindRegister, op.Register{Name: "alice"}))
	refusedBy(t, "length", sc.apply("operator", op.KindBlocks, op.Blocks{Headers: []op.BlockHeader{}}))
	require.NoError(t, sc.tellMainnet(t, 0))
	require.NoError(t, sc.apply("alice", op.KindRegister, op.Register{Name: "alice"}))
	refusedBy(t, "blocks-place", sc.apply("operator", op.KindBlocks, op.Blocks{From: 4, Headers: decodedHeaders(t, 2)}))

	high := onMainnet(t)
	high.s.setClock(op.Stamp{TimeMs: high.at.TimeMs, Height: 2, BlockHash: [32]byte{1}})
	high.at = high.s.Clock()
	refusedBy(t, "blocks-first", high.apply("operator", op.KindBlocks, op.Blocks{Headers: decodedHeaders(t, 0)}))
	refusedBy(t, "blocks-first", high.apply("operator", op.KindBlocks, op.Blocks{From: 3, Headers: decodedHeaders(t, 2)}))
	refusedBy(t, "blocks-first", high.apply("operator", op.KindBlocks, op.Blocks{Headers: decodedHeaders(t, 0)[:2]}))
}

// tellMainnet enters the headers from one on and stamps with the last.
func (sc *scenario) tellMainnet(t *testing.T, from int) error {
	list := decodedHeaders(t, from)
	if err := sc.apply("operator", op.KindBlocks, op.Blocks{From: uint32(from), Headers: list}); err != nil {
		return err
	}
	last := headers.Header(list[len(list)-1])
	sc.at.Height, sc.at.BlockHash = 2, last.Hash()
	return nil
}

// A stamp's time is neither before the median time of its block nor two hours after it.
func TestTimeFitsTheBlock(t *testing.T) {
	const median, newest = 1231469665_000, 1231469744_000
	register := func(timeMs int64) error {
		sc := onMainnet(t)
		require.NoError(t, sc.tellMainnet(t, 0))
		require.EqualValues(t, median, sc.s.LeastTimeMs())
		require.EqualValues(t, newest+blockReachMs, sc.s.MostTimeMs())
		sc.s.setClock(op.Stamp{TimeMs: 0, Height: 2, BlockHash: sc.at.BlockHash}) // as if the log were older
		sc.at.TimeMs = timeMs
		return sc.apply("alice", op.KindRegister, op.Register{Name: "alice"})
	}
	refusedBy(t, "block-time-least", register(median-1))
	require.NoError(t, register(median))
	require.NoError(t, register(newest+blockReachMs))
	refusedBy(t, "block-time-most", register(newest+blockReachMs+1))
	refusedBy(t, "block-time-most", register(newest+86400_000*3650))
}

// What is due waits for a header, too, and a header may come late.
func TestDueFactsWaitForHeaders(t *testing.T) {
	sc := onMainnet(t)
	require.NoError(t, sc.apply("operator", op.KindBlocks, op.Blocks{Headers: decodedHeaders(t, 0)[:2]}))
	first := headers.Header(decodedHeaders(t, 1)[0])
	sc.at.Height, sc.at.BlockHash = 1, first.Hash()
	sc.at.TimeMs += 86400_000 * 2
	f := sc.s.Due(sc.at)
	require.NotNil(t, f)
	refusedBy(t, "block-time-most", sc.apply("operator", f.Kind, f.Content))
	require.NoError(t, sc.tellMainnet(t, 2))
}

// The stamp that an entry gets is one that the ledger takes.
func TestStampAt(t *testing.T) {
	sc := onMainnet(t)
	now := op.Stamp{TimeMs: 1231469600_000, Height: 7, BlockHash: [32]byte{7}}
	require.Equal(t, sc.at, sc.s.StampAt(now), "no header yet")
	require.NoError(t, sc.tellMainnet(t, 0))
	require.Equal(t, sc.at, sc.s.StampAt(now))
	later := now
	later.TimeMs += 3600_000
	require.Equal(t, op.Stamp{TimeMs: later.TimeMs, Height: 2, BlockHash: sc.at.BlockHash}, sc.s.StampAt(later))

	old := newScenario(t)
	old.set("version", "1")
	old.begin()
	require.Equal(t, now, old.s.StampAt(now), "by version 1")
	require.Nil(t, old.s.Headers())
}

// A jury is drawn with the block of the height that was fixed, however many come at once.
func TestDrawTakesTheBlockThatWasFixed(t *testing.T) {
	text, err := os.ReadFile("testdata/dispute_upheld.txt")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "dispute_upheld.txt")
	before, _, found := bytes.Cut(text, []byte("block 501"))
	require.True(t, found)
	require.NoError(t, os.WriteFile(file, before, 0o600))
	for version, want := range map[string]uint32{"1": 509, "2": 502} {
		sc := newScenario(t)
		sc.set("version", version)
		sc.run(file)
		sc.command([]string{"height", "509"})
		sc.enterDue()
		r := sc.s.disputes.list[0].rounds[0]
		require.EqualValues(t, 502, r.drawHeight)
		require.Equal(t, want, r.stamp.Height, "version %s", version)
		if block, ok := sc.s.blocks.chain.Block(502); ok {
			require.Equal(t, block, r.stamp.BlockHash)
		}
	}
}

// A jury waits for a block that is unknown also to who has headers which the log does not
// have yet: where blocks tell time that may be those of two hours.
func TestTheBlockOfADrawIsBeyondTheLag(t *testing.T) {
	for network, want := range map[string]uint32{"mainnet": voting.DrawBlocksLagging, "signet": voting.DrawBlocksLagging, "testnet": voting.DrawBlocks, "regtest": voting.DrawBlocks} {
		s := onMainnet(t).s
		s.network = network
		height := s.clock.Height
		require.Equal(t, want, s.drawHeight()-height, network)
		s.constitution.Version = 1
		require.EqualValues(t, voting.DrawBlocks, s.drawHeight()-height, network)
	}
	sc := newScenario(t)
	sc.load("default")
	sc.set("version", "2")
	require.NoError(t, sc.apply("operator", op.KindGenesis, genesisOf("mainnet", sc.constitutionJSON())))
}

// A block whose height made a fact due is not replaced before that fact is there: else who
// enters headers could choose the block of a draw. Blocks above it may be.
func TestWhatIsDueComesBeforeAFork(t *testing.T) {
	sc := newScenario(t)
	for _, line := range []string{"set version 2", "set stake.cltv_blocks 144", "agent alice", "alice stake a 20000", "lock a", "wait 10s", "height 640"} {
		sc.command(strings.Fields(line))
	}
	fork := func(depth int, nonce uint32) error {
		was := sc.chain
		sc.mine(len(was)-depth, depth+1, nonce)
		err := sc.tell(len(was) - depth)
		if err != nil {
			sc.chain = was
		}
		return err
	}
	require.NotNil(t, sc.s.Due(sc.at), "the hold ends at height 620")
	refusedBy(t, "due-before-fork", fork(30, 1))
	refusedBy(t, "due-before-fork", fork(21, 2))
	require.NoError(t, fork(20, 3))
	sc.enterDue()
	require.NoError(t, fork(30, 4))
}
