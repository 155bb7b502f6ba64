package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Secrets are not put where others may put a file in their place.
func TestMacaroonsNeedAFolderOfTheirOwn(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o720: false, 0o702: false, 0o777: false, 0o777 | os.ModeSticky: false} {
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

// Only what is a file counts as there.
func TestMissingMacaroons(t *testing.T) {
	dir := t.TempDir()
	plain, link, dangling := filepath.Join(dir, "plain"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	require.NoError(t, os.Symlink(plain, link))
	require.NoError(t, os.Symlink("nowhere", dangling))
	missing := func(path string) ([]macaroonFile, error) {
		var c config
		c.LND.RecvMacaroon = path
		return missingMacaroons(&c, io.Discard)
	}
	for _, path := range []string{filepath.Join(dir, "new"), filepath.Join(dir, "none", "new")} {
		list, err := missing(path)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, path, list[0].path)
	}
	for path, want := range map[string]string{
		plain:                       "no macaroon is missing",
		link:                        "no macaroon is missing",
		dangling:                    "recv macaroon: stat " + dangling + ": no such file",
		dir:                         "recv macaroon: " + dir + " is not a regular file",
		filepath.Join(plain, "new"): "recv macaroon: stat " + filepath.Join(plain, "new") + ": not a directory",
		"":                          "names no file for a macaroon: set lnd.pay_macaroon",
	} {
		_, err := missing(path)
		require.ErrorContains(t, err, want, path)
	}
}

// What a killed run left goes, even where nothing is to be baked; what else is there stays.
func TestMacaroonsSweep(t *testing.T) {
	dir := t.TempDir()
	var c config
	c.LND.PayMacaroon, c.LND.RecvMacaroon = filepath.Join(dir, "pay.mac"), filepath.Join(dir, "recv.mac")
	left := filepath.Join(dir, ".pay.mac-123.unfinished")
	require.NoError(t, os.WriteFile(left, []byte("secret"), 0o600))
	require.NoError(t, os.Link(left, c.LND.PayMacaroon))
	mine := filepath.Join(dir, ".pay.mac-20261128")
	require.NoError(t, os.WriteFile(mine, nil, 0o600))
	require.NoError(t, os.WriteFile(c.LND.RecvMacaroon, nil, 0o600))
	require.ErrorContains(t, bakeMacaroons(t.Context(), c, "", io.Discard), "no macaroon is missing")
	require.NoFileExists(t, left)
	require.FileExists(t, mine)
	require.FileExists(t, c.LND.PayMacaroon)

	c.LND.PayMacaroon = filepath.Join(mine, "pay.mac")
	err := bakeMacaroons(t.Context(), c, "", io.Discard)
	require.ErrorContains(t, err, mine)
	require.NotErrorIs(t, err, fs.ErrNotExist)
}
