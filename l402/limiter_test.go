package l402_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

func limited(t *testing.T, limits l402.Limits) func(now time.Time, caller string) error {
	h := newHouse(t, func(c *l402.Config) { c.Limits = limits })
	return func(now time.Time, caller string) error {
		_, err := h.gate.Challenge(context.Background(), now, l402.Ask{Caller: far(caller), Need: need, PriceMsat: 1})
		return err
	}
}

// far is a caller at an address, or one named by a letter that shares nothing
// with those of other letters.
func far(name string) l402.Caller {
	if len(name) == 1 {
		name = fmt.Sprintf("10.%d.0.1", name[0])
	}
	return l402.CallerOf(name)
}

func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	require.ErrorIs(t, err, l402.ErrRateLimited)
	var limit *l402.RateLimitError
	require.True(t, errors.As(err, &limit))
	return limit.RetryAfter
}

var wide = l402.Rate{Interval: time.Nanosecond, Burst: 1000}

func TestChallengesPerCaller(t *testing.T) {
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: 10 * time.Second, Burst: 3}, PerBlock: wide, PerRegion: wide, Total: wide, MaxCallers: 10})
	for range 3 {
		require.NoError(t, ask(t0, "a"))
	}
	require.Equal(t, 10*time.Second, retryAfter(t, ask(t0, "a")))
	require.NoError(t, ask(t0, "b"), "callers do not share a bucket")
	require.Equal(t, time.Nanosecond, retryAfter(t, ask(t0.Add(10*time.Second-1), "a")))
	require.NoError(t, ask(t0.Add(10*time.Second), "a"))
	require.Equal(t, 10*time.Second, retryAfter(t, ask(t0.Add(10*time.Second), "a")), "a refusal costs nothing, a challenge one")

	later := t0.Add(time.Hour)
	for range 3 {
		require.NoError(t, ask(later, "a"), "a full bucket holds no more than the burst")
	}
	require.Error(t, ask(later, "a"))
}

func TestChallengesInTotal(t *testing.T) {
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: time.Hour, Burst: 1}, PerBlock: wide, PerRegion: wide, Total: l402.Rate{Interval: time.Second, Burst: 2}, MaxCallers: 10})
	require.NoError(t, ask(t0, "a"))
	require.NoError(t, ask(t0, "b"))
	require.Equal(t, time.Second, retryAfter(t, ask(t0, "c")))
	require.NoError(t, ask(t0.Add(time.Second), "c"), "the refusal did not count against the caller")
}

func TestCallersAreBounded(t *testing.T) {
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: 10 * time.Second, Burst: 1}, PerBlock: wide, PerRegion: wide, Total: wide, MaxCallers: 6})
	require.NoError(t, ask(t0, "a"))
	require.NoError(t, ask(t0, "b"))
	require.NoError(t, ask(t0, "c"), "the first of the others")
	require.Equal(t, 10*time.Second, retryAfter(t, ask(t0, "d")), "the others share one bucket")
	require.Error(t, ask(t0, "a"), "nobody is forgotten before its bucket is full")

	full := t0.Add(10 * time.Second)
	require.NoError(t, ask(full, "d"), "takes the place of one whose bucket is full")
	require.NoError(t, ask(full, "e"))
	require.Error(t, ask(full, "d"))
	require.Error(t, ask(full, "e"))
}

// A block of addresses is not as many callers as it has addresses, and whoever
// is elsewhere does not feel it.
func TestBlocksOfAddressesShareBuckets(t *testing.T) {
	for name, c := range map[string]struct{ same, block, region, elsewhere string }{
		"IPv4": {"198.51.100.%d", "198.51.101.%d", "198.51.%d.9", "203.0.113.7"},
		"IPv6": {"2001:db8:1:%x::1", "2001:db8:2:%x::1", "2001:db8:%x::1", "2001:db9::1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			ask := func(ip string) error {
				_, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: l402.CallerOf(ip), Need: need, PriceMsat: 1})
				return err
			}
			limits := l402.DefaultConfig().Limits
			flood := func(form string, want int) {
				got := 0
				for i := range 200 {
					if ask(fmt.Sprintf(form, i+3)) == nil {
						got++
					}
				}
				require.Equal(t, want, got)
			}
			flood(c.same, limits.PerBlock.Burst)
			var limit *l402.RateLimitError
			require.True(t, errors.As(ask(fmt.Sprintf(c.same, 250)), &limit))
			require.Equal(t, l402.ShareBlock, limit.Whose)
			flood(c.block, limits.PerBlock.Burst)
			flood(c.region, limits.PerRegion.Burst-2*limits.PerBlock.Burst)
			require.NoError(t, ask(c.elsewhere))
		})
	}
}

// While the total is short, a region that owes challenges waits, and one that
// owes none does not.
func TestUnderPressureEveryRegionGetsOne(t *testing.T) {
	limits := l402.Limits{PerCaller: wide, PerBlock: wide, PerRegion: l402.Rate{Interval: time.Second, Burst: 100},
		Total: l402.Rate{Interval: time.Minute, Burst: 10}, MaxCallers: 1000}
	ask := limited(t, limits)
	for range 5 {
		require.NoError(t, ask(t0, "a"), "half of the total is anybody's")
	}
	require.Equal(t, 5*time.Second, retryAfter(t, ask(t0, "a")))
	for _, other := range []string{"b", "c", "d"} {
		require.NoError(t, ask(t0, other))
		require.Equal(t, time.Second, retryAfter(t, ask(t0, other)))
	}
	require.NoError(t, ask(t0.Add(5*time.Second), "a"), "it owes none now")
}

// Whoever pays is never held to what others left unpaid, nor to its own paid
// challenges.
func TestPayingCreditsTheCaller(t *testing.T) {
	limits := l402.Limits{PerCaller: l402.Rate{Interval: time.Hour, Burst: 2}, PerBlock: l402.Rate{Interval: time.Hour, Burst: 3},
		PerRegion: l402.Rate{Interval: time.Hour, Burst: 4}, Total: l402.Rate{Interval: time.Hour, Burst: 10}, MaxCallers: 100}
	h := newHouse(t, func(c *l402.Config) { c.Limits = limits })
	ask := func(ip string) (l402.Challenge, error) {
		return h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: l402.CallerOf(ip), Need: need, PriceMsat: 1000})
	}
	use := func(c l402.Challenge) {
		grant, err := h.gate.Check(context.Background(), t0, []string{header(t, c.Macaroon, h.ln.pay(t, c))}, need)
		require.NoError(t, err)
		taken, err := h.gate.Take(t0, &grant, 1)
		require.NoError(t, err)
		require.EqualValues(t, 1, taken)
	}
	const buyer = "192.0.2.1"
	for range 50 {
		c, err := ask(buyer)
		require.NoError(t, err, "all before were paid")
		use(c)
	}
	for i := range 100 {
		_, _ = ask(fmt.Sprintf("192.0.2.%d", 2+i)) // its neighbours
		_, _ = ask(fmt.Sprintf("2001:%x::1", 1+i)) // and everybody else
	}
	_, err := ask("198.18.0.1")
	require.Equal(t, time.Hour, retryAfter(t, err), "the total is used up")
	c, err := ask(buyer)
	require.NoError(t, err)
	_, err = ask(buyer)
	require.NoError(t, err)
	_, err = ask(buyer)
	require.Equal(t, time.Hour, retryAfter(t, err), "two that it did not pay")
	use(c)
	_, err = ask(buyer)
	require.NoError(t, err)
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for after, want := range map[time.Duration]int64{1: 1, time.Second: 1, time.Second + 1: 2} {
		err := &l402.RateLimitError{RetryAfter: after}
		require.Equal(t, want, err.Seconds())
		require.Contains(t, err.Error(), fmt.Sprintf("%d s", want))
	}
}

func TestInvalidRequestsCostNoInvoice(t *testing.T) {
	h := newHouse(t, func(c *l402.Config) { c.Limits.PerCaller.Burst = 1 })
	for _, n := range []l402.Need{
		{},
		{Service: "econd/v1"},
		{Service: "econd,weather"},
		{Service: "econd", Capability: "a,b"},
		{Service: "econd", Capability: "a=b"},
	} {
		_, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: n, PriceMsat: 1})
		require.ErrorIs(t, err, l402.ErrConfig, "%+v", n)
	}
	_, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 0})
	require.ErrorIs(t, err, l402.ErrConfig, "nothing is sold for nothing")
	_, err = h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: l402.Need{Service: "econd", RequireAgent: true}, PriceMsat: 1})
	require.ErrorIs(t, err, l402.ErrAgent, "a token that could never satisfy the need is not sold")
	require.Zero(t, h.ln.n)
	_, err = h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 1})
	require.NoError(t, err, "the refusals did not use up the rate")
}
