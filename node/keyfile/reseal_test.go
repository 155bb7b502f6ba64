package keyfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReseal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "operator.key")
	drawn, err := NewOperator()
	require.NoError(t, err)
	quick := WorkFactor(MinWorkFactor)
	old, fresh := []byte("the old passphrase"), []byte("the new passphrase")
	require.NoError(t, Seal(path, old, drawn, quick))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	same := func() {
		t.Helper()
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, before, now)
		list, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, list, 1, "nothing is left beside it")
	}

	require.ErrorIs(t, Reseal(path, fresh, fresh, quick), ErrPassphrase)
	same()
	require.ErrorIs(t, Reseal(path, old, []byte("seven77"), quick), ErrNoPassphrase)
	same()
	broken := errors.New("the disk lies")
	require.ErrorIs(t, replace(path, []byte("x"), func(string) error { return broken }), broken)
	same()

	require.NoError(t, Reseal(path, old, fresh, quick))
	var got Operator
	require.ErrorIs(t, Open(path, old, &got), ErrPassphrase)
	require.NoError(t, Open(path, fresh, &got))
	require.Equal(t, drawn, got)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.Chmod(path, 0o640))
	require.ErrorIs(t, Reseal(path, fresh, old, quick), ErrPermissions)
	require.NoError(t, os.Remove(path))
	require.NoError(t, Write(path, drawn))
	require.ErrorIs(t, Reseal(path, fresh, old, quick), ErrPlain)
}

// A key that lies elsewhere, on an encrypted disk say, is sealed anew there, and the link
// to it stays.
func TestResealThroughALink(t *testing.T) {
	target, path := filepath.Join(t.TempDir(), "real.key"), filepath.Join(t.TempDir(), "operator.key")
	drawn, err := NewOperator()
	require.NoError(t, err)
	quick := WorkFactor(MinWorkFactor)
	old, fresh := []byte("the old passphrase"), []byte("the new passphrase")
	require.NoError(t, Seal(target, old, drawn, quick))
	require.NoError(t, os.Symlink(target, path))
	require.NoError(t, Reseal(path, old, fresh, quick))
	to, err := os.Readlink(path)
	require.NoError(t, err)
	require.Equal(t, target, to)
	var got Operator
	require.NoError(t, Open(target, fresh, &got))
	require.ErrorIs(t, Open(target, old, &got), ErrPassphrase)
}

// A further key of the log is drawn behind those before it, which stay; what fails leaves the file as it was.
func TestAddLogSeed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "operator.key")
	drawn, err := NewOperator()
	require.NoError(t, err)
	quick, passphrase := WorkFactor(MinWorkFactor), []byte("the passphrase")
	require.NoError(t, Seal(path, passphrase, drawn, quick))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.ErrorIs(t, AddLogSeed(path, []byte("another passphrase"), quick), ErrPassphrase)
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, now)

	want := drawn
	for n := 1; n <= 2; n++ {
		require.NoError(t, AddLogSeed(path, passphrase, quick))
		var got Operator
		require.NoError(t, Open(path, passphrase, &got))
		require.Len(t, got.LaterLogSeeds, n)
		fresh := got.LaterLogSeeds[n-1]
		require.NotContains(t, append(want.LaterLogSeeds, want.LogSeed), fresh)
		want.LaterLogSeeds = append(want.LaterLogSeeds, fresh)
		require.Equal(t, want, got)
	}
}
