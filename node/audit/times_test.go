package audit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

const timesFrom = 600

// hourly are headers an hour apart from the start of an economy on, by height from timesFrom.
func hourly(t *testing.T, e *audittest.Economy, n int) []wire.BlockHeader {
	list := headers.Mine([32]byte{}, e.At.TimeMs/1000-3600, 3600, n, 0)
	return wireHeaders(t, list)
}

func wireHeaders(t *testing.T, list []headers.Header) (out []wire.BlockHeader) {
	for i := range list {
		h, err := audittest.WireHeader(list[i][:])
		require.NoError(t, err)
		out = append(out, h)
	}
	return out
}

// A stamp must fit its block and the next: who freezes the clock, or runs ahead of it, is
// found by whoever has headers.
func TestStampsMustFitTheirBlocks(t *testing.T) {
	for name, c := range map[string]struct {
		play  func(e *audittest.Economy, list []wire.BlockHeader)
		fault string
		from  int // headers given from this one on
	}{
		"honest": {func(e *audittest.Economy, list []wire.BlockHeader) {
			for i := range 20 {
				e.MineBlock(timesFrom+uint32(i), list[i])
				e.Agent(fmt.Sprint("a", i))
				e.Pass(time.Hour)
			}
		}, "", 0},
		"a clock that stands still": {func(e *audittest.Economy, list []wire.BlockHeader) {
			for i := range 117 {
				e.MineBlock(timesFrom+uint32(i), list[i])
				e.Agent(fmt.Sprint("late", i))
			}
		}, "more than two hours before the time of block 603", 0},
		"a clock ahead of the next block": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom, list[0])
			e.Pass(3*time.Hour + time.Second)
			e.Agent("early")
		}, "more than two hours after block 601", 0},
		"years ahead": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom, list[0])
			e.At.TimeMs += (10 * 365 * 24 * time.Hour).Milliseconds()
			e.Due()
		}, "more than two hours after block 601", 0},
		"ahead at the last block given": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom+119, list[119])
			e.Pass(119*time.Hour + 2*time.Hour + time.Second)
			e.Agent("ahead")
		}, "the last one given", 0},
		"another block": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom, list[1])
			e.Agent("drawn")
		}, "is not that of height 600", 0},
		"beyond": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom+120, list[0])
			e.Agent("beyond")
		}, "beyond the headers given, which end at 719", 0},
		"a height that stays below what is given": {func(e *audittest.Economy, list []wire.BlockHeader) {
			e.MineBlock(timesFrom, list[0])
			e.Pass(33 * time.Hour)
			e.Agent("low")
		}, "after block 630, and the stamp says height 600", 30},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEconomy(t, audittest.EconomyID)
			list := hourly(t, e, 120)
			c.play(e, list)
			o := ReplayOptions{Headers: list[c.from:], HeadersFrom: timesFrom + uint32(c.from)}
			_, err := replayLines(e.Lines, o)
			if c.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.fault)
			require.ErrorAs(t, err, new(*StampFault))
			require.ErrorIs(t, err, ErrLog)
			o.Lenient = true
			r, err := replayLines(e.Lines, o)
			require.NoError(t, err)
			require.NotZero(t, r.Blocks.Misfits)
			require.Contains(t, r.Blocks.Misfit[0].Why, c.fault)
			require.Contains(t, fmt.Sprint(r.RestsOn), "do not fit")
		})
	}
}

// A close that is kept back at the end of a log is shown, with what else is due and open.
func TestWhatIsDueSinceTheEnd(t *testing.T) {
	e := newEconomy(t, audittest.EconomyID)
	agent := e.Agent("a")
	e.Do(agent, op.KindLockStake, op.LockStake{AmountSat: 5000})
	asked := e.At.TimeMs
	r, err := replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Nil(t, r.End)

	r, err = replayLines(e.Lines, ReplayOptions{ClockMs: asked + 7200_000})
	require.NoError(t, err)
	require.Empty(t, r.End.Due, "the epoch ends then, and is due after")
	require.Len(t, r.End.Unanswered, 1)
	require.EqualValues(t, 7200, r.End.Unanswered[0].AgeS)
	require.Equal(t, "open-hold", r.End.Unanswered[0].Kind)

	last := headers.Mine([32]byte{}, asked/1000, 3*3600, 1, 0)
	for _, o := range []ReplayOptions{{NowMs: asked + 3*3600_000}, {ClockMs: asked + 3*3600_000},
		{Headers: wireHeaders(t, last), HeadersFrom: timesFrom}} {
		r, err = replayLines(e.Lines, o)
		require.NoError(t, err)
		require.Len(t, r.End.Due, 1)
		require.Equal(t, op.KindEpoch, r.End.Due[0].Kind)
		require.Contains(t, fmt.Sprint(r.RestsOn), "1 facts have been due since its end")
		require.EqualValues(t, 3*3600, r.End.SilentS)
	}

	_, err = replayLines(e.Lines, ReplayOptions{NowMs: asked - reachMs - 1})
	require.ErrorContains(t, err, "more than two hours after now")
	_, err = replayLines(e.Lines, ReplayOptions{NowMs: asked - reachMs})
	require.NoError(t, err)
	_, err = replayLines(e.Lines, ReplayOptions{ClockMs: 1})
	require.NoError(t, err, "the clock alone refuses nothing")
}

// A log by version 2 brings its chain along: what its headers say was replaced passes, what
// they do not know does not.
func TestALogWithHeaders(t *testing.T) {
	play := func(fork bool) (*audittest.Economy, []wire.BlockHeader) {
		c := audittest.Constitution()
		c.Version = constitution.RulesHeaders
		e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
		list := headers.Mine([32]byte{}, e.At.TimeMs/1000-3600, 60, 30, 0)
		depth := 1
		if !fork {
			depth = unsettled + 1
		}
		stale := headers.Mine(list[9].Hash(), list[9].TimeS(), 60, depth, 1)
		e.EnterHeaders(timesFrom, slices.Concat(list[:10], stale))
		e.Agent("a")
		if fork {
			e.EnterHeaders(timesFrom+10, list[10:])
			e.Agent("b")
		}
		return e, wireHeaders(t, list)
	}
	e, list := play(true)
	r, err := replayLines(e.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(r.RestsOn), "The log has headers of heights 600 to 629")
	r, err = replayLines(e.Lines, ReplayOptions{Headers: list, HeadersFrom: timesFrom})
	require.NoError(t, err)
	require.Equal(t, 1, r.Blocks.Replaced)
	require.Empty(t, r.Blocks.Strange)

	e, list = play(false)
	_, err = replayLines(e.Lines, ReplayOptions{Headers: list, HeadersFrom: timesFrom})
	require.ErrorContains(t, err, "the log's header of height 610")
	r, err = replayLines(e.Lines, ReplayOptions{Headers: list, HeadersFrom: timesFrom, Lenient: true})
	require.NoError(t, err)
	require.EqualValues(t, 1, r.Blocks.Misfits)
}
