package audit

import (
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
)

// byHeaders is an economy by version 2 without headers, and headers of its days.
func byHeaders(t *testing.T, stepS int64, n, before int) (*audittest.Economy, []headers.Header) {
	c := audittest.Constitution()
	c.Version = constitution.RulesHeaders
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	return e, headers.Mine([32]byte{7}, e.At.TimeMs/1000-int64(before)*stepS, stepS, n, 9)
}

// Headers that come late are said, with how long: the log does not tell why.
func TestLateHeadersAreSaid(t *testing.T) {
	e, list := byHeaders(t, 600, 40, 12)
	e.EnterHeaders(timesFrom, list[:12])
	for i, h := range list[12:20] { // each as it comes
		e.At.TimeMs = max(e.At.TimeMs, h.TimeS()*1000+lagMs)
		e.EnterHeaders(timesFrom+12+uint32(i), []headers.Header{h})
	}
	r, err := replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Empty(t, r.Lags)
	e.Pass(90 * time.Minute)
	e.Agent("under an old header")
	e.EnterHeaders(timesFrom+20, list[20:28])
	r, err = replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Len(t, r.Lags, 1)
	require.Equal(t, list[20].TimeS()*1000, r.Lags[0].FromMs)
	require.Equal(t, e.At.TimeMs, r.Lags[0].UntilMs)
	require.Contains(t, fmt.Sprint(r.RestsOn), "headers were kept back")
}

// What an honest log is founded with fits whatever headers an auditor has: its genesis knows
// no block, and its first headers are older than it.
func TestTheFoundingFitsAllHeaders(t *testing.T) {
	for _, earlier := range []int{0, 100} {
		for _, stepS := range []int64{600, 800, 1800} {
			e, list := byHeaders(t, stepS, 11+earlier, 11+earlier)
			e.EnterHeaders(timesFrom+uint32(earlier), list[earlier:])
			e.Agent("a")
			_, err := replayLines(e.Lines, ReplayOptions{Headers: wireHeaders(t, list), HeadersFrom: timesFrom})
			require.NoError(t, err, "%d earlier, %d s apart", earlier, stepS)
		}
	}
}

// The last blocks of either chain may have gone stale since; those below may not.
func TestAStaleTipIsNoForgery(t *testing.T) {
	e, list := byHeaders(t, 60, 60, 50)
	e.EnterHeaders(timesFrom, list[:50])
	e.Agent("a")
	replay := func(fork int) error {
		other := headers.Mine(list[fork-1].Hash(), list[fork-1].TimeS(), 60, 50-fork+1, 3)
		given := wireHeaders(t, append(append([]headers.Header{}, list[:fork]...), other...))
		for _, h := range [][]wire.BlockHeader{given, given[:len(given)-1]} {
			r, err := replayLines(e.Lines, ReplayOptions{Headers: h, HeadersFrom: timesFrom})
			if err != nil {
				return err
			}
			require.NotZero(t, r.Blocks.Unsettled)
			require.Contains(t, fmt.Sprint(r.RestsOn), "went stale")
		}
		return nil
	}
	require.NoError(t, replay(49))
	require.NoError(t, replay(45))
	require.Error(t, replay(43))
}

// Entries were there before the block of their anchor, so stamps beyond it are not true.
func TestStampsAheadOfTheirAnchor(t *testing.T) {
	for _, over := range []uint32{headers.MaxFork, headers.MaxFork + 1} {
		s := newStory(t)
		s.Mine(audittest.AnchorHeight + 1 + over - s.At.Height)
		s.Agent("of a height to come")
		line := s.NewLine("coin")
		p := line.Mine(s.Head(), 6)
		_, verified := Verify(s.bundle(s.Passed, s.Agents[0].Public(), p), Options{})
		_, replayed := replayLines(s.Lines, ReplayOptions{Checkpoint: s.Checkpoint(), Anchor: p})
		_, lined := replayLines(s.Lines, ReplayOptions{Options: Options{Line: line.Proofs}})
		for _, err := range []error{verified, replayed, lined} {
			if over > headers.MaxFork {
				require.ErrorContains(t, err, "the stamps are ahead of the chain")
				require.ErrorIs(t, err, ErrAnchor)
			} else {
				require.NoError(t, err)
			}
		}
	}
	a := AnchorReport{Height: 900, timeMs: 1_700_000_000_000}
	for network, fails := range map[string]bool{"mainnet": true, "signet": true, "regtest": false, "testnet": false} {
		last := audittest.NewEconomy(t, "anchors.0001").At
		last.Height, last.TimeMs = 900, a.timeMs+reachMs
		require.NoError(t, a.after(identity{network: network}, last))
		last.TimeMs++
		require.Equal(t, fails, a.after(identity{network: network}, last) != nil, network)
	}
	var none *AnchorReport
	require.NoError(t, none.after(identity{}, audittest.NewEconomy(t, "anchors.0001").At))
}

// A clock that a log is ahead of says so, and refuses nothing.
func TestALogOfTheFutureIsSaid(t *testing.T) {
	e := newEconomy(t, audittest.EconomyID)
	e.Agent("a")
	r, err := replayLines(e.Lines, ReplayOptions{ClockMs: e.At.TimeMs - earlyMs})
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(r.RestsOn), "clock of this machine")
	r, err = replayLines(e.Lines, ReplayOptions{ClockMs: e.At.TimeMs - earlyMs - 1})
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(r.RestsOn), "later than the clock of this machine, by up to 5m0s")
}

// Anchors that the log does not name are found among all its heads.
func TestUnnamedAnchorsAreFoundByTheirDigest(t *testing.T) {
	s := newStory(t)
	line := s.NewLine("coin")
	line.Mine(s.Head(), 6)
	s.Agent("later")
	line.Mine(s.Head(), 6)
	r, err := lineOf(s, line.Proofs)
	require.NoError(t, err)
	require.EqualValues(t, []uint64{uint64(len(s.Lines) - 1), uint64(len(s.Lines))}, []uint64{r.Anchors[0].Size, r.Anchors[1].Size})
	foreign := newStory(t)
	foreign.Agent("of another log")
	other := foreign.NewLine("coin")
	other.Mine(foreign.Head(), 6)
	_, err = lineOf(newStory(t), []*anchor.Proof{other.Proofs[0]})
	require.ErrorIs(t, err, ErrLine)
}
