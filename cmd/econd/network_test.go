package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/lnd/lndtest"
	"github.com/econd/econd/node/op"
)

// output is what a running econd logs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{})} }

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.text.Write(b)
}

func (o *output) String() string { o.mu.Lock(); defer o.mu.Unlock(); return o.text.String() }

// await waits for a line and returns what its group holds.
func (o *output) await(t *testing.T, line string) string {
	t.Helper()
	re := regexp.MustCompile(line)
	for {
		o.mu.Lock()
		found, more := re.FindStringSubmatch(o.text.String()), o.more
		o.mu.Unlock()
		if found != nil {
			return found[len(found)-1]
		}
		select {
		case <-more:
		case <-t.Context().Done():
			t.Fatalf("waited in vain for %q in\n%s", line, o)
		}
	}
}

// foundedOn runs econd init on a network and returns a configuration for a fake LND.
func foundedOn(t *testing.T, network string, l *lndtest.LND, more ...string) config {
	t.Helper()
	dir := t.TempDir()
	data, pass := filepath.Join(dir, "econd"), filepath.Join(dir, "passphrase")
	require.NoError(t, os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600))
	c := newInit()
	c.SetOut(io.Discard)
	c.SetArgs(append([]string{"--data-dir", data, "--network", network, "--passphrase-file", pass, "--node-key", lndtest.NodeKey().String()}, more...))
	require.NoError(t, c.Execute())
	cfg, err := readConfig(filepath.Join(data, "econd.yaml"))
	require.NoError(t, err)
	cfg.HTTPListen, cfg.GRPCListen, cfg.PricerListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.L402.Mode, cfg.Anchor.IntervalS = modeOff, 0
	cfg.LND = lndConfig{Address: l.Addr, TLSCert: l.TLSCertPath, PayMacaroon: lndtest.MacaroonFile(t, dir, lnd.RolePay),
		RecvMacaroon: lndtest.MacaroonFile(t, dir, lnd.RoleRecv), AnchorMacaroon: lndtest.MacaroonFile(t, dir, lnd.RoleAnchor)}
	return cfg
}

// running is an econd in this process.
type running struct {
	*output
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, cfg config) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{output: newOutput(), t: t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- run(ctx, cfg, r, false) }()
	t.Cleanup(cancel)
	return r
}

// end interrupts it and returns what run did.
func (r *running) end() error { r.stop(); return <-r.done }

// get reads a path of its HTTP API.
func (r *running) get(path string) (int, string) {
	r.t.Helper()
	resp, err := http.Get("http://" + r.await(r.t, `msg=listening for=HTTP address=(\S+)`) + path)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(body)
}

// until asks again until the answer has a text.
func (r *running) until(path, want string) string {
	r.t.Helper()
	for {
		if _, body := r.get(path); strings.Contains(body, want) {
			return body
		}
		select {
		case err := <-r.done:
			r.t.Fatalf("econd ended: %v\n%s", err, r)
		case <-r.t.Context().Done():
			r.t.Fatal("waited in vain")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// An economy is founded and started on every network, beside an LND that is there,
// and enters its blocks. Where blocks tell time, that of the first one is long past.
func TestEveryNetwork(t *testing.T) {
	for name, params := range map[string]*chaincfg.Params{
		"mainnet": &chaincfg.MainNetParams, "testnet": &chaincfg.TestNet3Params, "testnet3": &chaincfg.TestNet3Params,
		"testnet4": &chaincfg.TestNet4Params, "signet": &chaincfg.SigNetParams, "regtest": &chaincfg.RegressionNetParams,
	} {
		t.Run(name, func(t *testing.T) {
			l := lndtest.Start(t, params)
			r := start(t, foundedOn(t, name, l))
			r.await(t, `msg="serving HTTP"`)
			if tells, _ := headers.NetworkOf(params.Name); tells.TellsTime {
				r.until("/readyz", "chain: no block for two hours")
			} else {
				r.until("/readyz", `"ready"`)
			}
			_, body := r.get("/v1/info")
			var info struct{ Network, Version string }
			require.NoError(t, json.Unmarshal([]byte(body), &info))
			require.Equal(t, params.Name, info.Network)
			require.NoError(t, r.end())
			require.Regexp(t, `msg=started entries=1 version=\S+ head=[0-9a-f]{64}\n`, r.String())
			require.Regexp(t, `msg=stopped entries=2 version=\S+ head=[0-9a-f]{64}\n`, r.String())
			require.NotContains(t, r.String(), "level=ERROR")
		})
	}
}

// Beside an LND on another network, or one that lies about its own, econd does not
// start; one that comes back on another ends it.
func TestLNDOnAnotherNetwork(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.TestNet4Params)
	cfg := foundedOn(t, "signet", l)
	refused := func(err error, says string) {
		t.Helper()
		require.ErrorIs(t, err, node.ErrOtherNetwork)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "set lnd.address, lnd.tls_cert and the macaroons in econd.yaml to an LND on signet")
	}
	refused(<-start(t, cfg).done, l.Addr+" is on testnet4, not on signet")

	l.Claim("signet")
	refused(<-start(t, cfg).done, l.Addr+" says that it is on signet, but its chain begins with block "+chaincfg.TestNet4Params.GenesisHash.String())

	l.Be(&chaincfg.SigNetParams)
	r := start(t, cfg)
	r.until("/readyz", "chain: no block for two hours")
	l.Leave()
	r.await(t, `msg="LND is lost`)
	l.Be(&chaincfg.MainNetParams)
	l.Return()
	refused(<-r.done, l.Addr+" is on mainnet, not on signet")
	require.Regexp(t, `msg=stopped .*error=".*not on signet`, r.String())
}

// Beside another LND than that of the genesis econd does not start: nothing that it signs
// would be taken.
func TestAnotherLND(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	cfg := foundedOn(t, "regtest", l, "--constitution", rulesOf(t, constitution.RulesNodeKey))
	_, other := btcec.PrivKeyFromBytes([]byte{31: 8})
	l.BeNode(op.NodeKey(other.SerializeCompressed()))
	err := <-start(t, cfg).done
	require.ErrorAs(t, err, new(*lnd.NodeError))
	require.ErrorContains(t, err, "the node of the economy is "+lndtest.NodeKey().String())
	require.ErrorContains(t, err, "founded with")
}

// rulesOf is a file with the default constitution by a version of the rules.
func rulesOf(t *testing.T, version int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	text := regexp.MustCompile(`(?m)^version: \d+`).ReplaceAllString(string(yamlfile.Default), fmt.Sprint("version: ", version))
	if version < constitution.RulesWallets {
		text = strings.ReplaceAll(text, "[set-budget, budget]", "[set-budget]")
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// econd starts without LND, says so, and says when it is there, lost and back.
func TestLNDLostAndBack(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	cfg := foundedOn(t, "regtest", l)
	l.Leave()
	r := start(t, cfg)
	r.await(t, `msg="serving HTTP"`)
	r.await(t, `level=WARN msg="LND is lost: stakes and payments wait for it" error=`)
	body := r.until("/metrics", "econd_lnd_up 0")
	for _, want := range []string{`econd_ready{part="lnd"} 0`, `econd_ready{part="writer"} 1`, "econd_chain_height 0", `econd_holds{state="locked"} 0`,
		"econd_queue_requests 0", `econd_anchors{state="final"} 0`, "econd_build_info{", "go_goroutines", "process_open_fds"} {
		require.Contains(t, body, want)
	}
	l.Return()
	r.await(t, `level=INFO msg="LND is back" away=\S+ height=700 synced=true`)
	r.until("/readyz", `"ready"`)
	l.Mine()
	body = r.until("/metrics", "econd_chain_height 701")
	require.Contains(t, body, "econd_lnd_up 1")
	require.Contains(t, body, "econd_chain_block_age_seconds ")
	require.NoError(t, r.end())
}

// What has to listen is bound first: a taken address ends the start before anything
// is opened, and says what to do.
func TestListensBeforeAnythingRuns(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	cfg := foundedOn(t, "regtest", l)
	for key, set := range map[string]*string{"http_listen": &cfg.HTTPListen, "grpc_listen": &cfg.GRPCListen, "pricer_listen": &cfg.PricerListen} {
		*set = l.Addr
		r := start(t, cfg)
		err := <-r.done
		require.ErrorContains(t, err, key+": another program listens on "+l.Addr+", maybe another econd: end it, or set another address")
		require.NotContains(t, r.String(), "log replayed")
		*set = "127.0.0.1:0"
	}
}
