package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// published is a version of econd that only this test's module proxy has.
var published = module.Version{Path: "github.com/econd/econd", Version: "v0.0.1"}

// An auditor needs no clone: go install of a published version works, from a module
// proxy, into an empty module cache. A replace in go.mod would forbid it.
func TestInstallByVersion(t *testing.T) {
	proxy, bin, cache := t.TempDir(), t.TempDir(), t.TempDir()
	publish(t, proxy)
	env := func(name string) string {
		out, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(out))
	}
	cmd := exec.Command("go", "install", published.Path+"/cmd/econaudit@"+published.Version)
	cmd.Dir = bin // outside of the repository
	cmd.Env = append(os.Environ(), "GOFLAGS=-modcacherw -trimpath", "GOWORK=off", "GOBIN="+bin, "GOMODCACHE="+cache,
		// What was downloaded before is taken from there, so that this works without a network.
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(env("GOMODCACHE"))+"/cache/download,"+env("GOPROXY"),
		"GOSUMDB=off", "GONOPROXY=", "GOPRIVATE=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))

	program := filepath.Join(bin, "econaudit")
	out, err = exec.Command(program, "--version").CombinedOutput()
	require.NoError(t, err)
	require.Contains(t, string(out), published.Version)
	f := newFiles(t)
	out, err = exec.Command(program, "verify", filepath.Join(f.dir, "bundle.json")).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PROVED")
}

// publish lays the working tree out as a module proxy serves it.
func publish(t *testing.T, proxy string) {
	root := filepath.Join("..", "..")
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(goMod, []byte("module "+published.Path+"\n")))
	var files []zip.File
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || name == "results") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			files = append(files, treeFile{path, filepath.ToSlash(name)})
		}
		return nil
	}))
	at := filepath.Join(proxy, filepath.FromSlash(published.Path), "@v")
	require.NoError(t, os.MkdirAll(at, 0o755))
	var text bytes.Buffer
	require.NoError(t, zip.Create(&text, published, files))
	for name, raw := range map[string][]byte{"list": []byte(published.Version + "\n"), published.Version + ".mod": goMod,
		published.Version + ".zip":  text.Bytes(),
		published.Version + ".info": fmt.Appendf(nil, `{"Version":%q}`, published.Version)} {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), raw, 0o644))
	}
}

// treeFile is a file of the working tree.
type treeFile struct{ path, name string }

func (f treeFile) Path() string                 { return f.name }
func (f treeFile) Lstat() (os.FileInfo, error)  { return os.Lstat(f.path) }
func (f treeFile) Open() (io.ReadCloser, error) { return os.Open(f.path) }
