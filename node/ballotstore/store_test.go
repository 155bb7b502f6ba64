package ballotstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/ballotstore/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return mustOpen(t, tempPath(t)) })
}

// A log that is closed and opened after every batch is the log of one session.
func TestReopen(t *testing.T) {
	path := tempPath(t)
	whole := mustOpen(t, tempPath(t))
	for n := range 70 {
		s, err := ballotstore.Open(ballotstore.Config{Path: path})
		require.NoError(t, err)
		first := s.Size()
		batch := ballotstore.Batch{
			First: first, Entries: makeEntries(first, n+1, 80),
			Effects: []ballotstore.Effect{{ID: effectName(first), Seq: first, Data: []byte("hold")}},
		}
		root, err := s.Append(batch)
		require.NoError(t, err)
		require.NoError(t, s.PutCheckpoint(s.Size(), []byte("note")))
		require.NoError(t, s.JournalPut("cursor", binary.BigEndian.AppendUint64(nil, s.Size())))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "closing twice does nothing")

		want, err := whole.Append(batch)
		require.NoError(t, err)
		require.Equal(t, want, root)
	}
	s := mustOpen(t, path)
	require.NoError(t, s.Verify(nil))
	pending, err := s.PendingEffects()
	require.NoError(t, err)
	require.Len(t, pending, 70)
	size, _, err := s.LatestCheckpoint()
	require.NoError(t, err)
	require.Equal(t, s.Size(), size)
	cursor, err := s.JournalGet("cursor")
	require.NoError(t, err)
	require.Equal(t, s.Size(), binary.BigEndian.Uint64(cursor))
}

func effectName(seq uint64) string { return ballotstore.EffectID(seq, 0) }

func TestUseAfterClose(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	appendN(t, s, 1)
	require.NoError(t, s.Close())
	_, err := s.Entry(0)
	require.ErrorIs(t, err, ballotstore.ErrClosed)
	_, err = s.PendingEffects()
	require.ErrorIs(t, err, ballotstore.ErrClosed)
	_, err = s.Backup(io.Discard)
	require.ErrorIs(t, err, ballotstore.ErrClosed)
	require.ErrorIs(t, s.JournalPut("k", nil), ballotstore.ErrClosed)
	_, err = s.Append(ballotstore.Batch{First: 1, Entries: makeEntries(1, 1, 10)})
	require.ErrorIs(t, err, ballotstore.ErrClosed)
}

func TestOneProcessAtATime(t *testing.T) {
	path := tempPath(t)
	mustOpen(t, path)
	_, err := ballotstore.Open(ballotstore.Config{Path: path, LockTimeout: 60 * time.Millisecond})
	require.ErrorIs(t, err, ballotstore.ErrLocked)
	require.ErrorContains(t, err, path)
}

func TestReadOnly(t *testing.T) {
	path := tempPath(t)
	_, err := ballotstore.Open(ballotstore.Config{Path: path, ReadOnly: true})
	require.ErrorIs(t, err, fs.ErrNotExist, "a reader creates nothing")

	s := mustOpen(t, path)
	appendN(t, s, 5)
	require.NoError(t, s.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	for range 2 { // two readers share the file
		r, err := ballotstore.Open(ballotstore.Config{Path: path, ReadOnly: true})
		require.NoError(t, err)
		defer r.Close()
		require.EqualValues(t, 5, r.Size())
		require.NoError(t, r.Verify(nil))
		_, err = r.Append(ballotstore.Batch{First: 5, Entries: makeEntries(5, 1, 10)})
		require.ErrorIs(t, err, ballotstore.ErrReadOnly)
		require.ErrorIs(t, r.JournalPut("k", nil), ballotstore.ErrReadOnly)
		require.NoError(t, r.Err(), "refusing to write leaves nothing in doubt")
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after))
}

func TestConfigIsChecked(t *testing.T) {
	_, err := ballotstore.Open(ballotstore.Config{})
	require.ErrorContains(t, err, "Config.Path")
	_, err = ballotstore.Open(ballotstore.Config{Path: "x", LockTimeout: -1})
	require.ErrorContains(t, err, "Config.LockTimeout")
	_, err = ballotstore.Open(ballotstore.Config{Path: filepath.Join(t.TempDir(), "no", "such", "folder")})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// edit changes the bbolt file behind the store's back.
func edit(t *testing.T, path string, change func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(change))
	require.NoError(t, db.Close())
}

func TestForeignFilesAreRefused(t *testing.T) {
	for name, change := range map[string]func(tx *bolt.Tx) error{
		"another program's buckets": func(tx *bolt.Tx) error {
			for _, b := range []string{"econd", "entries", "hashes", "effects", "checkpoints", "journal"} {
				if err := tx.DeleteBucket([]byte(b)); err != nil {
					return err
				}
			}
			_, err := tx.CreateBucket([]byte("wallet"))
			return err
		},
		"a later format": func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("econd")).Put([]byte("format"), []byte{0, 0, 0, 2})
		},
		"no format": func(tx *bolt.Tx) error { return tx.Bucket([]byte("econd")).Delete([]byte("format")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := tempPath(t)
			require.NoError(t, mustOpen(t, path).Close())
			edit(t, path, change)
			_, err := ballotstore.Open(ballotstore.Config{Path: path})
			require.ErrorIs(t, err, ballotstore.ErrFormat)
		})
	}
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 4096), 0o600))
	_, err := ballotstore.Open(ballotstore.Config{Path: path})
	require.ErrorIs(t, err, ballotstore.ErrFormat)
}

// A creation that a crash cut short left a file without buckets, or of no
// length; it becomes an empty log.
func TestCutShortCreation(t *testing.T) {
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.Zero(t, mustOpen(t, path).Size())

	path = tempPath(t)
	edit(t, path, func(*bolt.Tx) error { return nil })
	require.Zero(t, mustOpen(t, path).Size())
}

var errSource = errors.New("source went away")

func TestBackupRestore(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	appendN(t, s, 1234)
	_, err := s.Append(ballotstore.Batch{
		First: 1234, Entries: makeEntries(1234, 1, 50),
		Effects: []ballotstore.Effect{{ID: "1234/0", Seq: 1234, Data: []byte("settle")}},
	})
	require.NoError(t, err)
	require.NoError(t, s.PutCheckpoint(1235, []byte("note")))
	require.NoError(t, s.JournalPut("anchor", []byte("tx")))

	var backup bytes.Buffer
	n, err := s.Backup(&backup)
	require.NoError(t, err)
	require.EqualValues(t, backup.Len(), n)
	appendN(t, s, 10) // what comes later is not in it

	path := tempPath(t)
	size, root, err := ballotstore.Restore(bytes.NewReader(backup.Bytes()), path)
	require.NoError(t, err)
	require.EqualValues(t, 1235, size)
	want, err := s.Root(1235)
	require.NoError(t, err)
	require.Equal(t, want, root)

	_, _, err = ballotstore.Restore(bytes.NewReader(backup.Bytes()), path)
	require.ErrorIs(t, err, ballotstore.ErrExists, "a log is never written over")

	r := mustOpen(t, path)
	pending, err := r.PendingEffects()
	require.NoError(t, err)
	require.Len(t, pending, 1)
	note, err := r.Checkpoint(1235)
	require.NoError(t, err)
	require.Equal(t, "note", string(note))
	_, err = r.JournalGet("anchor")
	require.NoError(t, err)
	appendN(t, r, 10)
	require.Equal(t, s.Size(), r.Size())
	_, head := s.Head()
	_, restored := r.Head()
	require.Equal(t, head, restored, "the restored log goes on like the original")
	requireOnly(t, path)
}

func backupOf(t *testing.T, s *ballotstore.Store) []byte {
	t.Helper()
	var backup bytes.Buffer
	_, err := s.Backup(&backup)
	require.NoError(t, err)
	return backup.Bytes()
}

// A backup opens as it is: an auditor needs no restore to read one.
func TestBackupOpensReadOnly(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	appendN(t, s, 20)
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, backupOf(t, s), 0o400))
	r, err := ballotstore.Open(ballotstore.Config{Path: path, ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, r.Verify(nil))
	require.NoError(t, r.Close())
}

func TestRestoreRefusesBadBackups(t *testing.T) {
	source := tempPath(t)
	s := mustOpen(t, source)
	appendN(t, s, 500)
	backup := backupOf(t, s)
	require.NoError(t, s.Close())
	edit(t, source, func(tx *bolt.Tx) error { return tx.Bucket([]byte("entries")).Put(be(77), []byte("forged")) })
	forged := backupOf(t, mustOpen(t, source))

	for name, r := range map[string]io.Reader{
		"nothing":     bytes.NewReader(nil),
		"first half":  bytes.NewReader(backup[:len(backup)/2]),
		"one page":    bytes.NewReader(backup[:4096]),
		"last lost":   bytes.NewReader(backup[:len(backup)-1]),
		"text":        bytes.NewReader(bytes.Repeat([]byte("sats"), 10000)),
		"read error":  io.MultiReader(bytes.NewReader(backup[:5000]), iotest.ErrReader(errSource)),
		"changed":     bytes.NewReader(bytes.Replace(backup, []byte(`{"seq":77,`), []byte(`{"seq":78,`), 1)),
		"a bare file": bytes.NewReader(backup[:len(backup)-40]),
		"bad source":  bytes.NewReader(forged),
	} {
		t.Run(name, func(t *testing.T) {
			path := tempPath(t)
			_, _, err := ballotstore.Restore(r, path)
			require.Error(t, err)
			_, statErr := os.Stat(path)
			require.ErrorIs(t, statErr, fs.ErrNotExist)
			requireOnly(t, path)
			if name == "bad source" {
				var bad *ballotstore.CorruptEntryError
				require.ErrorAs(t, err, &bad)
				require.EqualValues(t, 77, bad.Seq)
			}
		})
	}
}

// requireOnly demands that nothing but path, if that, is left in its folder.
func requireOnly(t *testing.T, path string) {
	t.Helper()
	names, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, n := range names {
		require.Equal(t, filepath.Base(path), n.Name())
	}
}
