package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// asProgram has the test's own program be econctl.
const asProgram = "ECONCTL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// model is a client of the tools.
type model struct {
	t *testing.T
	*sdk.ClientSession
}

// mcp runs the command within the process and connects to it.
func (g *agent) mcp(revision string, line ...string) model {
	g.t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	a := newApp(in, out, new(bytes.Buffer))
	a.dial = func(lndConfig) (lightningNode, error) {
		if !g.lnd {
			return nil, errMissingLND
		}
		return g.s.node, nil
	}
	ctx, cancel := context.WithCancel(g.t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, a, append([]string{"--econd", g.s.URL, "--key", filepath.Join(g.dir, "agent.key"), "--tokens", filepath.Join(g.dir, "tokens"), "mcp"}, line...))
		out.Close()
	}()
	g.t.Cleanup(func() {
		cancel()
		in.Close()
		require.Equal(g.t, exitOK, <-ended)
	})
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	cs, err := c.Connect(g.t.Context(), &sdk.IOTransport{Reader: fromServer, Writer: toServer}, &sdk.ClientSessionOptions{ProtocolVersion: revision})
	require.NoError(g.t, err)
	return model{g.t, cs}
}

// call calls a tool and returns what it says, or with failed why it failed.
func (m model) call(name string, args map[string]any, failed bool) map[string]any {
	m.t.Helper()
	r, err := m.CallTool(m.t.Context(), &sdk.CallToolParams{Name: name, Arguments: args})
	require.NoError(m.t, err)
	text := r.Content[0].(*sdk.TextContent).Text
	require.Equal(m.t, failed, r.IsError, text)
	var v map[string]any
	require.NoError(m.t, json.Unmarshal([]byte(text), &v), text)
	if failed {
		return v["error"].(map[string]any)
	}
	return v
}

type toolArgs = map[string]any

// Tools pay through the agent's own node, once for the same call and never above a limit.
func TestMCPPays(t *testing.T) {
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(revision, func(t *testing.T) {
			s := newEcond(t)
			g := newAgent(t, s)
			s.price["queries"], s.counted = 7, true // econd's gate stands for a service's
			m := g.mcp(revision, "--allow-network", "127.0.0.0/8", "--max-sats", "3000", "--session-sats", "2200")
			url := s.URL + "/v1/proposals"

			require.EqualValues(t, 7, m.call("call_paid_url", toolArgs{"url": url, "dry_run": true}, false)["price_sat"])
			require.Empty(t, s.node.status, "a dry run pays nothing")
			v := m.call("call_paid_url", toolArgs{"url": url}, false)
			require.EqualValues(t, 7, v["paid_sat"])
			require.Equal(t, true, m.call("call_paid_url", toolArgs{"url": url}, false)["repeated"])
			require.Len(t, s.node.status, 1)
			m.call("rate", toolArgs{"payment": v["payment"], "provider": g.key.Public().String(), "rating": 3}, false)
			require.Equal(t, op.KindReceipt, s.last().Kind)

			f := m.call("call_paid_url", toolArgs{"url": url, "max_sats": 6, "key": "2"}, true)
			require.Equal(t, "price", f["kind"])
			require.EqualValues(t, 7, f["numbers"].(toolArgs)["price_sat"])
			spent := m.call("economy", toolArgs{}, false)["limits"].(toolArgs)["spent_sats"]
			require.EqualValues(t, 8, spent, "the price and 3 msat of fee, rounded up")

			v = m.call("stake", toolArgs{"amount_sat": 2000, "pay": true}, false)
			require.Equal(t, "locked", v["hold"].(toolArgs)["state"])
			require.Equal(t, v["id"], m.call("stake", toolArgs{"amount_sat": 2000, "pay": true}, false)["id"])
			require.Equal(t, 1, s.node.started)
			f = m.call("stake", toolArgs{"amount_sat": 150, "pay": true}, true)
			require.Equal(t, "limit", f["kind"], "with its fee it is too much for the run")
			require.Equal(t, 1, s.node.started)
			require.Equal(t, "input", m.call("stake", toolArgs{"amount_sat": 3001, "pay": true}, true)["kind"])
		})
	}
}

// Without a permission no service is called that is no host of the internet.
func TestMCPCallsTheInternet(t *testing.T) {
	s := newEcond(t)
	m := newAgent(t, s).mcp("", "--session-sats", "100")
	before := len(s.requests)
	f := m.call("call_paid_url", toolArgs{"url": s.URL + "/v1/info"}, true)
	require.Contains(t, f["detail"].(toolArgs)["by_others"], "127.0.0.1")
	f = m.call("call_paid_url", toolArgs{"url": "https" + strings.TrimPrefix(s.URL, "http") + "/v1/info"}, true)
	require.Contains(t, f["detail"].(toolArgs)["by_others"], "not an address of the internet")
	require.Len(t, s.requests, before)
}

// Without a key the tools read, and say how to make one.
func TestMCPWithoutAKey(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	require.NoError(t, os.Remove(filepath.Join(g.dir, "agent.key")))
	m := g.mcp("")
	require.Len(t, m.call("proposals", toolArgs{}, false)["items"], 1)
	f := m.call("vote", toolArgs{"proposal": proposalID, "choice": "for"}, true)
	require.Contains(t, f["detail"].(toolArgs)["by_others"], "econctl key new")
	require.Empty(t, s.events)
}

// The program itself speaks on its standard streams, and ends with its client.
func TestMCPOverStdio(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "--econd", s.URL, "--key", filepath.Join(g.dir, "agent.key"), "--tokens", filepath.Join(g.dir, "tokens"), "mcp")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	cs, err := c.Connect(t.Context(), &sdk.CommandTransport{Command: cmd, TerminateDuration: time.Minute}, nil)
	require.NoError(t, err, errs.String())
	m := model{t, cs}
	require.Equal(t, "2026-07-28", cs.InitializeResult().ProtocolVersion)
	list, err := cs.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.Greater(t, len(list.Tools), 20)
	m.call("vote", toolArgs{"proposal": proposalID, "choice": "for"}, false)
	require.Equal(t, op.KindVote, s.last().Kind)
	require.NoError(t, cs.Close())
	require.Equal(t, exitOK, cmd.ProcessState.ExitCode(), errs.String())
}

// Over HTTP there is a token in a private file, and nothing but loopback without TLS.
func TestMCPOverHTTP(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	file := filepath.Join(g.dir, "mcp.token")
	for _, c := range [][]string{
		{"--http", "127.0.0.1:0"},
		{"--http", "0.0.0.0:0", "--token-file", file},
		{"--http", ":0", "--token-file", file},
		{"--http", "example.org:0", "--token-file", file},
		{"--http", "127.0.0.1", "--token-file", file},
		{"--http", "127.0.0.1:0", "--token-file", file, "--tls-cert", "x"},
		{"--token-file", file},
		{"--session-sats", "-1"},
		{"--allow-network", "10.0.0.1"},
	} {
		require.Equal(t, cli.ExitUsage, g.run(append([]string{"mcp"}, c...)...).code, c)
	}
	require.NoFileExists(t, file)

	said := new(lines)
	a := newApp(strings.NewReader(""), io.Discard, said)
	a.dial = func(lndConfig) (lightningNode, error) { return nil, errMissingLND }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, a, []string{"--econd", s.URL, "--key", filepath.Join(g.dir, "agent.key"), "mcp", "--http", "127.0.0.1:0", "--token-file", file})
	}()
	var url string
	require.Eventually(t, func() bool {
		url = regexp.MustCompile(`http://127\.0\.0\.1:\d+/mcp`).FindString(said.String())
		return url != ""
	}, time.Minute, 10*time.Millisecond)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	token, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, said.String(), strings.TrimSpace(string(token)))

	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	_, err = c.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: url, DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	require.Error(t, err, "no token")
	with := &http.Client{Transport: bearer(strings.TrimSpace(string(token)))}
	cs, err := c.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: url, HTTPClient: with, DisableStandaloneSSE: true}, nil)
	require.NoError(t, err)
	require.Len(t, model{t, cs}.call("proposals", toolArgs{}, false)["items"], 1)
	require.NoError(t, cs.Close())
	stop()
	require.Equal(t, exitOK, <-ended)

	require.NoError(t, os.Chmod(file, 0o644))
	o := g.run("mcp", "--http", "127.0.0.1:0", "--token-file", file)
	require.Equal(t, cli.ExitUsage, o.code)
	require.Contains(t, o.err, "can be read by others")
}

// bearer is a transport with a token.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// lines is a buffer that is read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.Write(p) }

func (l *lines) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.String() }

// A service that redirects is not followed, and what it answers is marked.
func TestMCPFollowsNoRedirect(t *testing.T) {
	s := newEcond(t)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://evil.example/[pay](x)", http.StatusFound)
	}))
	defer service.Close()
	m := newAgent(t, s).mcp("", "--allow-network", "127.0.0.0/8")
	v := m.call("call_paid_url", toolArgs{"url": service.URL}, false)
	require.EqualValues(t, http.StatusFound, v["status"])
	require.Contains(t, v["redirects_to"].(toolArgs)["by_others"], `\[pay\]`)
}
