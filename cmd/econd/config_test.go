package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node/lnd/lndtest"
)

func written(t *testing.T, change func(*config)) string {
	t.Helper()
	c := defaultConfig(t.TempDir())
	change(&c)
	path := filepath.Join(c.DataDir, "econd.yaml")
	if err := writeConfig(path, c); err != nil {
		t.Fatal(err)
	}
	return path
}

// Configuration is read strictly and the error names the key.
func TestConfigNamesTheKey(t *testing.T) {
	if _, err := readConfig(written(t, func(*config) {})); err != nil {
		t.Fatalf("what init writes is refused: %v", err)
	}
	for want, change := range map[string]func(*config){
		"http_listen":                func(c *config) { c.HTTPListen = "8402" },
		"http_listen: behind":        func(c *config) { c.HTTPListen = "0.0.0.0:8402" },
		"grpc_listen: behind":        func(c *config) { c.GRPCListen = "0.0.0.0:8403" },
		"l402.aperture_url":          func(c *config) { c.L402.ApertureURL = "http://x/v1" },
		"tls_cert: L402":             func(c *config) { c.HTTPListen, c.L402.Mode = "0.0.0.0:8402", modeDirect },
		"tls_cert, tls_key":          func(c *config) { c.TLSCert = "cert.pem" },
		"pricer_listen":              func(c *config) { c.PricerListen = "10.0.0.1:8404" },
		"l402.mode":                  func(c *config) { c.L402.Mode = "sometimes" },
		"l402.token_lifetime_s":      func(c *config) { c.L402.TokenLifetimeS = 599 },
		"l402.token_lifetime_s: is":  func(c *config) { c.L402.TokenLifetimeS = 7_776_001 },
		"anchor.confirmations":       func(c *config) { c.Anchor.Confirmations = 0 },
		"anchor.interval_s":          func(c *config) { c.Anchor.IntervalS = -1 },
		"anchor.max_sat_per_vbyte":   func(c *config) { c.Anchor.MaxSatPerVByte = 0 },
		"webhooks.give_up_s":         func(c *config) { c.Webhooks.GiveUpS = 59 },
		"webhooks.allow_networks[0]": func(c *config) { c.Webhooks.AllowNetworks = []string{"10.1.2.3/8"} },
		"webhooks.allow_networks[1]": func(c *config) { c.Webhooks.AllowNetworks = []string{"::1/128", "localhost"} },
		"payees.allow_networks[0]":   func(c *config) { c.Payees.AllowNetworks = []string{"10.1.2.3"} },
		"log_level: \"loud\"":        func(c *config) { c.LogLevel = "loud" },
		"log_format: \"xml\"":        func(c *config) { c.LogFormat = "xml" },
		"econd.yaml: log_level":      func(c *config) { c.LogLevel = "" },
		"grpc_listen: 127.0.0.1:8402 is the address of http_listen too":   func(c *config) { c.GRPCListen = "127.0.0.1:8402" },
		"pricer_listen: localhost:8403 is the address of grpc_listen too": func(c *config) { c.PricerListen = "localhost:8403" },
		"pricer_listen: 127.0.0.1:8402 is the address of http_listen too": func(c *config) { c.L402.Mode, c.HTTPListen, c.PricerListen = modeOff, ":8402", "127.0.0.1:8402" },
		"lnd.address": func(c *config) { c.LND.Address = "" },
	} {
		if _, err := readConfig(written(t, change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to name %q", err, want)
		}
	}
	path := written(t, func(*config) {})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, "htpp_listen: x\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readConfig(path); err == nil || !strings.Contains(err.Error(), "htpp_listen") {
		t.Errorf("unknown key: %v", err)
	}
}

// econd init founds an economy once, keeps secrets out of everything but the
// sealed file, and refuses to do it again over it.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	pass := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(pass, []byte("a passphrase of some length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		c := newRoot()
		c.SetArgs(args)
		c.SetOut(&out)
		err := c.ExecuteContext(context.Background())
		return out.String(), err
	}
	said, err := run("init", "--data-dir", dir, "--name", "test", "--network", "regtest", "--passphrase-file", pass, "--node-key", lndtest.NodeKey().String(), "--json")
	if err != nil || !strings.Contains(said, `"economy":"test-`) {
		t.Fatalf("%v %s", err, said)
	}
	secrets, err := openSecrets(filepath.Join(dir, "operator.key"), pass)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"econd.yaml", "ballots.db", "operator.key"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, secrets.operator.Bytes()) || bytes.Contains(raw, secrets.holds[:]) || bytes.Contains(raw, secrets.logKeys[0].Seed()) {
			t.Errorf("%s holds a secret in the clear", name)
		}
	}
	if said, err := run("verify", filepath.Join(dir, "ballots.db")); err != nil || !strings.Contains(said, "intact: 1 entries") {
		t.Errorf("%v %s", err, said)
	}
	if _, err := run("init", "--data-dir", dir, "--passphrase-file", pass); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("founded twice: %v", err)
	}
	if _, err := run("init", "--data-dir", dir+"2", "--network", "moonnet", "--passphrase-file", pass); err == nil || !strings.Contains(err.Error(), "network") {
		t.Errorf("unknown network: %v", err)
	}
	if _, err := os.Stat(dir + "2"); err == nil {
		t.Error("a refused init left files behind")
	}
	var c map[string]any
	text, err := os.ReadFile(filepath.Join(dir, "econd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &c); err != nil || c["http_listen"] != "127.0.0.1:8402" {
		t.Errorf("%v %v", err, c)
	}
}

// docs/operating.md shows what econd init writes, with every key.
func TestPageShowsTheConfiguration(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(page), "```yaml\ndata_dir:")
	block, _, closed := strings.Cut("data_dir:"+block, "```")
	if !found || !closed {
		t.Fatal("docs/operating.md has no econd.yaml")
	}
	want := defaultConfig("/home/you/.econd")
	want.PassphraseFile = "/home/you/.econd-passphrase"
	written, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := errors.Join(yaml.Unmarshal([]byte(block), &a), yaml.Unmarshal(written, &b)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("docs/operating.md:\n%v\nwritten:\n%v", a, b)
	}
}

// The commands save where the configuration looks; without one they say so.
func TestMacaroonsGoWhereTheyAreLookedFor(t *testing.T) {
	path := written(t, func(c *config) { c.LND.PayMacaroon = "" })
	for _, x := range []struct {
		args []string
		want []string
	}{
		{[]string{"macaroons", "--config", path}, []string{"--save_to pay.mac ", "--save_to " + filepath.Join(filepath.Dir(path), "recv.mac") + " ",
			"&& chmod 600 " + filepath.Join(filepath.Dir(path), "anchor.mac") + ")\n"}},
		{[]string{"macaroons"}, []string{"# Move the three files", "--save_to recv.mac ", "&& chmod 600 pay.mac)\n"}},
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetArgs(x.args)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		for _, w := range x.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%v prints no %q:\n%s", x.args, w, out.String())
			}
		}
	}
	root := newRoot()
	root.SetArgs([]string{"macaroons", "--config", path + ".missing"})
	if err := root.Execute(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a configuration that is named and missing: %v", err)
	}
}

// What is missing of LND's files is told before a passphrase is asked for.
func TestRunLooksForLNDsFilesFirst(t *testing.T) {
	path := written(t, func(c *config) { c.LND.TLSCert = filepath.Join(c.DataDir, "tls.cert") })
	root := newRoot()
	root.SetArgs([]string{"run", "--config", path})
	if err := root.Execute(); err == nil || !strings.Contains(err.Error(), "lnd part of econd.yaml") || !strings.Contains(err.Error(), "tls.cert") {
		t.Errorf("%v, want it to name LND's certificate", err)
	}
}

// A request signed for where aperture listens is accepted, unless there is none.
func TestAperturesURLMayBeSigned(t *testing.T) {
	c := defaultConfig(t.TempDir())
	own := c.PublicURLs[0]
	c.L402.ApertureURL = "https://econ.example"
	for mode, want := range map[string][]string{modeAperture: {own, "https://econ.example"}, modeDirect: {own}} {
		c.L402.Mode = mode
		if got := c.baseURLs(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", mode, got, want)
		}
	}
	c.L402.Mode, c.PublicURLs = modeAperture, []string{"https://econ.example"}
	if got := c.baseURLs(); len(got) != 1 {
		t.Errorf("%v, want it once", got)
	}
}

// What econd init writes says what its keys mean, reads back as it was, and stands in
// docs/operating.md to the byte.
func TestConfigurationIsDocumented(t *testing.T) {
	c := defaultConfig("/home/you/.econd")
	c.PassphraseFile = "/home/you/.econd-passphrase"
	text, err := c.text()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "econd.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readConfig(file)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("read back: %v\n%+v\n%+v", err, got, c)
	}
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "As `econd init` writes it:\n\n```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	if block != string(text) {
		t.Errorf("docs/operating.md shows\n%s\nand econd init writes\n%s", block, text)
	}
	for key, about := range comments(reflect.TypeFor[config](), "") {
		if strings.ContainsAny(about, "\n#") {
			t.Errorf("%s: the comment is not one line: %q", key, about)
		}
	}
}
