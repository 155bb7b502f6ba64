package ballotstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ballotstore"
)

// The highest head outlives the process, and a damaged file is an error and not a
// store that was never signed.
func TestHeadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ballots.db.head")
	_, _, ok, err := (&ballotstore.HeadFile{Path: path}).Highest()
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, (&ballotstore.HeadFile{Path: path}).Raise(7, [32]byte{1, 2}))
	size, root, ok, err := (&ballotstore.HeadFile{Path: path}).Highest()
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 7, size)
	require.Equal(t, [32]byte{1, 2}, root)
	for _, damaged := range []string{"", "{", `{"size":7,"root":"00"}`} {
		require.NoError(t, os.WriteFile(path, []byte(damaged), 0o600))
		_, _, _, err = (&ballotstore.HeadFile{Path: path}).Highest()
		require.Error(t, err, damaged)
	}
}

func TestMarkOfARestore(t *testing.T) {
	store := filepath.Join(t.TempDir(), "ballots.db")
	mark, err := ballotstore.Restored(store)
	require.NoError(t, err)
	require.Empty(t, mark)
	require.NoError(t, ballotstore.MarkRestored(store, 12, [32]byte{3}))
	mark, err = ballotstore.Restored(store)
	require.NoError(t, err)
	require.Contains(t, mark, "12 entries")
	require.NoError(t, ballotstore.ClearRestored(store))
	require.NoError(t, ballotstore.ClearRestored(store))
	mark, err = ballotstore.Restored(store)
	require.NoError(t, err)
	require.Empty(t, mark)
}
