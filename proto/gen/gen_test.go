package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The committed code is what the .proto files generate, and the comparison
// finds a changed, a missing and a stray file.
func TestCommittedCodeIsUpToDate(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	root, err := protoRoot(ctx)
	require.NoError(t, err)
	files, err := generate(ctx, root)
	require.NoError(t, err)
	require.NoError(t, compare(root, files))

	dir := t.TempDir()
	for _, f := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(f.path)), 0o755))
	}
	require.NoError(t, write(dir, files))
	require.NoError(t, compare(dir, files))

	changed := append([]file{{files[0].path, bytes.Replace(files[0].text, []byte("package econdv1"), []byte("package otherv1"), 1)}}, files[1:]...)
	require.ErrorContains(t, compare(dir, changed), files[0].path+" is not what")
	require.ErrorContains(t, compare(dir, files[1:]), files[0].path+" is generated from no")
	require.NoError(t, os.Remove(filepath.Join(dir, files[0].path)))
	require.ErrorIs(t, compare(dir, files), os.ErrNotExist)
}

func TestMistakeInProtoIsNamed(t *testing.T) {
	dir := t.TempDir()
	_, err := generate(context.Background(), dir)
	require.ErrorContains(t, err, "no .proto file")

	text := strings.ReplaceAll(`syntax = "proto3"; package x; message M { N n = 1; }`, "; ", ";\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.proto"), []byte(text), 0o600))
	_, err = generate(context.Background(), dir)
	require.ErrorContains(t, err, "x.proto:3:")
}
