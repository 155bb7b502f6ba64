package l402test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

// Store is a root key store with what its owner needs beyond package l402.
type Store interface {
	l402.RootKeys
	Revoke(id l402.TokenID) error
	Prune(now time.Time, unpaidFor time.Duration) (removed int, err error)
}

// Sample returns the record of token n: created at second 1000, payable until
// 1600, good until 9000.
func Sample(n byte) l402.Record {
	r := l402.Record{CreatedAt: 1000, PayBy: 1600, ExpiresAt: 9000}
	r.TokenID[0], r.TokenID[31] = n, 1
	r.PaymentHash[0] = n
	r.RootKey[5] = n
	return r
}

// TestRootKeys runs the contract of a root key store; open returns an empty one.
func TestRootKeys(t *testing.T, open func(t *testing.T) Store) {
	t.Run("what is put is got, whole", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Put(Sample(1)))
		require.NoError(t, s.Put(Sample(2)))
		for n := byte(1); n <= 2; n++ {
			got, err := s.Get(Sample(n).TokenID)
			require.NoError(t, err)
			require.True(t, got == Sample(n))
		}
	})
	t.Run("an unknown token is said to be unknown", func(t *testing.T) {
		s := open(t)
		_, err := s.Get(Sample(1).TokenID)
		require.ErrorIs(t, err, l402.ErrUnknownToken)
		require.ErrorIs(t, s.Revoke(Sample(1).TokenID), l402.ErrUnknownToken)
		s.MarkPaid(Sample(1).TokenID)
		_, err = s.Get(Sample(1).TokenID)
		require.ErrorIs(t, err, l402.ErrUnknownToken)
	})
	t.Run("a revoked token is gone and the generation tells", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Put(Sample(1)))
		require.NoError(t, s.Put(Sample(2)))
		before := s.Generation()
		s.MarkPaid(Sample(1).TokenID)
		require.NoError(t, s.Revoke(Sample(1).TokenID))
		require.NotEqual(t, before, s.Generation())
		_, err := s.Get(Sample(1).TokenID)
		require.ErrorIs(t, err, l402.ErrUnknownToken)
		_, err = s.Get(Sample(2).TokenID)
		require.NoError(t, err)
	})
	t.Run("a token is revoked once, however often that is asked, until its end", func(t *testing.T) {
		for _, paid := range []bool{false, true} {
			s := open(t)
			id := Sample(1).TokenID
			require.NoError(t, s.Put(Sample(1)))
			if paid {
				s.MarkPaid(id)
			}
			require.NoError(t, s.Revoke(id))
			before := s.Generation()
			require.NoError(t, s.Revoke(id))
			s.MarkPaid(id)
			removed, err := s.Prune(time.Unix(8999, 0), 0)
			require.NoError(t, err)
			require.Zero(t, removed)
			require.NoError(t, s.Revoke(id))
			require.Equal(t, before, s.Generation())
			_, err = s.Get(id)
			require.ErrorIs(t, err, l402.ErrUnknownToken)
			removed, err = s.Prune(time.Unix(9000, 0), 0)
			require.NoError(t, err)
			require.Equal(t, 1, removed)
			require.ErrorIs(t, s.Revoke(id), l402.ErrUnknownToken)
		}
	})
	t.Run("a paid mark is seen at once", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Put(Sample(1)))
		s.MarkPaid(Sample(1).TokenID)
		got, err := s.Get(Sample(1).TokenID)
		require.NoError(t, err)
		require.True(t, got.Paid)
	})
	t.Run("pruning", func(t *testing.T) { testPrune(t, open) })
	t.Run("concurrent use", func(t *testing.T) { testConcurrent(t, open(t)) })
}

func testPrune(t *testing.T, open func(t *testing.T) Store) {
	const grace = 100 * time.Second
	for _, c := range []struct {
		name string
		paid bool
		now  int64
		kept bool
	}{
		{"unpaid, invoice still payable", false, 1599, true},
		{"unpaid, last second of the grace", false, 1699, true},
		{"unpaid, grace over", false, 1700, false},
		{"paid, long after the grace", true, 8999, true},
		{"paid, token expired", true, 9000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			require.NoError(t, s.Put(Sample(1)))
			if c.paid {
				s.MarkPaid(Sample(1).TokenID)
			}
			before := s.Generation()
			removed, err := s.Prune(time.Unix(c.now, 0), grace)
			require.NoError(t, err)
			_, err = s.Get(Sample(1).TokenID)
			if c.kept {
				require.NoError(t, err)
				require.Equal(t, 0, removed)
				require.Equal(t, before, s.Generation(), "nothing removed, nothing to forget")
				return
			}
			require.ErrorIs(t, err, l402.ErrUnknownToken)
			require.Equal(t, 1, removed)
			require.NotEqual(t, before, s.Generation())
		})
	}
}

// testConcurrent lets every operation meet every other; the race detector and
// the final count judge.
func testConcurrent(t *testing.T, s Store) {
	var wg sync.WaitGroup
	errs := make(chan error, 256)
	for n := range byte(32) {
		wg.Go(func() {
			r := Sample(n)
			errs <- s.Put(r)
			s.MarkPaid(r.TokenID)
			_, err := s.Get(r.TokenID)
			errs <- err
			if n%2 == 0 {
				errs <- s.Revoke(r.TokenID)
			}
			_, err = s.Prune(time.Unix(1000, 0), time.Second)
			errs <- err
			_ = s.Generation()
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	for n := range byte(32) {
		_, err := s.Get(Sample(n).TokenID)
		require.Equal(t, n%2 == 0, errors.Is(err, l402.ErrUnknownToken))
	}
}
