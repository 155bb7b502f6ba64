package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Secrets are not put where others may put a file in their place.
func TestMacaroonsNeedAFolderOfTheirOwn(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o720: false, 0o702: false, 0o777: false, 0o777 | os.ModeSticky: true} {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, mode))
		err := guarded(dir)
		if ok {
			require.NoError(t, err, mode)
			continue
		}
		require.ErrorContains(t, err, "chmod go-w", mode)
	}
}
