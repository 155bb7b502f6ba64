package atomicfile

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nobody's change is lost where all lock the file that they read and replace.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "count")
	require.NoError(t, Replace(path, []byte("0"), 0o600))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				unlock, err := Lock(path)
				if err != nil {
					t.Error(err)
					return
				}
				text, err := os.ReadFile(path)
				n, _ := strconv.Atoi(string(text))
				if err == nil {
					err = Replace(path, []byte(strconv.Itoa(n+1)), 0o600)
				}
				unlock()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "40", string(text))
	_, err = Lock(filepath.Join(t.TempDir(), "none", "x"))
	require.Error(t, err)
}
