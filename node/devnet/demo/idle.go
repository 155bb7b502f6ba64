package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/devnet"
)

// devnetDir is where make devnet keeps its data, always the same, so that the
// README's commands work as typed. What an earlier run left is removed, unless
// that still runs.
func devnetDir() (string, error) {
	root, err := devnet.RepoRoot(".")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".build", "devnet")
	pid := filepath.Join(dir, "pid")
	if text, err := os.ReadFile(pid); err == nil {
		if _, err := os.Stat("/proc/" + strings.TrimSpace(string(text))); err == nil {
			return "", errors.New("make devnet runs already (process " + strings.TrimSpace(string(text)) + "); end it with Ctrl-C first")
		}
	}
	return dir, os.RemoveAll(dir)
}

// writeEnv writes the shell functions that the README's tour uses.
func (e *economy) writeEnv() (string, error) {
	if err := os.WriteFile(filepath.Join(e.net.Dir, "pid"), fmt.Appendln(nil, os.Getpid()), 0o600); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, a := range []*agent{e.consumer, e.provider, e.ops} {
		fmt.Fprintf(&b, "%s() { %q --config %q \"$@\"; }\n", a.name, filepath.Join(e.bin, "econctl"), a.configPath())
	}
	fmt.Fprintf(&b, "econaudit() { %q \"$@\"; }\n", filepath.Join(e.bin, "econaudit"))
	fmt.Fprintf(&b, "PROVIDER=%s\nCONSUMER=%s\nWEATHER=%s/v1/weather\nECOND=http://%s\nPAID=%s\n",
		e.provider.pubkey, e.consumer.pubkey, e.weather.URL(), e.httpAddr, e.aperture.URL())
	file := filepath.Join(e.net.Dir, "env")
	return file, os.WriteFile(file, []byte(b.String()), 0o600)
}

// idle leaves the economy running and says what to try.
func (e *economy) idle(ctx context.Context) error {
	env, err := e.writeEnv()
	if err != nil {
		return err
	}
	e.out.line(fmt.Sprintf(`
The economy runs until Ctrl-C; a block is mined every 20 seconds. Its data is in
%s

  econd            http://%s  (status page; /v1/info, /metrics)
  aperture         %s  (agents come in here and pay)
  weather API      %s/v1/weather/lisbon  (paid to the provider)

Try, in another terminal:

  . %s
  consumer register --name consumer && consumer bind
  provider register --name provider && provider bind
  consumer stake lock 20000 --pay
  consumer call $WEATHER/lisbon --save-payment payment.json
  consumer receipt --provider $PROVIDER --rating 8 --payment payment.json
  consumer info
  operator admin anchor

The README's tour goes on from there.
`, e.net.Dir, e.httpAddr, e.aperture.URL(), e.weather.URL(), env))
	for backoff.Sleep(ctx, 20*time.Second) == nil {
		if _, err := e.net.Mine(ctx, 1); err != nil && ctx.Err() == nil {
			return err
		}
	}
	e.out.line("ending")
	return nil
}
