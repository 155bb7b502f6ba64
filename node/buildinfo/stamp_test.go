package buildinfo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A build takes in what lies in the tree, whether git tracks it, knows of it or ignores it.
func TestAnUntrackedFileIsAChange(t *testing.T) {
	script, err := filepath.Abs("../devnet/stamp.sh")
	require.NoError(t, err)
	tree := t.TempDir()
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = tree
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
			"GIT_CEILING_DIRECTORIES="+filepath.Dir(tree))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v: %s", name, args, out)
		return string(out)
	}
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(tree, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(tree, name), []byte(text), 0o600))
	}
	require.Empty(t, run("sh", script), "outside a repository nothing is known")

	write("main.go", "package main\n")
	write(".gitignore", "/.build/\nhidden.go\n*.log\n")
	run("git", "init", "-q")
	run("git", "add", ".")
	run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
	modified := func() bool {
		stamp := strings.TrimSuffix(strings.SplitN(run("sh", script), "=", 2)[1], "'")
		return read(stamp, nil).Modified
	}
	require.False(t, modified())

	for _, name := range []string{".build/bin/econd", ".build/gen.go", "econd.log"} {
		write(name, "x")
	}
	require.False(t, modified(), "what no build takes in")

	for _, name := range []string{"zz.go", "ledger/zz.go", "hidden.go", "embedded.json", "ledger/fast.s"} {
		write(name, "package main\n")
		require.True(t, modified(), name)
		require.NoError(t, os.Remove(filepath.Join(tree, name)))
		require.False(t, modified(), "after "+name)
	}
	write("main.go", "package main // changed\n")
	require.True(t, modified())
}
