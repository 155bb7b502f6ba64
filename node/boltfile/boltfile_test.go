package boltfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// Whichever page is damaged, opening ends in a file or in an error that says what
// to do, and does not end the program.
func TestDamagedFileSaysWhatToDo(t *testing.T) {
	name := []byte("b")
	prepare := func(tx *bbolt.Tx) error { _, err := tx.CreateBucketIfNotExists(name); return err }
	refused := 0
	for page := range 10 {
		for _, fill := range []byte{0, 0xff, 0x41} {
			path := filepath.Join(t.TempDir(), "x.db")
			db, err := Open(path, "do this", prepare)
			require.NoError(t, err)
			require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
				for i := range 200 {
					if err := tx.Bucket(name).Put([]byte{byte(i)}, make([]byte, 100)); err != nil {
						return err
					}
				}
				return nil
			}))
			require.NoError(t, db.Close())
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := page * 4096; i < (page+1)*4096 && i < len(raw); i++ {
				raw[i] = fill
			}
			require.NoError(t, os.WriteFile(path, raw, 0o600))
			if db, err = Open(path, "do this", prepare); err == nil {
				require.NoError(t, db.Close())
				continue
			}
			refused++
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, "; do this")
		}
	}
	require.Greater(t, refused, 3)
}

// What is no damage has no remedy.
func TestOtherErrorsStayThemselves(t *testing.T) {
	other := errors.New("of another format")
	_, err := Open(filepath.Join(t.TempDir(), "x.db"), "do this", func(*bbolt.Tx) error { return other })
	require.ErrorIs(t, err, other)
	require.NotContains(t, err.Error(), "do this")
}
