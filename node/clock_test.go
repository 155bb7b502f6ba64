package node_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// clocked is a world on signet, whose time passes by pass alone.
type clocked struct {
	*world
	steady atomic.Int64
	next   byte
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	// By version 2 of the rules the headers bound every stamp on this network, too: here the
	// node's own check stands alone.
	w := &clocked{world: newWorldOn(t, "signet", 1), next: 20}
	w.Steady = func() time.Duration { return time.Duration(w.steady.Load()) }
	w.restart()
	return w
}

// pass lets time pass for the clock and the machine.
func (w *clocked) pass(d time.Duration) { w.Clock.Add(d); w.steady.Add(int64(d)) }

func (w *clocked) restart() {
	w.T.Helper()
	require.NoError(w.T, w.Halt())
	w.Start()
}

// register is by somebody whose clock is off from the node's.
func (w *clocked) register(off time.Duration) error {
	w.next++
	w.Clock.Add(off)
	e := w.Event(nodetest.Key(w.T, w.next), op.KindRegister, op.Register{Name: "agent"})
	w.Clock.Add(-off)
	_, err := w.Node.Submit(context.Background(), e)
	return err
}

func (w *clocked) clockProblem() string {
	for _, p := range w.Node.Ready() {
		if node.PartOf(p) == "clock" {
			return p
		}
	}
	return ""
}

func TestAClockThatIsFarAheadStampsNothing(t *testing.T) {
	w := newClocked(t)
	require.NoError(t, w.register(0))
	last := w.Clock.NowMs()

	w.Clock.Add(2*time.Hour + time.Millisecond)
	err := w.register(0)
	require.ErrorIs(t, err, node.ErrDoubtfulClock)
	require.Contains(t, err.Error(), "/readyz")
	require.Contains(t, w.clockProblem(), "is 2h0m0s ahead of the last entry and of the newest block")
	w.Clock.Add(-2*time.Hour - time.Millisecond)

	w.Clock.Add(24 * time.Hour)
	require.ErrorIs(t, w.register(0), node.ErrDoubtfulClock)
	w.Node.View(func(_ *ledger.State, now int64) {
		require.Equal(t, last, now, "no read goes ahead of the stamps")
	})
	w.Clock.Add(-24 * time.Hour)
	require.NoError(t, w.register(0), "set right again nothing has happened")
	require.Empty(t, w.clockProblem())

	w.Clock.Add(2 * time.Hour)
	require.NoError(t, w.register(0), "two hours are within reach")
	require.Empty(t, w.clockProblem())
}

func TestTimeThatPassesConfirmsTheClock(t *testing.T) {
	w := newClocked(t)
	w.pass(30 * 24 * time.Hour) // without an entry or a block
	require.NoError(t, w.register(0))
	require.Empty(t, w.clockProblem())
}

func TestABlockConfirmsTheClock(t *testing.T) {
	w := newClocked(t)
	require.NoError(t, w.Halt())
	w.Clock.Add(30 * 24 * time.Hour) // econd was off
	w.Start()
	require.ErrorIs(t, w.register(0), node.ErrDoubtfulClock)

	told := func(behind time.Duration) {
		b := nodetest.Tip
		b.TimeMs = w.Clock.Now().Add(-behind).UnixMilli()
		w.Chain.Tips <- b
	}
	told(2*time.Hour + time.Second)
	told(29 * 24 * time.Hour)
	require.ErrorIs(t, w.register(0), node.ErrDoubtfulClock, "old blocks")
	told(2 * time.Hour)
	require.Eventually(t, func() bool { return w.clockProblem() == "" }, time.Minute, time.Millisecond)
	require.NoError(t, w.register(0))
}

func TestTheOperatorConfirmsTheClock(t *testing.T) {
	w := newClocked(t)
	w.Clock.Add(30 * 24 * time.Hour)
	w.restart()
	require.ErrorIs(t, w.register(0), node.ErrDoubtfulClock)
	w.ClockIsRight = true
	w.restart()
	require.NoError(t, w.register(0))
	w.Clock.Add(3 * time.Hour)
	require.ErrorIs(t, w.register(0), node.ErrDoubtfulClock, "of that start, not of what comes after")
}

// A log that is ahead of the time is named, and nobody is told to sign anew what would be
// refused again.
func TestALogAheadOfTheClockIsNamed(t *testing.T) {
	w := newWorld(t) // regtest believes its clock
	c := &clocked{world: w, next: 20}
	maxAge := 10 * time.Minute
	w.Node.View(func(s *ledger.State, _ int64) {
		maxAge = time.Duration(s.Constitution().Operations.MaxAgeS) * time.Second
	})
	w.Clock.Add(24 * time.Hour)
	require.NoError(t, c.register(0))
	w.Clock.Add(-24 * time.Hour)

	require.Equal(t, 24*time.Hour, w.Node.LogAhead())
	require.Equal(t, 24*time.Hour, w.Node.Vitals().LogAhead)
	until := w.Clock.Now().Add(24*time.Hour - maxAge).UTC().Format("2006-01-02 15:04:05 UTC")
	require.Contains(t, c.clockProblem(), "the last stamp is 24h0m0s ahead of this clock: operations are refused until "+until)
	err := c.register(0)
	require.ErrorIs(t, err, refusal.ErrClock)
	require.Contains(t, err.Error(), "86400 s ahead of econd's clock")
	require.Contains(t, err.Error(), "does not help before "+until)
	require.NotContains(t, err.Error(), "sign it anew")
	err = c.register(-maxAge - time.Second)
	require.Contains(t, err.Error(), "sign it anew", "too old by the time, too")

	w.Clock.Add(24*time.Hour - maxAge)
	require.Empty(t, c.clockProblem())
	require.NoError(t, c.register(0))
}

// What the node itself states is let in while the log is ahead of the clock.
func TestFactsGoOnWhileTheLogIsAhead(t *testing.T) {
	w := newWorld(t)
	agent := nodetest.Key(t, 21)
	w.Clock.Add(24 * time.Hour)
	w.submit(agent, op.KindRegister, op.Register{Name: "agent"})
	id := w.submit(agent, op.KindLockStake, op.LockStake{AmountSat: 10_000}).ID
	w.Until("the hold is offered", func(s *ledger.State, _ int64) bool {
		h, _ := s.Hold(id)
		return h.State == "offered"
	})
	w.Clock.Add(-24 * time.Hour)
	w.Lock(id)
}

// Blocks lift the stamps of a clock that is far behind: the node's facts and headers go on, and
// it says what the matter is.
func TestBlocksLiftTheStampsOfAClockThatIsBehind(t *testing.T) {
	w := newHeaderWorld(t)
	const hours = 3600
	fork := w.Chain.ForkBy(501, []int64{6 * hours, 1})
	w.Chain.Tips <- fork(501)
	w.reached(501)
	require.Equal(t, 4*time.Hour, w.Node.LogAhead())
	require.Contains(t, (&clocked{world: w}).clockProblem(), "4h0m0s ahead of this clock")
	w.Chain.Tips <- fork(502)
	w.reached(502)
}
