package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/op"
)

// economy is everything that runs for the demo.
type economy struct {
	out  *transcript
	net  *devnet.Net
	tap  *devnet.Tap // between econd and its LND
	bin  string      // folder of econd, econctl, econaudit
	keep bool

	version string // that the programs are stamped with

	dir        string // econd's data directory
	configPath string
	id         string // economy id
	operator   op.PublicKey
	httpAddr   string
	grpcAddr   string
	pricerAddr string
	frontAddr  string // of aperture
	econd      *devnet.Program
	api        *client.Client // of econd itself

	aperture *devnet.Aperture // before econd
	weather  *devnet.Aperture // before the provider's API
	till     *devnet.Till     // the same API, sold by a gate that names its customers

	provider, consumer, ops *agent
}

// newEconomy builds what is missing, starts the network, founds the economy
// and starts econd behind aperture.
//
// dir holds everything that is written; it must be empty or missing, and "" is a
// temporary directory that close removes.
func newEconomy(ctx context.Context, out *transcript, dir string, keep bool) (*economy, error) {
	out.line("econd: a whole economy on one machine")
	out.chapter(1, "The operator founds an economy; econd runs beside LND")
	bins, err := buildDaemons(ctx, out)
	if err != nil {
		return nil, err
	}
	e := &economy{out: out, keep: keep}
	if err := e.build(ctx); err != nil {
		return nil, err
	}
	e.net, err = devnet.Start(ctx, devnet.Config{Dir: dir, Binaries: bins, Logf: out.step})
	if err != nil {
		return nil, err
	}
	if keep {
		e.net.Keep()
	}
	for _, start := range []func(context.Context) error{e.found, e.startEcond, e.startApertures, e.makeAgents} {
		if err := start(ctx); err != nil {
			return e, err
		}
	}
	return e, nil
}

// build compiles the four programs of the project.
func (e *economy) build(ctx context.Context) error {
	root, err := devnet.RepoRoot(".")
	if err != nil {
		return err
	}
	e.bin = filepath.Join(root, ".build", "bin")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", stamp(ctx, root), "-o", e.bin+"/", "./cmd/...")
	cmd.Dir = root
	say := func(text string) { e.out.step("%s", text) }
	var out []byte
	err = devnet.While(say, "building econd, econctl, econsim, econaudit", func() (err error) {
		out, err = cmd.CombinedOutput()
		return err
	})
	if err != nil {
		return fmt.Errorf("build econd: %w\n%s", err, out)
	}
	var versions []string
	for _, program := range []string{"econd", "econctl", "econsim", "econaudit"} {
		said, err := exec.CommandContext(ctx, filepath.Join(e.bin, program), "--version").Output()
		if err != nil {
			return fmt.Errorf("%s --version: %w", program, err)
		}
		versions = append(versions, strings.TrimPrefix(strings.TrimSpace(string(said)), program+" version "))
	}
	if len(slices.Compact(slices.Clone(versions))) != 1 {
		return fmt.Errorf("the programs say different versions: %q", versions)
	}
	e.out.step("built econd, econctl, econsim, econaudit: %s", versions[0])
	e.version, _, _ = strings.Cut(versions[0], " ")
	return nil
}

// stamp is what the Makefile stamps programs with, so that building them again
// changes nothing; empty where there is no shell.
func stamp(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "sh", "node/devnet/stamp.sh")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// close ends everything; logs are kept if something failed.
func (e *economy) close() {
	if err := e.net.Close(); err != nil {
		e.out.line("   " + err.Error())
	}
	if e.keep {
		e.out.line("   data and logs are in " + e.net.Dir)
	}
}

// found runs econd init and completes the configuration that it wrote.
func (e *economy) found(ctx context.Context) error {
	e.dir = filepath.Join(e.net.Dir, "econd")
	pass := filepath.Join(e.net.Dir, "passphrase")
	if err := os.WriteFile(pass, []byte("correct horse battery staple\n"), 0o600); err != nil {
		return err
	}
	var said struct {
		Economy, Config string
		Operator        op.PublicKey
	}
	if err := e.runJSON(ctx, &said, "econd", "init", "--data-dir", e.dir, "--name", "demo", "--network", "regtest",
		"--constitution", "demo", "--passphrase-file", pass, "--node-key", e.net.Operator.IdentityPubkey, "--json"); err != nil {
		return err
	}
	e.id, e.operator, e.configPath = said.Economy, said.Operator, said.Config
	e.out.step("econd init: economy %s, operator %s..., sealed key file", e.id, e.operator.String()[:16])
	macaroons, err := devnet.BakeEcondMacaroons(ctx, e.net.Operator, e.dir)
	if err != nil {
		return err
	}
	if e.tap, err = e.net.StartTap(e.net.Operator); err != nil {
		return err
	}
	return e.configure(macaroons)
}

// configure sets the lnd part and the ports of econd.yaml.
func (e *economy) configure(m devnet.EcondMacaroons) error {
	text, err := os.ReadFile(e.configPath)
	if err != nil {
		return err
	}
	var c map[string]any
	if err := yaml.Unmarshal(text, &c); err != nil {
		return err
	}
	for _, port := range []struct {
		key  string
		addr *string
	}{{"http_listen", &e.httpAddr}, {"grpc_listen", &e.grpcAddr}, {"pricer_listen", &e.pricerAddr},
		{"", &e.frontAddr}} {
		n, err := devnet.FreePort()
		if err != nil {
			return err
		}
		*port.addr = fmt.Sprintf("127.0.0.1:%d", n)
		if port.key != "" {
			c[port.key] = *port.addr
		}
	}
	if e.api, err = client.New(client.Config{URL: "http://" + e.httpAddr, RetryFor: -1}); err != nil {
		return err
	}
	c["l402"] = map[string]any{"mode": "aperture", "token_lifetime_s": 86400, "aperture_url": "http://" + e.frontAddr}
	c["public_urls"] = []string{"http://" + e.httpAddr, "http://" + e.frontAddr}
	c["lnd"] = map[string]any{"address": e.tap.Addr, "tls_cert": e.net.Operator.TLSCertPath,
		"pay_macaroon": m.Pay, "recv_macaroon": m.Recv, "anchor_macaroon": m.Anchor}
	// Webhooks may call this machine: that is where everybody lives here.
	c["webhooks"] = map[string]any{"allow_http": true, "allow_networks": []string{"127.0.0.0/8"}}
	c["payees"] = map[string]any{"allow_networks": []string{"127.0.0.0/8"}}
	c["anchor"] = map[string]any{"interval_s": 0, "confirmations": 3, "max_sat_per_vbyte": 50}
	if text, err = yaml.Marshal(c); err != nil {
		return err
	}
	return os.WriteFile(e.configPath, text, 0o600)
}

// startEcond runs econd and waits until it is ready.
func (e *economy) startEcond(ctx context.Context) error {
	var err error
	e.econd, err = e.net.StartProgram(ctx, devnet.ProgramConfig{Name: "econd", Path: filepath.Join(e.bin, "econd"),
		Args: []string{"run", "--config", e.configPath}, Ready: func(ctx context.Context) error { return e.ready(ctx) }})
	if err != nil {
		return err
	}
	info, err := e.api.Info().Get(ctx)
	if err != nil {
		return err
	}
	if info.Version != e.version {
		return fmt.Errorf("/v1/info says version %s, the programs say %s", info.Version, e.version)
	}
	e.out.step("econd run: http://%s beside LND, with pay.mac, recv.mac and anchor.mac", e.httpAddr)
	return nil
}

func (e *economy) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.httpAddr+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz answers %s", resp.Status)
	}
	return nil
}

// startApertures puts one aperture before econd, paid to the operator, and one
// before the weather API, paid to the provider, who sells it by itself, too.
func (e *economy) startApertures(ctx context.Context) error {
	printed, err := e.printedAperture(ctx)
	if err != nil {
		return err
	}
	e.aperture, err = e.net.StartAperture(ctx, devnet.ApertureConfig{Name: "operator", LND: e.net.Operator, Listen: e.frontAddr,
		WriteTimeout: printed.WriteTimeout,
		Services: []devnet.ApertureService{{Name: "econd", Address: e.httpAddr, PathRegexp: printed.Services[0].PathRegexp,
			DynamicPrice:       &devnet.DynamicPrice{GRPCAddress: e.pricerAddr},
			AuthWhitelistPaths: printed.Services[0].AuthWhitelistPaths}}})
	if err != nil {
		return err
	}
	api, err := e.net.StartWeather()
	if err != nil {
		return err
	}
	host := api.Addr
	if _, _, err := net.SplitHostPort(host); err != nil {
		return err
	}
	e.weather, err = e.net.StartAperture(ctx, devnet.ApertureConfig{Name: "provider", LND: e.net.Provider,
		Services: []devnet.ApertureService{{Name: "weather", Address: host, PathRegexp: "^/v1/weather/.*$", Price: 120}}})
	if err != nil {
		return err
	}
	e.out.step("aperture before econd: %s; before the provider's weather API: %s", e.aperture.URL(), e.weather.URL())
	e.till, err = e.net.StartTill(api, e.net.Provider, 120)
	return err
}

// printedAperture is what `econd aperture` says that aperture.yaml needs.
type printedAperture struct {
	WriteTimeout time.Duration `yaml:"writetimeout"`
	Services     []struct {
		Address            string   `yaml:"address"`
		PathRegexp         string   `yaml:"pathregexp"`
		AuthWhitelistPaths []string `yaml:"authwhitelistpaths"`
	} `yaml:"services"`
}

func (e *economy) printedAperture(ctx context.Context) (p printedAperture, err error) {
	out, err := e.run(ctx, "econd", "aperture", "--config", e.configPath)
	if err != nil {
		return p, err
	}
	if err := yaml.Unmarshal([]byte(out), &p); err != nil {
		return p, fmt.Errorf("econd aperture: %w", err)
	}
	if len(p.Services) != 1 || p.Services[0].Address != e.httpAddr || p.WriteTimeout == 0 {
		return p, fmt.Errorf("econd aperture prints %q", out)
	}
	return p, nil
}

// Programs.

// agent is one economic agent: a key, an LND and an econctl configuration.
type agent struct {
	name   string
	lnd    *devnet.LND
	dir    string
	pubkey op.PublicKey
}

// run runs one of the project's programs and returns what it printed on
// standard output. A failure carries what it printed on standard error.
func (e *economy) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(e.bin, program), args...)
	cmd.Dir = e.net.Dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return out, &programError{program: program, args: args, said: strings.TrimSpace(errs.String()), out: string(out), err: err}
	}
	return out, nil
}

// programError is a program that exited with an error.
type programError struct {
	program   string
	args      []string
	said, out string
	err       error
}

func (p *programError) Error() string {
	return fmt.Sprintf("%s %s: %v\n%s%s", p.program, strings.Join(p.args, " "), p.err, p.said, p.out)
}

func (e *economy) runJSON(ctx context.Context, dst any, program string, args ...string) error {
	out, err := e.run(ctx, program, args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, dst); err != nil {
		return fmt.Errorf("%s %s printed no JSON: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return nil
}

// refused runs a command that must fail with a reason, and returns it.
func (e *economy) refused(ctx context.Context, program string, args ...string) (string, error) {
	out, err := e.run(ctx, program, args...)
	var failed *programError
	if err == nil {
		return "", fmt.Errorf("%s %s succeeded, it should have been refused\n%s", program, strings.Join(args, " "), out)
	}
	if !errors.As(err, &failed) {
		return "", err
	}
	var told struct{ Error struct{ Message string } }
	if json.Unmarshal([]byte(failed.said), &told) == nil && told.Error.Message != "" {
		return told.Error.Message + "\n" + failed.said, nil
	}
	return failed.said + failed.out, nil
}

// until asks again and again until cond holds.
func until(ctx context.Context, what string, cond func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	var last error
	for {
		ok, err := cond()
		if ok && err == nil {
			return nil
		}
		last = err
		if err := backoff.Sleep(ctx, 150*time.Millisecond); err != nil {
			return fmt.Errorf("waited in vain until %s: %w", what, errors.Join(err, last))
		}
	}
}
