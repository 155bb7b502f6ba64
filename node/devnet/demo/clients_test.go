//go:build clients

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/devnet"
)

// The programs of docs/agents work as they stand, on a real network through
// aperture: they register, pay, stake, vote, follow and prove, and econaudit accepts
// what they bring home.
func TestAgentsInOtherLanguages(t *testing.T) {
	root, err := devnet.RepoRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	programs := filepath.Join(root, "docs", "agents")
	ctx, e := start(t, 10*time.Minute)
	for name, run := range map[string][]string{
		"python": {"python3", filepath.Join(programs, "agent.py")},
		"node":   {"node", filepath.Join(programs, "agent.mjs")},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bundle, answers := filepath.Join(dir, "bundle.json"), filepath.Join(dir, "answers.ndjson")
			lnd := e.net.Consumer
			cmd := exec.CommandContext(ctx, run[0], run[1:]...)
			cmd.Env = append(os.Environ(), "ECOND="+e.aperture.URL(), "KEY="+filepath.Join(dir, "agent.key"), "BUNDLE="+bundle, "ANSWERS="+answers,
				"WALLET="+strings.Join([]string{e.net.Binaries().LNCLI, "--network=regtest", "--rpcserver=" + lnd.RPCAddr, "--tlscertpath=" + lnd.TLSCertPath,
					"--macaroonpath=" + lnd.AdminMacaroonPath, "payinvoice", "--force", "--json"}, " "))
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(out, []byte("paid 40 sat")); n != 1 {
				t.Errorf("paid for a token %d times, want once for four operations", n)
			}
			if kept, err := os.ReadFile(answers); err != nil || bytes.Count(kept, []byte(`"promise":`)) != 4 {
				t.Errorf("promises kept of four operations: %v\n%s", err, kept)
			}
			e.accepted(ctx, t, bundle)
		})
	}
}

// accepted has econaudit check a bundle.
func (e *economy) accepted(ctx context.Context, t *testing.T, bundle string) {
	t.Helper()
	out, err := exec.CommandContext(ctx, filepath.Join(e.bin, "econaudit"), "verify", bundle).CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !bytes.Contains(out, []byte("PROVED")) {
		t.Errorf("econaudit verify: %v", err)
	}
}
