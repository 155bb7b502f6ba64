package audit

import (
	"fmt"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// Stamps are held against the headers that the auditor brings: found, of
// another chain, or outside of what was given.
func TestReplayChecksTheBlocksOfStamps(t *testing.T) {
	e := newEconomy(t, audittest.EconomyID)
	headers := audittest.Headers(4)
	const from = 600
	e.Agent("below") // at the height of the genesis entry
	e.MineBlock(from, headers[0])
	e.Agent("a")
	e.Agent("b")
	e.MineBlock(from+1, audittest.Headers(6)[5])
	strange := e.State.Next()
	e.Agent("c")
	e.MineBlock(from+3, headers[3])
	e.Agent("d")
	e.MineBlock(from+4, headers[2])
	e.Agent("above")

	_, err := replayLines(e.Lines, ReplayOptions{Headers: headers, HeadersFrom: from})
	require.ErrorIs(t, err, ErrLog)
	require.ErrorAs(t, err, new(*StampFault))
	require.ErrorContains(t, err, fmt.Sprintf("entry %d, register", strange))
	require.ErrorContains(t, err, "--lenient")

	r, err := replayLines(e.Lines, ReplayOptions{Headers: headers, HeadersFrom: from, Lenient: true})
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Blocks.Misfits, "strange, and beyond")
	require.EqualValues(t, from, r.Blocks.From)
	require.EqualValues(t, from+3, r.Blocks.To)
	require.Equal(t, 2, r.Blocks.Found)
	require.Equal(t, 2, r.Blocks.Outside)
	hash := audittest.Headers(6)[5].BlockHash()
	require.Len(t, r.Blocks.Strange, 1)
	require.EqualValues(t, from+1, r.Blocks.Strange[0].Height)
	require.EqualValues(t, strange, r.Blocks.Strange[0].Seq)
	require.Equal(t, hash.String(), r.Blocks.Strange[0].Block.String())
	require.Contains(t, fmt.Sprint(r.RestsOn), "heights 600 to 603")
	require.Contains(t, fmt.Sprint(r.RestsOn), "2 blocks of stamps lie at other heights")

	r, err = replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Nil(t, r.Blocks)
	require.Contains(t, fmt.Sprint(r.RestsOn), "no headers were given")
}

func TestReplayChecksTheHeaders(t *testing.T) {
	e := newEconomy(t, audittest.EconomyID)
	headers := audittest.Headers(3)
	o := ReplayOptions{Headers: headers, HeadersFrom: 600}
	o.Trusted = []anchor.TrustedHeader{{Height: 601, Hash: headers[1].BlockHash()}}
	r, err := replayLines(e.Lines, o)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(r.RestsOn), headers[1].BlockHash().String())
	require.Equal(t, 1, r.Blocks.Claimed)
	require.Contains(t, fmt.Sprint(r.RestsOn), "the 1 above it are claimed")
	require.Contains(t, fmt.Sprint(r.RestsOn), "Claimed, not proved: that stamps from height 602 on")
	newest := anchor.TrustedHeader{Height: 602, Hash: headers[2].BlockHash()}
	for _, trusted := range [][]anchor.TrustedHeader{{o.Trusted[0], newest}, {newest, o.Trusted[0]}} { // in any order
		r, err = replayLines(e.Lines, ReplayOptions{Headers: headers, HeadersFrom: 600, Options: Options{Trusted: trusted}})
		require.NoError(t, err)
		require.Zero(t, r.Blocks.Claimed)
		require.NotContains(t, fmt.Sprint(r.RestsOn), "claimed")
	}

	o.Trusted[0].Hash = chainhash.Hash(op.Hash{1})
	_, err = replayLines(e.Lines, o)
	require.ErrorIs(t, err, ErrAnchor)
	require.ErrorIs(t, err, anchor.ErrOtherChain)

	_, err = replayLines(e.Lines, ReplayOptions{Headers: append(headers[:1:1], headers[2]), HeadersFrom: 600})
	require.ErrorIs(t, err, anchor.ErrHeaders)
}

// A block that the auditor trusts vouches for the log's own headers up to it, and no further.
func TestATrustedBlockVouchesForWhatIsBelowIt(t *testing.T) {
	e, _ := rated(t)
	list := audittest.Headers(12)
	for height, says := range map[uint32]string{5: "that of height 5; it vouches for those below it, and the 6 above it are claimed", 11: "and the 0 above it"} {
		r, err := replayLines(e.Lines, ReplayOptions{Options: Options{Trusted: []anchor.TrustedHeader{{Height: height, Hash: list[height].BlockHash()}}}})
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(r.RestsOn), says)
	}
	r, err := replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(r.RestsOn), "vouches")
}
