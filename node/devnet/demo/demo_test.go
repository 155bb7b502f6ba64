package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/devnet"
)

// testOut shows a transcript in the test's log.
type testOut struct{ t *testing.T }

func (o testOut) Write(b []byte) (int, error) {
	o.t.Helper()
	o.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

func start(t *testing.T, limit time.Duration) (context.Context, *economy) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	e, err := newEconomy(ctx, newTranscript(testOut{t}), "", false)
	if e != nil {
		t.Cleanup(func() {
			if t.Failed() {
				e.net.Keep()
				t.Logf("logs are kept in %s", e.net.Dir)
			}
			e.close()
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx, e
}

// The story that make demo plays.
func TestStory(t *testing.T) {
	ctx, e := start(t, 12*time.Minute)
	if err := e.play(ctx); err != nil {
		t.Fatal(err)
	}
}

// The README's tour works as typed, on the economy that make devnet leaves
// running.
func TestTour(t *testing.T) {
	ctx, e := start(t, 8*time.Minute)
	env, err := e.writeEnv()
	if err != nil {
		t.Fatal(err)
	}
	root, err := devnet.RepoRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(readme), "<!-- tour")
	_, code, ok2 := strings.Cut(after, "```sh\n")
	code, _, ok3 := strings.Cut(code, "```")
	if !ok || !ok2 || !ok3 {
		t.Fatal("the README has no tour")
	}
	const sourced = ". .build/devnet/env"
	if !strings.Contains(code, sourced) {
		t.Fatalf("the tour does not begin with %q", sourced)
	}
	script := "set -euxo pipefail\n" + strings.Replace(code, sourced, ". '"+env+"'", 1)
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	mined := e.mineWhile(ctx)
	err = cmd.Run()
	if missed := mined(); missed != nil {
		t.Errorf("no blocks: %v", missed)
	}
	t.Logf("%s", out.String())
	if err != nil {
		t.Fatalf("the tour failed: %v", err)
	}
	for _, want := range []string{"executed", "PROVED", "RECOMPUTED", "anchored for good", "Bitcoin: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tour does not show %q", want)
		}
	}
}

// mineWhile mines blocks, faster than make devnet, until ended is called, which returns
// what kept it from that.
func (e *economy) mineWhile(ctx context.Context) (ended func() error) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				done <- nil
				return
			case <-time.After(5 * time.Second):
			}
			if _, err := e.net.Mine(ctx, 1); err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
	}()
	return func() error { stop(); return <-done }
}

// While LND is away, what needs it answers 503 with Retry-After, everything
// else goes on, and econd comes back by itself. Then the same economy runs in
// direct mode: econd itself asks for payment, also while nobody stands before it.
func TestLightningAwayAndDirectMode(t *testing.T) {
	ctx, e := start(t, 8*time.Minute)
	if err := (&story{economy: e}).register(ctx); err != nil {
		t.Fatal(err)
	}
	t.Run("lnd away", func(t *testing.T) { e.awayAndBack(ctx, t) })
	t.Run("direct", func(t *testing.T) { e.direct(ctx, t) })
}

func (e *economy) awayAndBack(ctx context.Context, t *testing.T) {
	e.tap.Cut()
	err := until(ctx, "econd notices", func() (bool, error) { return e.ready(ctx) != nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	impatient := func(args ...string) []string {
		return e.ctlArgs(e.provider, append([]string{"--retry-for", "1s"}, args...))
	}
	said, err := e.refused(ctx, "econctl", impatient("stake", "lock", "20000")...)
	if err != nil || !strings.Contains(said, `"status":503`) {
		t.Fatalf("a stake while LND is away: %v %s", err, said)
	}
	if _, err := e.run(ctx, "econctl", impatient("propose", "--track", "signal", "--title", "x")...); err == nil {
		t.Fatal("a signal needs stake, so it must be refused")
	}
	if _, err := e.run(ctx, "econctl", impatient("info")...); err != nil {
		t.Fatalf("reads go on: %v", err)
	}
	e.tap.Restore()
	if err := until(ctx, "econd is ready again", func() (bool, error) { return e.ready(ctx) == nil, nil }); err != nil {
		t.Fatal(err)
	}
	if err := e.ctl(ctx, e.provider, new(done), "stake", "lock", "20000", "--pay"); err != nil {
		t.Fatalf("after LND came back: %v", err)
	}
}

// direct restarts econd with l402.mode direct and lets an agent pay econd
// itself.
func (e *economy) direct(ctx context.Context, t *testing.T) {
	if err := e.econd.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(e.configPath)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "mode: aperture", "mode: direct", 1)
	if changed == string(text) {
		t.Fatal("the configuration has no mode: aperture")
	}
	if err := os.WriteFile(e.configPath, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.startEcond(ctx); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+e.httpAddr+"/v1/operations", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusPaymentRequired || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "L402 macaroon=") {
		t.Fatalf("without a token: %s %v", resp.Status, resp.Header)
	}
	var d done
	if err := e.ctl(ctx, e.consumer, &d, "--econd", "http://"+e.httpAddr, "stake", "lock", "20000", "--pay"); err != nil {
		t.Fatal(err)
	}
	// The stake, and the agent's word that its node holds it.
	if d.PaidSat != 20 || d.Hold == nil || d.Hold.State != "locked" || d.Hold.Confirmed != "agent" {
		t.Fatalf("paid %d sat, hold %+v", d.PaidSat, d.Hold)
	}
	if err := e.ctl(ctx, e.consumer, &d, "--econd", "http://"+e.httpAddr, "stake", "release", d.Hold.ID.String()); err != nil {
		t.Fatal(err)
	}
	if d.PaidSat != 10 {
		t.Fatalf("a token pays for one operation, and %d sat were paid for the second", d.PaidSat)
	}
}
