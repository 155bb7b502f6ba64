package boltfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var bucket = []byte("b")

func openFile(t *testing.T) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	f, err := OpenFile(path, "do this", func(tx *bbolt.Tx) error { _, err := tx.CreateBucketIfNotExists(bucket); return err })
	require.NoError(t, err)
	return f, path
}

func put(key string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put([]byte(key), []byte{1}) }
}

func (f *File) has(t *testing.T, key string) (found bool) {
	t.Helper()
	require.NoError(t, f.View(func(tx *bbolt.Tx) error { found = tx.Bucket(bucket).Get([]byte(key)) != nil; return nil }))
	return found
}

// A write that fails is told as a problem until one succeeds; reads and writes go on with
// the file opened anew.
func TestFileIsOpenedAnewAfterAWriteThatFailed(t *testing.T) {
	f, path := openFile(t)
	require.NoError(t, f.Update(put("before")))
	require.NoError(t, f.Problem())

	full := errors.New("no space left on device")
	require.ErrorIs(t, f.Batch(func(*bbolt.Tx) error { return full }), full)
	require.True(t, f.Failed())
	other, err := bbolt.Open(path, 0o600, nil) // keeps the file from being opened
	require.NoError(t, err)
	require.ErrorIs(t, f.Problem(), bbolterrors.ErrTimeout)
	require.True(t, f.Failed())
	require.NoError(t, other.Close())
	require.True(t, f.has(t, "before"))
	require.True(t, f.Failed(), "a read is no proof")
	require.NoError(t, f.Problem(), "tried again")
	require.False(t, f.Failed())

	require.NoError(t, f.db.Close()) // under the next write
	require.Error(t, f.Update(put("lost")))
	require.True(t, f.Failed())
	require.NoError(t, f.Batch(put("after")))
	require.False(t, f.Failed())
	require.False(t, f.has(t, "lost"))
	require.True(t, f.has(t, "after"))

	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Update(put("closed")), ErrClosed)
	require.ErrorIs(t, f.View(put("closed")), ErrClosed)
	require.NoError(t, f.Close())
}

// A file that shows itself as damaged while it is used stays so, and says what to do.
func TestDamageWhileInUseStays(t *testing.T) {
	f, path := openFile(t)
	require.NoError(t, f.Update(put("before")))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	for range 2 {
		err := f.View(func(*bbolt.Tx) error { panic("page is not what it says") })
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "; do this")
	}
	require.ErrorIs(t, f.Update(put("x")), ErrDamaged)
	require.ErrorIs(t, f.Problem(), ErrDamaged)
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, raw, now)
}
