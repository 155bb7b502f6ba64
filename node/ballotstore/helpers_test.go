package ballotstore_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ballotstore"
)

// mustOpen opens path and closes it when the test ends.
func mustOpen(t testing.TB, path string) *ballotstore.Store {
	t.Helper()
	s, err := ballotstore.Open(ballotstore.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "ballots.db") }

// entryAt is the entry that every test here puts at seq, so that whoever reads
// it back knows what to expect.
func entryAt(seq uint64, size int) []byte {
	e := fmt.Appendf(nil, `{"seq":%d,"pad":"`, seq)
	if n := size - len(e) - 2; n > 0 {
		e = append(e, bytes.Repeat([]byte{'a' + byte(seq%26)}, n)...)
	}
	return append(e, `"}`...)
}

func makeEntries(first uint64, n, size int) [][]byte {
	entries := make([][]byte, n)
	for i := range entries {
		entries[i] = entryAt(first+uint64(i), size)
	}
	return entries
}

// appendN appends n entries in one batch.
func appendN(t testing.TB, s *ballotstore.Store, n int) {
	t.Helper()
	_, err := s.Append(ballotstore.Batch{First: s.Size(), Entries: makeEntries(s.Size(), n, 300)})
	require.NoError(t, err)
}

func fileSize(t testing.TB, path string) int64 {
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}
