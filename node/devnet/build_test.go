package devnet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBuildIsQuickWhenNothingChanged(t *testing.T) {
	var last BuildStatus
	first, err := Build(t.Context(), Options{Progress: func(s BuildStatus) { last = s }})
	require.NoError(t, err)
	require.True(t, last.Done)
	for _, path := range []string{first.BTCD, first.LND, first.LNCLI, first.Aperture} {
		st, err := os.Stat(path)
		require.NoError(t, err)
		require.NotZero(t, st.Mode()&0o100, "%s must be executable", path)
	}
	again, err := Build(t.Context(), Options{Progress: func(s BuildStatus) { last = s }})
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Zero(t, last.Compiled, "the second build compiled %s", last.Package)
}

func TestBuildWaitsForAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := newBuild(nil).lock(t.Context(), path)
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = newBuild(nil).lock(ctx, path)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	unlock()
	unlock, err = newBuild(nil).lock(t.Context(), path)
	require.NoError(t, err)
	unlock()
}

func TestBuildOutsideTheRepositorySaysSo(t *testing.T) {
	_, err := RepoRoot(t.TempDir())
	require.ErrorContains(t, err, "run this inside the repository")
	root, err := RepoRoot(".")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "node", "devnet", "build_test.go"))
}

func TestBuildCountsPackagesAndKeepsComplaints(t *testing.T) {
	b := newBuild(nil)
	got := b.follow(strings.NewReader("internal/cpu\nruntime\n# example.org/broken\na.go:1:1: no\n"),
		func() int { return 7 })
	require.Equal(t, []string{"# example.org/broken", "a.go:1:1: no"}, got)
	require.Equal(t, 2, b.status.Compiled)
	require.Equal(t, "runtime", b.status.Package)
}

func TestStartIsRepeatedOnlyForATakenPort(t *testing.T) {
	taken := errors.Join(ErrExited, errPortTaken)
	for _, tc := range []struct {
		name  string
		fails []error // one per attempt; then success
		calls int
		want  error
	}{
		{"at once", nil, 1, nil},
		{"port taken once", []error{taken}, 2, nil},
		{"port taken too often", []error{taken, taken, taken, taken}, 4, ErrExited},
		{"another failure", []error{ErrExited}, 1, ErrExited},
	} {
		t.Run(tc.name, func(t *testing.T) {
			calls := 0
			err := withPorts(func() error {
				calls++
				if calls <= len(tc.fails) {
					return tc.fails[calls-1]
				}
				return nil
			})
			require.Equal(t, tc.calls, calls)
			require.ErrorIs(t, err, tc.want)
		})
	}
}

func TestPortsAreGivenOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		port, err := FreePort()
		require.NoError(t, err)
		require.False(t, seen[port])
		require.Less(t, port, 32768, "a port of the ephemeral range can be taken by any client")
		seen[port] = true
	}
}
