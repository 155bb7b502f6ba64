package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// only checks what a folder holds: nothing but these files and their texts.
func only(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	got := map[string]string{}
	for _, e := range list {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		got[e.Name()] = string(raw)
	}
	require.Equal(t, want, got)
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode()
}

func TestAFileIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a*.json")
	require.NoError(t, Replace(path, []byte("one"), 0o600))
	require.Equal(t, fs.FileMode(0o600), mode(t, path))
	require.NoError(t, Replace(path, []byte("two"), 0o644))
	require.Equal(t, fs.FileMode(0o644), mode(t, path))
	only(t, dir, map[string]string{"a*.json": "two"})
}

func TestAFileIsCreatedOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	require.NoError(t, Create(path, []byte("one"), 0o400))
	require.Equal(t, fs.FileMode(0o400), mode(t, path))
	err := Create(path, []byte("two"), 0o600)
	require.ErrorIs(t, err, fs.ErrExist)
	require.EqualError(t, err, "write "+path+": file exists")
	only(t, dir, map[string]string{"key": "one"})
}

// What another program put there after Begin stays.
func TestCreateLosesARace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	f, err := Begin(path)
	require.NoError(t, err)
	defer f.Abandon()
	require.NoError(t, os.WriteFile(path, []byte("theirs"), 0o600))
	require.ErrorIs(t, f.Create(), fs.ErrExist)
	f.Abandon()
	only(t, dir, map[string]string{"key": "theirs"})
}

// Until it is put in place a file is hidden, of mode 0600 and readable by its
// hidden name; abandoned, it leaves nothing.
func TestUntilItIsInPlace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	f, err := Begin(path)
	require.NoError(t, err)
	_, err = f.WriteString("new")
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), mode(t, f.Name()))
	require.Equal(t, ".", filepath.Base(f.Name())[:1])
	only(t, dir, map[string]string{"out": "old", filepath.Base(f.Name()): "new"})
	f.Abandon()
	only(t, dir, map[string]string{"out": "old"})
	f.Abandon()

	f, err = Begin(path)
	require.NoError(t, err)
	_, err = f.WriteString("new")
	require.NoError(t, err)
	require.NoError(t, f.Replace())
	f.Abandon()
	only(t, dir, map[string]string{"out": "new"})
}

func TestErrorsNameThePathAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "file")
	for _, err := range []error{Replace(path, nil, 0o600), Create(path, nil, 0o600)} {
		require.EqualError(t, err, "write "+path+": no such file or directory")
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	require.ErrorIs(t, SyncDir(filepath.Join(dir, "none")), fs.ErrNotExist)

	folder := filepath.Join(dir, "folder")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "full"), 0o700))
	require.EqualError(t, Replace(folder, []byte("x"), 0o600), "write "+folder+": file exists")
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 1, "nothing is left beside it")

	require.EqualError(t, naming("my.file", errors.New("full")), "write my.file: full")
	err = naming("my.file", errors.Join(ErrUnsure, &fs.PathError{Op: "sync", Path: "dir", Err: fs.ErrInvalid}))
	require.ErrorIs(t, err, ErrUnsure)
	require.ErrorIs(t, err, fs.ErrInvalid)
}
