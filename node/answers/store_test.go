package answers

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	require.NoError(t, err)
	return s
}

// ids lists what a store keeps, with its instants.
func ids(t *testing.T, s *Store) map[byte]int64 {
	t.Helper()
	list := map[byte]int64{}
	require.NoError(t, s.All(func(key, id [32]byte, until int64) error {
		require.Equal(t, id[0], key[1])
		list[id[0]] = until
		return nil
	}))
	return list
}

func put(s *Store, id byte, now, until int64, text string) error {
	return s.Put([32]byte{7, id}, [32]byte{id}, now, until, []byte(text))
}

// Answers survive a restart and are gone after their instant, neither before nor
// at it; only the owner can read the file.
func TestAnswersAreKeptUntilTheirInstant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.db")
	s := open(t, path)
	require.NoError(t, put(s, 1, 0, 100, "one"))
	require.NoError(t, put(s, 2, 0, 50, ""))
	require.NoError(t, put(s, 1, 0, 60, "anew"), "in place of the first")
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	s = open(t, path)
	defer s.Close()
	require.Equal(t, map[byte]int64{1: 60, 2: 50}, ids(t, s))
	text, found, err := s.Get([32]byte{1})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "anew", string(text))
	text, found, err = s.Get([32]byte{2})
	require.NoError(t, err)
	require.True(t, found)
	require.Empty(t, text)
	_, found, err = s.Get([32]byte{3})
	require.NoError(t, err)
	require.False(t, found)

	require.NoError(t, put(s, 3, 50, 200, "three"))
	require.Equal(t, map[byte]int64{1: 60, 2: 50, 3: 200}, ids(t, s))
	require.NoError(t, put(s, 4, 101, 200, "four"))
	require.Equal(t, map[byte]int64{3: 200, 4: 200}, ids(t, s))
}

func TestWritersAtTheSameTime(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "a.db"))
	defer s.Close()
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { errs[i] = put(s, byte(i), 0, int64(i), "x") })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, ids(t, s), 16)
}

// A file of another version, a damaged record, and a file that is closed are told.
func TestFailuresAreTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := open(t, path)
	require.NoError(t, s.file.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketAnswers).Put(make([]byte, 32), []byte("short")) }))
	_, _, err := s.Get([32]byte{})
	require.ErrorContains(t, err, "damaged")
	require.ErrorContains(t, s.All(func(_, _ [32]byte, _ int64) error { return nil }), "damaged")
	require.NoError(t, s.file.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyVersion, []byte{9}) }))
	require.NoError(t, s.Close())
	require.Error(t, put(s, 1, 0, 1, ""))
	require.Error(t, put(s, 1, 0, 1, ""), "and takes no more")
	require.Error(t, s.Problem())
	_, err = Open(path)
	require.ErrorContains(t, err, "format version 09")
	_, err = Open("")
	require.Error(t, err)
}

// keep has writes to the file fail until it is released.
func keep(t *testing.T, s *Store, path string) (release func()) {
	t.Helper()
	require.Error(t, s.file.Update(func(*bbolt.Tx) error { return errors.New("no space left on device") }))
	other, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	return func() { require.NoError(t, other.Close()) }
}

// What the file did not take is kept meanwhile, and taken once it can be.
func TestWhatCouldNotBeWrittenIsKeptAndWrittenLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := open(t, path)
	require.NoError(t, put(s, 1, 0, 100, "one"))
	require.NoError(t, s.Problem())
	release := keep(t, s, path)
	require.Error(t, put(s, 2, 0, 100, "two"))
	text, found, err := s.Get([32]byte{2})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "two", string(text))
	require.Error(t, s.Problem())
	release()
	require.NoError(t, s.Problem(), "the file was opened again, and took it")
	require.Empty(t, s.pending)

	release = keep(t, s, path)
	require.Error(t, s.Drop([32]byte{1}, 0, 100))
	_, found, err = s.Get([32]byte{1})
	require.NoError(t, err)
	require.False(t, found)
	release()
	require.NoError(t, put(s, 3, 0, 50, "three"))
	require.Equal(t, map[byte]int64{2: 100, 3: 50}, ids(t, s))
	require.NoError(t, s.Close())
	s = open(t, path)
	defer s.Close()
	require.Equal(t, map[byte]int64{2: 100, 3: 50}, ids(t, s))
}

// A damaged file is an error that names it and what to do, whichever page it is;
// what is not seen when it is opened is one later.
func TestDamagedFileIsAnError(t *testing.T) {
	seen := 0
	for page := range 12 {
		for _, fill := range []byte{0, 0xff, 0x41} {
			path := filepath.Join(t.TempDir(), "a.db")
			s := open(t, path)
			for i := range 60 {
				require.NoError(t, put(s, byte(i), 0, 100, string(make([]byte, 200))))
			}
			require.NoError(t, s.Close())
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := page * 4096; i < (page+1)*4096 && i < len(raw); i++ {
				raw[i] = fill
			}
			require.NoError(t, os.WriteFile(path, raw, 0o600))
			s, err = Open(path)
			if err == nil {
				err = put(s, 61, 200, 300, "x")
			}
			if err != nil {
				seen++
				require.ErrorContains(t, err, path)
				require.ErrorContains(t, err, "move the file away", "page %d of %x", page, fill)
			}
		}
	}
	require.Greater(t, seen, 9)
}
