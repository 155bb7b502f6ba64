//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// killed leaves a file as a killed process does: without its lock.
func killed(t *testing.T, path string) (name string) {
	t.Helper()
	f, err := Begin(path)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	f.die()
	return f.Name()
}

// What a killed process left beside a path goes, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pay.mac")
	left, before := killed(t, path), killed(t, path)
	require.NoError(t, os.Link(before, path), "killed between the link and the removal of the hidden name")
	alive, err := Begin(path)
	require.NoError(t, err)
	defer alive.Abandon()
	kept := []string{".pay.mac-", ".pay.mac-20261128", ".pay.mac-.unfinished", ".pay.mac-old.unfinished", ".pay.mac.bak-1.unfinished", ".recv.mac-12.unfinished"}
	for _, name := range kept {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".pay.mac-7.unfinished"), 0o700))
	require.NoError(t, os.Symlink(path, filepath.Join(dir, ".pay.mac-8.unfinished")))
	require.NoError(t, Sweep(path))
	require.NoFileExists(t, left)
	require.NoFileExists(t, before)
	require.FileExists(t, path)
	require.FileExists(t, alive.Name())
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, len(kept)+4)
	require.NoError(t, alive.Replace())
	require.ErrorIs(t, Sweep(filepath.Join(dir, "none", "x")), fs.ErrNotExist)
}

// A file that is made while others sweep is made.
func TestSweepAmongLivingWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pay.mac")
	var writers, sweepers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		sweepers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := Sweep(path); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for range 4 {
		writers.Go(func() {
			for range 25 {
				if err := Replace(path, []byte("x"), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	sweepers.Wait()
	require.NoError(t, Sweep(path))
	only(t, dir, map[string]string{"pay.mac": "x"})
}
