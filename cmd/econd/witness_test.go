package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness"
)

// foundWitness founds a witness with free ports that follows these logs.
func foundWitness(t *testing.T, logs ...string) (config, key string) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	require.NoError(t, os.WriteFile(passphrase, []byte("correct horse battery\n"), 0o600))
	var out bytes.Buffer
	c := newWitness()
	c.SetArgs([]string{"--init", "--data-dir", filepath.Join(dir, "w"), "--name", "w.example/1", "--passphrase-file", passphrase, "--json"})
	c.SetOut(&out)
	require.NoError(t, c.Execute())
	var said struct{ Key, Config string }
	require.NoError(t, json.Unmarshal(out.Bytes(), &said))
	text, err := os.ReadFile(said.Config)
	require.NoError(t, err)
	list := "logs:\n"
	for _, l := range logs {
		list += "  - key: " + l + "\n"
	}
	s := strings.NewReplacer("127.0.0.1:8405", "127.0.0.1:0", "127.0.0.1:8406", "127.0.0.1:0").Replace(string(text))
	at := strings.Index(s, "logs:")
	require.Positive(t, at, s)
	require.NoError(t, os.WriteFile(said.Config, []byte(s[:at]+list), 0o600))
	return said.Config, said.Key
}

// runUntil runs a witness and gives its address once it listens.
func runUntilListening(t *testing.T, config string) (url string, stop func() error) {
	cfg, logs, err := readWitnessConfig(config)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := runWitness(ctx, cfg, logs, w)
		_ = w.CloseWithError(io.EOF)
		ended <- err
	}()
	text := make([]byte, 4096)
	n, err := r.Read(text)
	require.NoError(t, err)
	_, address, ok := strings.Cut(strings.TrimSpace(string(text[:n])), "address=")
	require.True(t, ok, "%s", text[:n])
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return "http://" + address, func() error { cancel(); return <-ended }
}

func TestWitnessCommand(t *testing.T) {
	secret := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	signer, err := anchor.NewSigner("econd/demo-1", secret)
	require.NoError(t, err)
	logKey, err := anchor.VerifierKey("econd/demo-1", secret.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	config, key := foundWitness(t, logKey)
	v, err := witness.ParseVerifier(key)
	require.NoError(t, err)

	checkpoint := func(size int64, root byte) []byte {
		msg, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: "econd/demo-1", Size: size, Root: [32]byte{root}}, signer)
		require.NoError(t, err)
		return msg
	}
	post := func(url string, r witness.Request) (int, []byte) {
		client := http.Client{Timeout: time.Minute}
		resp, err := client.Post(url+witness.Path, "text/plain", bytes.NewReader(r.Encode()))
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, body
	}
	url, stop := runUntilListening(t, config)
	code, line := post(url, witness.Request{Checkpoint: checkpoint(5, 1)})
	require.Equal(t, 200, code, "%s", line)
	n, err := note.Open(append(checkpoint(5, 1), line...), note.VerifierList(v))
	require.NoError(t, err)
	require.InDelta(t, time.Now().Unix(), witness.TimeOf(n.Sigs[0]), 3600)
	require.NoError(t, stop())

	// It knows after a restart what it cosigned, and keeps the evidence against the log.
	url, stop = runUntilListening(t, config)
	code, _ = post(url, witness.Request{Old: 5, Checkpoint: checkpoint(5, 2)})
	require.Equal(t, 422, code)
	require.NoError(t, stop())
	kept, err := filepath.Glob(filepath.Join(filepath.Dir(config), "evidence", "*", "*.checkpoint"))
	require.NoError(t, err)
	require.Len(t, kept, 2)

	// The secret stands in the sealed file alone.
	c := newWitness()
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs([]string{"--init", "--data-dir", filepath.Dir(config), "--name", "w.example/1"})
	require.ErrorContains(t, c.Execute(), "founded here already")
}

func TestWitnessConfigIsStrict(t *testing.T) {
	good, err := anchor.VerifierKey("econd/demo-1", ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	require.NoError(t, err)
	small := notekey.Key{Name: "econd/demo-1", Type: notekey.Ed25519, Public: append([]byte{1}, make([]byte, 31)...)}.String()
	for text, says := range map[string]string{
		"name: w\nunknown: 1\n":                                            "unknown",
		"name: w\nlisten: nowhere\n":                                       "listen",
		"name: w\nmetrics_listen: 0.0.0.0:1\n":                             "metrics_listen",
		"name: w\ntls_cert: x\n":                                           "tls_key",
		"name: w\nlog_level: loud\n":                                       "log_level",
		"name: w\nlogs:\n  - key: x\n":                                     "logs[0].key",
		"name: w\nlogs:\n  - key: " + small + "\n":                         "small order",
		fmt.Sprintf("name: w\nlogs: [{key: %[1]s}, {key: %[1]s}]\n", good): "logs[1]: stands there twice",
	} {
		path := filepath.Join(t.TempDir(), "witness.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, _, err := readWitnessConfig(path)
		require.ErrorContains(t, err, says, "%s", text)
	}
}
