package backoff

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPausesDoubleUpToTheLongest(t *testing.T) {
	p := Pauses{First: 100 * time.Millisecond, Longest: 500 * time.Millisecond}
	next := func(wantMs ...time.Duration) {
		t.Helper()
		for _, want := range wantMs {
			require.Equal(t, want*time.Millisecond, p.Next())
		}
	}
	next(100, 200, 400, 500, 500)
	p.Reset()
	next(100, 200)
	p.Raise(300 * time.Millisecond)
	next(400) // was longer already
	p.Reset()
	p.Raise(300 * time.Millisecond)
	next(300, 500)
	p.Reset()
	p.Raise(time.Millisecond)
	next(100)
	p.Reset()
	p.Raise(2 * time.Second)
	next(2000, 500) // what the raise asks for, once
}

func TestSleepTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, Sleep(t.Context(), 3*time.Second))
		require.Equal(t, 3*time.Second, time.Since(began))

		p := Pauses{First: time.Second, Longest: time.Minute}
		for range 3 {
			require.NoError(t, p.Sleep(t.Context()))
		}
		require.Equal(t, (3+1+2+4)*time.Second, time.Since(began))
		require.NoError(t, Sleep(t.Context(), 0))
		require.NoError(t, Sleep(t.Context(), -time.Second))
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, Sleep(ctx, time.Hour), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		for _, d := range []time.Duration{-1, 0, time.Hour} {
			require.ErrorIs(t, Sleep(ctx, d), context.DeadlineExceeded)
		}
		p := Pauses{First: time.Hour, Longest: time.Hour}
		require.ErrorIs(t, p.Sleep(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestAWaitIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, wake := time.Now(), make(chan struct{}, 1)
		woken, err := Wait(t.Context(), time.Second, wake)
		require.False(t, woken)
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(began))

		wake <- struct{}{} // before the wait
		woken, err = Wait(t.Context(), time.Hour, wake)
		require.True(t, woken)
		require.NoError(t, err)

		time.AfterFunc(time.Minute, func() { close(wake) })
		woken, err = Wait(t.Context(), time.Hour, wake)
		require.True(t, woken)
		require.NoError(t, err)
		require.Equal(t, time.Second+time.Minute, time.Since(began))

		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("stopped"))
		_, err = Wait(ctx, time.Hour, wake)
		require.ErrorIs(t, err, context.Canceled, "a context that ended counts, whatever else came")
	})
}
