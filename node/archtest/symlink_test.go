package archtest

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A module that `go install` fetches has no symbolic links: what one leads to would be
// missing there.
func TestNoSymbolicLinks(t *testing.T) {
	files := 0
	require.NoError(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "../.." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		files++
		require.Zero(t, d.Type()&fs.ModeSymlink, path)
		return nil
	}))
	require.Greater(t, files, 100)
}
