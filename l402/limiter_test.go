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
		_, err := h.gate.Challenge(context.Background(), now, caller, need, 1)
		return err
	}
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
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: 10 * time.Second, Burst: 3}, Total: wide, MaxCallers: 10})
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
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: time.Hour, Burst: 1}, Total: l402.Rate{Interval: time.Second, Burst: 2}, MaxCallers: 10})
	require.NoError(t, ask(t0, "a"))
	require.NoError(t, ask(t0, "b"))
	require.Equal(t, time.Second, retryAfter(t, ask(t0, "c")))
	require.NoError(t, ask(t0.Add(time.Second), "c"), "the refusal did not count against the caller")
}

func TestCallersAreBounded(t *testing.T) {
	ask := limited(t, l402.Limits{PerCaller: l402.Rate{Interval: 10 * time.Second, Burst: 1}, Total: wide, MaxCallers: 2})
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
		_, err := h.gate.Challenge(context.Background(), t0, "a", n, 1)
		require.ErrorIs(t, err, l402.ErrConfig, "%+v", n)
	}
	_, err := h.gate.Challenge(context.Background(), t0, "a", need, 0)
	require.ErrorIs(t, err, l402.ErrConfig, "nothing is sold for nothing")
	_, err = h.gate.Challenge(context.Background(), t0, "a", l402.Need{Service: "econd", RequireAgent: true}, 1)
	require.ErrorIs(t, err, l402.ErrAgent, "a token that could never satisfy the need is not sold")
	require.Zero(t, h.ln.n)
	_, err = h.gate.Challenge(context.Background(), t0, "a", need, 1)
	require.NoError(t, err, "the refusals did not use up the rate")
}
