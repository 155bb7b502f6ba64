package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lnd/lndtest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// rotated is an economy whose log may go over to another key, and what stands around its econd:
// an address that stays, and the programs that people run against it.
type rotated struct {
	t     *testing.T
	lnd   *lndtest.LND
	cfg   config
	path  string
	econd *running
	url   string
	bin   string
	agent string // folder of an econctl
	at    atomic.Pointer[url.URL]
}

func newRotated(t *testing.T) *rotated {
	r := &rotated{t: t, lnd: lndtest.Start(t, &chaincfg.RegressionNetParams), bin: t.TempDir(), agent: t.TempDir()}
	r.cfg = foundedOn(t, "regtest", r.lnd, "--constitution", rulesOf(t, constitution.RulesLogKey))
	sealQuickly(t, r.cfg)
	r.path = filepath.Join(r.cfg.DataDir, "econd.yaml")
	text, err := r.cfg.text()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.path, text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(r.agent, "config.yaml"), nil, 0o600))
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(r.at.Load()) }})
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

// sealQuickly seals a key file anew at the least cost.
func sealQuickly(t *testing.T, cfg config) {
	t.Helper()
	passphrase, err := keyfile.Passphrase(cfg.PassphraseFile, false)
	require.NoError(t, err)
	require.NoError(t, keyfile.Reseal(cfg.keyFile(), passphrase, passphrase, keyfile.WorkFactor(keyfile.MinWorkFactor)))
}

// start runs econd until it can be asked.
func (r *rotated) start() {
	r.t.Helper()
	r.econd = start(r.t, r.cfg)
	to, err := url.Parse("http://" + r.econd.await(r.t, `msg=listening for=HTTP address=(\S+)`))
	require.NoError(r.t, err)
	r.at.Store(to)
	r.econd.until("/readyz", `"ready"`)
	r.until("there are headers", func() bool { return r.info().Size > 1 })
}

func (r *rotated) stop() { r.t.Helper(); require.NoError(r.t, r.econd.end()) }

func (r *rotated) until(what string, ok func() bool) {
	r.t.Helper()
	for !ok() {
		select {
		case <-r.t.Context().Done():
			r.t.Fatalf("waited in vain until %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// get asks until econd is not busy, as it is for a moment with each epoch.
func (r *rotated) get(path string) (body []byte) {
	r.t.Helper()
	status := http.StatusServiceUnavailable
	r.until("it answers "+path, func() bool {
		resp, err := http.Get(r.url + path)
		require.NoError(r.t, err)
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
		require.NoError(r.t, err)
		status = resp.StatusCode
		return status != http.StatusServiceUnavailable
	})
	require.Equal(r.t, 200, status, "%s: %s", path, body)
	return body
}

func (r *rotated) info() (i view.Info) {
	r.t.Helper()
	require.NoError(r.t, json.Unmarshal(r.get("/v1/info"), &i))
	return i
}

// runs executes a program and returns what it says and its exit code.
func (r *rotated) runs(program string, args ...string) (string, int) {
	r.t.Helper()
	out, err := exec.CommandContext(r.t.Context(), filepath.Join(r.bin, program), args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(r.t, err, &exit, "%s", out)
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

// ctl runs econctl, which must succeed.
func (r *rotated) ctl(args ...string) string {
	r.t.Helper()
	out, code := r.runs("econctl", append(args, "--econd", r.url, "--config", filepath.Join(r.agent, "config.yaml"))...)
	require.Zero(r.t, code, "econctl %s: %s", strings.Join(args, " "), out)
	return out
}

// audits runs econaudit, which must say something and end with a code.
func (r *rotated) audits(code int, says string, args ...string) {
	r.t.Helper()
	out, got := r.runs("econaudit", args...)
	require.Equal(r.t, code, got, "econaudit %s: %s", strings.Join(args, " "), out)
	require.Contains(r.t, out, says)
}

// rotate runs econd rotate-log-key.
func (r *rotated) rotate(args ...string) (string, error) {
	c := newRotate()
	c.SilenceUsage, c.SilenceErrors = true, true
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(io.Discard)
	c.SetArgs(append([]string{"--config", r.path}, args...))
	err := c.Execute()
	return out.String(), err
}

// kept is the log's key that econctl knows.
func (r *rotated) kept() string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.agent, "logs.json"))
	require.NoError(r.t, err)
	return regexp.MustCompile(`"log_key": "([^"]+)"`).FindStringSubmatch(string(text))[1]
}

// logKey is the i-th signer of the key file.
func (r *rotated) logKey(i int) ed25519.PrivateKey {
	r.t.Helper()
	s, err := openSecrets(r.cfg.keyFile(), r.cfg.PassphraseFile)
	require.NoError(r.t, err)
	return s.logKeys[i]
}

// evidence fetches what an agent keeps of an operation and of the log.
func (r *rotated) evidence(name, operation string) (proof, entry, head, export string) {
	r.t.Helper()
	file := func(kind string) string { return filepath.Join(r.agent, name+"."+kind) }
	proof, entry, head, export = file("tlog-proof"), file("json"), file("checkpoint"), file("log")
	r.ctl("proof", "entry", operation, "--out", proof)
	r.ctl("checkpoint", "--out", head)
	r.ctl("export", "--out", export)
	text, err := os.ReadFile(export)
	require.NoError(r.t, err)
	i := slices.IndexFunc(bytes.Split(text, []byte("\n")), func(line []byte) bool { return bytes.Contains(line, []byte(operation)) })
	require.NoError(r.t, os.WriteFile(entry, append(bytes.Split(text, []byte("\n"))[i], '\n'), 0o600))
	return proof, entry, head, export
}

// says lets the agent state something, and returns the id of the operation.
func (r *rotated) says(text string) string {
	r.t.Helper()
	var done struct {
		ID string `json:"id"`
	}
	require.NoError(r.t, json.Unmarshal([]byte(r.ctl("delegate-statement", "--text", text, "--json")), &done))
	return done.ID
}

// refused lets the agent ask for what the rules refuse.
func (r *rotated) refused() {
	r.t.Helper()
	out, code := r.runs("econctl", "vote", strings.Repeat("0f", 32), "for", "--econd", r.url, "--config", filepath.Join(r.agent, "config.yaml"))
	require.Equal(r.t, 6, code, out) // not found
}

// An economy lives on over econd rotate-log-key. What was promised, refused and proved under the
// old key holds as what comes under the new one does, for who knows either; clients and monitors
// follow; and a head that the old key signs later is proved against it.
func TestTheLogKeyIsRotated(t *testing.T) {
	r := newRotated(t)
	out, err := exec.Command("go", "build", "-o", r.bin+"/", "../econctl", "../econaudit").CombinedOutput()
	require.NoError(t, err, "%s", out)
	answers := filepath.Join(r.agent, "answers.ndjson")
	r.start()
	r.ctl("key", "new", "--plain")
	r.ctl("register", "--name", "ann")
	operation := r.says("by the first key")
	r.refused()
	first := r.info().Log.VerifierKey
	require.Equal(t, first, r.kept())
	proof, entry, head, export := r.evidence("before", operation)
	r.audits(0, "kept", "answers", answers, export, "--checkpoint", head)
	r.audits(0, "PROVED", "proof", proof, "--entry", entry, "--log-key", first)
	lasting, err := client.New(client.Config{URL: r.url})
	require.NoError(t, err)
	_, err = lasting.Economy(t.Context())
	require.NoError(t, err)
	config := foundMonitor(t, r.url)
	watch := func() {
		t.Helper()
		r.ctl("watch", "--once", "--silence=-1s")
		out, errs, code := monitored(t, "--config", config, "--once")
		require.Equal(t, cli.ExitOK, code, out+errs)
	}
	watch()

	_, err = r.rotate()
	require.ErrorContains(t, err, "econd is running")
	r.stop()
	said, err := r.rotate()
	require.NoError(t, err)
	second := regexp.MustCompile(`new log key\s+(\S+)`).FindStringSubmatch(said)[1]
	again, err := r.rotate()
	require.NoError(t, err)
	require.Equal(t, said, again, "called again it draws no other key")
	r.start() // in between nothing changes
	require.Equal(t, first, r.info().Log.VerifierKey)
	r.says("the second key waits")
	r.stop()
	said, err = r.rotate("--enter")
	require.NoError(t, err)
	require.Contains(t, said, second)
	_, err = r.rotate("--enter")
	require.ErrorContains(t, err, "no new key waits")

	r.start()
	require.Equal(t, second, r.info().Log.VerifierKey)
	watch()
	later := r.says("by the second key")
	r.refused()
	require.Equal(t, second, r.kept())
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: op.KindRegister, Tags: [][]string{{op.EconomyTag, r.info().Economy}},
		Content: op.EncodeContent(op.Register{Name: "ben"})}
	require.NoError(t, e.Sign(secretKey(t, 9)))
	receipt, err := lasting.Submit(t.Context(), e)
	require.NoError(t, err, "a client that has run since before")
	require.NotEmpty(t, receipt.Promise)
	proof2, entry2, head2, export2 := r.evidence("after", later)
	watch()
	r.audits(0, "PROVED", "proof", proof2, "--entry", entry2, "--log-key", second)
	for _, key := range []string{first, second} {
		r.audits(0, "kept", "answers", answers, export2, "--checkpoint", head2, "--log-key", key)
		for _, h := range []string{head, head2} {
			r.audits(0, "RECOMPUTED", "replay", export2, "--checkpoint", h, "--log-key", key)
		}
	}
	r.stop()

	// Whoever has the old key signs on.
	text, err := os.ReadFile(head2)
	require.NoError(t, err)
	c, err := anchor.Unopened(text)
	require.NoError(t, err)
	signer, err := anchor.NewSigner(c.Origin, r.logKey(0))
	require.NoError(t, err)
	forged, err := anchor.SignCheckpoint(c, signer)
	require.NoError(t, err)
	strange, evidence := filepath.Join(r.agent, "strange"), filepath.Join(r.agent, "proof.json")
	require.NoError(t, os.WriteFile(strange, forged, 0o600))
	r.audits(1, "is not the log's key at that size", "replay", export2, "--checkpoint", strange)
	for _, key := range []string{first, second} {
		r.audits(0, "EQUIVOCATION PROVED", "equivocation", strange, export2, head2, "--log-key", key, "--out", evidence)
		r.audits(0, "EQUIVOCATION PROVED", "equivocation", evidence, "--log-key", first)
	}
}
