package client_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program of another module can be built on this package and work: the package asks for
// no replace of ours, shows nothing of an internal one, and needs no module that is not in
// the cache already.
func TestBuildsFromOutside(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	program := filepath.Join(dir, "outside")
	source, err := os.ReadFile(filepath.Join("testdata", "outside", "main.go"))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	goMod := fmt.Sprintf("module example.org/outside\n\ngo 1.26.0\n\nrequire github.com/econd/econd v0.0.0\n\n"+
		"replace github.com/econd/econd => %q\n", filepath.ToSlash(root))
	for name, text := range map[string][]byte{"main.go": source, "go.sum": sums, "go.mod": []byte(goMod)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	url, stop := serve()
	defer stop()
	out, err = exec.Command(program, url).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "voted for \"Operations at 25 sat\" in entry 42\n", string(out))
}
