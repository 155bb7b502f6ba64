package rootkeys_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/rootkeys"
)

var _ l402.RootKeys = (*rootkeys.Store)(nil)

func open(t testing.TB, path string) *rootkeys.Store {
	t.Helper()
	s, err := rootkeys.Open(rootkeys.Config{Path: path, FlushEvery: time.Millisecond})
	require.NoError(t, err)
	return s
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "rootkeys.db") }

func TestKeepsTheContract(t *testing.T) {
	l402test.TestRootKeys(t, func(t *testing.T) l402test.Store {
		s := open(t, newPath(t))
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

// copyOf returns the path of a copy of the file as it is on disk now: what a
// machine would find after losing power, were every write not synced lost.
func copyOf(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	out := newPath(t)
	require.NoError(t, os.WriteFile(out, b, 0o600))
	return out
}

func TestPutIsOnDiskWhenItReturns(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	require.NoError(t, s.Put(l402test.Sample(1)))
	after := open(t, copyOf(t, path))
	got, err := after.Get(l402test.Sample(1).TokenID)
	require.NoError(t, err)
	require.True(t, got == l402test.Sample(1))
	require.NoError(t, after.Close())
	require.NoError(t, s.Close())
}

func TestPaidMarksSurvive(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	require.NoError(t, s.Put(l402test.Sample(1)))
	require.NoError(t, s.Put(l402test.Sample(2)))

	t.Run("a flush", func(t *testing.T) {
		s.MarkPaid(l402test.Sample(1).TokenID)
		require.NoError(t, s.Flush())
		after := open(t, copyOf(t, path))
		got, err := after.Get(l402test.Sample(1).TokenID)
		require.NoError(t, err)
		require.True(t, got.Paid)
		require.NoError(t, after.Close())
	})
	t.Run("an orderly end", func(t *testing.T) {
		s.MarkPaid(l402test.Sample(2).TokenID)
		require.NoError(t, s.Close())
		after := open(t, path)
		got, err := after.Get(l402test.Sample(2).TokenID)
		require.NoError(t, err)
		require.True(t, got.Paid)
		require.NoError(t, after.Close())
	})
}

func TestRunFlushesAndEnds(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	require.NoError(t, s.Put(l402test.Sample(1)))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	s.MarkPaid(l402test.Sample(1).TokenID)
	require.Eventually(t, func() bool {
		after := open(t, copyOf(t, path))
		defer after.Close()
		got, err := after.Get(l402test.Sample(1).TokenID)
		return err == nil && got.Paid
	}, time.Minute, time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
}

func TestRunPrunes(t *testing.T) {
	s, err := rootkeys.Open(rootkeys.Config{
		Path:       newPath(t),
		PruneEvery: time.Millisecond,
		UnpaidFor:  time.Second,
		Now:        func() time.Time { return time.Unix(1700, 0) },
	})
	require.NoError(t, err)
	require.NoError(t, s.Put(l402test.Sample(1)))
	before := s.Generation()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { return s.Generation() != before }, time.Minute, time.Millisecond)
	_, err = s.Get(l402test.Sample(1).TokenID)
	require.ErrorIs(t, err, l402.ErrUnknownToken)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())
}

func TestPruneInSeveralTransactions(t *testing.T) {
	s := open(t, newPath(t))
	defer s.Close()
	const n = 5000 // more than one transaction removes
	var wg sync.WaitGroup
	for worker := range 50 {
		wg.Go(func() {
			for i := range n / 50 {
				r := l402test.Sample(byte(worker))
				r.TokenID[1], r.TokenID[2] = byte(i), byte(i>>8)
				if err := s.Put(r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	removed, err := s.Prune(time.Unix(9000, 0), time.Hour)
	require.NoError(t, err)
	require.Equal(t, n, removed)
}

func TestRefusesATokenTwice(t *testing.T) {
	s := open(t, newPath(t))
	defer s.Close()
	require.NoError(t, s.Put(l402test.Sample(1)))
	again := l402test.Sample(1)
	again.RootKey[9] = 9
	require.ErrorContains(t, s.Put(again), "there already")
	got, err := s.Get(again.TokenID)
	require.NoError(t, err)
	require.True(t, got == l402test.Sample(1), "the first record stays")
	require.NoError(t, s.Put(l402test.Sample(2)), "one refused write does not stop others")
}

func TestRefusesForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name, want string
		write      func(tx *bbolt.Tx) error
	}{
		{"later format", "format 2", func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 2})
		}},
		{"no format", "no format version", func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("meta")).Delete([]byte("format"))
		}},
		{"bucket missing", `no bucket "due"`, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("due")) }},
		{"another program's", "no format version", func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := newPath(t)
			require.NoError(t, open(t, path).Close())
			db, err := bbolt.Open(path, 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(c.write))
			require.NoError(t, db.Close())
			_, err = rootkeys.Open(rootkeys.Config{Path: path})
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestDamageEndsWriting(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	r := l402test.Sample(1)
	require.NoError(t, s.Put(r))
	require.NoError(t, s.Close())
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("keys")).Put(r.TokenID[:], []byte("damaged"))
	}))
	require.NoError(t, db.Close())

	s = open(t, path)
	require.NoError(t, s.Problem())
	require.ErrorContains(t, s.Revoke(r.TokenID), "damaged")
	require.ErrorContains(t, s.Put(l402test.Sample(2)), "restart to recover", "no write after a doubtful one")
	require.ErrorContains(t, s.Problem(), "restart to recover")
	require.ErrorContains(t, s.Run(t.Context()), "damaged", "Run ends with the cause")
	_, err = s.Get(l402test.Sample(2).TokenID)
	require.ErrorIs(t, err, l402.ErrUnknownToken, "reading goes on")
	require.Error(t, s.Close())
}

func TestClosedStoreRefusesWrites(t *testing.T) {
	s := open(t, newPath(t))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Put(l402test.Sample(1)), rootkeys.ErrClosed)
	require.ErrorIs(t, s.Revoke(l402test.Sample(1).TokenID), rootkeys.ErrClosed)
}

func TestBackupIsAStore(t *testing.T) {
	s := open(t, newPath(t))
	defer s.Close()
	require.NoError(t, s.Put(l402test.Sample(1)))
	s.MarkPaid(l402test.Sample(1).TokenID)
	var b bytes.Buffer
	size, err := s.Backup(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), size)
	path := newPath(t)
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	restored := open(t, path)
	defer restored.Close()
	got, err := restored.Get(l402test.Sample(1).TokenID)
	require.NoError(t, err)
	require.True(t, got.Paid)
}

func TestFileIsPrivateAndLocked(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	defer s.Close()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	_, err = rootkeys.Open(rootkeys.Config{Path: path})
	require.ErrorContains(t, err, path)
}

func TestConfigNamesTheBadField(t *testing.T) {
	_, err := rootkeys.Open(rootkeys.Config{})
	require.ErrorContains(t, err, "Path")
	_, err = rootkeys.Open(rootkeys.Config{Path: newPath(t), UnpaidFor: -1})
	require.ErrorContains(t, err, "UnpaidFor")
}

// TestSameAsTheModel drives the file and the in-memory model with the same
// operations, reopening the file at any point, and compares all answers.
func TestSameAsTheModel(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		path := filepath.Join(dir, strconv.Itoa(run))
		s := open(t, path)
		defer func() { require.NoError(t, s.Close()) }()
		model := l402test.NewMemory()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			r := l402test.Sample(rapid.ByteRange(1, 3).Draw(rt, "token"))
			r.PayBy = rapid.Int64Range(0, 50).Draw(rt, "payBy")
			r.ExpiresAt = rapid.Int64Range(0, 50).Draw(rt, "expires")
			switch rapid.IntRange(0, 4).Draw(rt, "op") {
			case 0:
				require.Equal(rt, model.Put(r) == nil, s.Put(r) == nil)
			case 1:
				model.MarkPaid(r.TokenID)
				s.MarkPaid(r.TokenID)
			case 2:
				require.Equal(rt, model.Revoke(r.TokenID) == nil, s.Revoke(r.TokenID) == nil)
			case 3:
				now := time.Unix(rapid.Int64Range(0, 60).Draw(rt, "now"), 0)
				want, err := model.Prune(now, 10*time.Second)
				require.NoError(rt, err)
				got, err := s.Prune(now, 10*time.Second)
				require.NoError(rt, err)
				require.Equal(rt, want, got)
			case 4:
				require.NoError(rt, s.Close())
				s = open(t, path)
			}
			for n := byte(1); n <= 3; n++ {
				want, wantErr := model.Get(l402test.Sample(n).TokenID)
				got, gotErr := s.Get(l402test.Sample(n).TokenID)
				require.Equal(rt, wantErr == nil, gotErr == nil)
				require.True(rt, want == got)
			}
		}
	})
}
