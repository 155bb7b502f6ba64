package atomicfile

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a user names for output and is no regular file is written to and stays; so does a
// symbolic link, whose target is written.
func TestWhatIsNoFileIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	require.NoError(t, os.Symlink("fifo", link))
	for _, path := range []string{fifo, link} {
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
		require.NoError(t, err)
		require.NoError(t, Write(path, []byte("text"), 0o644))
		got := make([]byte, 4)
		_, err = io.ReadFull(reader, got)
		require.NoError(t, err)
		require.Equal(t, "text", string(got))
		require.Equal(t, fs.ModeNamedPipe|0o600, mode(t, fifo))

		f, err := Open(path)
		require.NoError(t, err)
		require.ErrorIs(t, f.Create(), fs.ErrExist)
		f.Abandon()
		require.Equal(t, fs.ModeNamedPipe|0o600, mode(t, path))
		require.NoError(t, reader.Close())
	}
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestALinkStaysAndItsTargetIsReplaced(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink("target", link))
	require.ErrorIs(t, Write(link, []byte("one"), 0o644), fs.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "target"), []byte("old"), 0o600))
	require.NoError(t, Write(link, []byte("one"), 0o644))
	only(t, dir, map[string]string{"link": "one", "target": "one"})
	to, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, "target", to)
	require.NoError(t, Write(filepath.Join(dir, "new"), []byte("two"), 0o644))
	only(t, dir, map[string]string{"link": "one", "target": "one", "new": "two"})
}
