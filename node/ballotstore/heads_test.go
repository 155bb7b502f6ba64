package ballotstore_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
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
	for _, damaged := range []string{"", "{", `{"size":7,"root":"00"}`, strings.Repeat(" ", 320)} {
		require.NoError(t, os.WriteFile(path, []byte(damaged), 0o600))
		f := &ballotstore.HeadFile{Path: path}
		_, _, _, err = f.Highest()
		require.Error(t, err, damaged)
		require.Error(t, f.Raise(8, root), damaged)
	}
}

// The file that econd kept before it had slots counts after an upgrade, and only as it was
// written; the next head makes slots of it.
func TestHeadFileBeforeSlots(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ballots.db.head")
	root := [32]byte{31: 9}
	line := `{"size":7,"root":"` + hex.EncodeToString(root[:]) + `"}` + "\n"
	for _, raised := range []uint64{8, 6} {
		require.NoError(t, os.WriteFile(path, []byte(line), 0o600))
		f := &ballotstore.HeadFile{Path: path}
		size, got, ok, err := f.Highest()
		require.NoError(t, err)
		require.True(t, ok)
		require.EqualValues(t, 7, size)
		require.Equal(t, root, got)
		for size := range uint64(3) {
			require.NoError(t, f.Raise(raised+size, [32]byte{byte(size)}))
			for _, f := range []*ballotstore.HeadFile{f, {Path: path}} {
				got, root, ok, err := f.Highest()
				require.NoError(t, err)
				require.True(t, ok)
				require.Equal(t, raised+size, got)
				require.Equal(t, [32]byte{byte(size)}, root)
			}
		}
	}
	for cut := range len(line) {
		require.NoError(t, os.WriteFile(path, []byte(line[:cut]), 0o600))
		_, _, _, err := (&ballotstore.HeadFile{Path: path}).Highest()
		require.Error(t, err, "cut at %d", cut)
	}
	for _, other := range []string{line + "\n", " " + line, strings.ToUpper(line), strings.Replace(line, ":7", ":07", 1), strings.Replace(line, ":7", ":-7", 1)} {
		require.NoError(t, os.WriteFile(path, []byte(other), 0o600))
		_, _, _, err := (&ballotstore.HeadFile{Path: path}).Highest()
		require.Error(t, err, other)
	}
}

// A write that broke off, at whichever byte, leaves the head before it: that is the highest
// one that can have been handed out. No byte of a slot can be changed unnoticed.
func TestHeadFileTornWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ballots.db.head")
	f := &ballotstore.HeadFile{Path: path}
	var before []byte
	for size := uint64(1); size <= 5; size++ {
		require.NoError(t, f.Raise(size, [32]byte{byte(size)}))
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		for cut := range after {
			if before == nil || before[cut] == after[cut] {
				continue
			}
			torn := append(append([]byte{}, after[:cut]...), before[cut:]...)
			require.NoError(t, os.WriteFile(path, torn, 0o600))
			got, root, ok, err := (&ballotstore.HeadFile{Path: path}).Highest()
			require.NoError(t, err, "size %d, byte %d", size, cut)
			require.True(t, ok)
			require.Equal(t, [32]byte{byte(got)}, root)
			require.Equal(t, size-1, got, "byte %d", cut)
		}
		require.NoError(t, os.WriteFile(path, after, 0o600))
		before = after
	}
	for at := range before {
		changed := append([]byte{}, before...)
		changed[at] ^= 1
		require.NoError(t, os.WriteFile(path, changed, 0o600))
		got, _, _, err := (&ballotstore.HeadFile{Path: path}).Highest()
		require.NoError(t, err)
		require.Contains(t, []uint64{4, 5}, got)
	}
}

// A lower head after a higher one counts, as after a restore; a file that was moved away is
// made anew, with the head that is raised.
func TestHeadFileStaysInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ballots.db.head")
	f := &ballotstore.HeadFile{Path: path}
	for _, size := range []uint64{9, 3} {
		require.NoError(t, f.Raise(size, [32]byte{}))
	}
	got, _, _, err := (&ballotstore.HeadFile{Path: path}).Highest()
	require.NoError(t, err)
	require.EqualValues(t, 3, got)
	require.NoError(t, os.Rename(path, path+".away"))
	require.NoError(t, f.Raise(4, [32]byte{}))
	got, _, ok, err := (&ballotstore.HeadFile{Path: path}).Highest()
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 4, got)
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
