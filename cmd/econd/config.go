package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/cmd/internal/cli"
)

// config is econd.yaml. Every key is known or refused. The tag doc is the comment that
// econd init writes beside a key.
type config struct {
	DataDir        string       `yaml:"data_dir" doc:"the log, the key file and all else that econd keeps"`
	PassphraseFile string       `yaml:"passphrase_file" doc:"opens operator.key; empty: asked for at the start"`
	HTTPListen     string       `yaml:"http_listen"`
	PublicURLs     []string     `yaml:"public_urls,flow" doc:"under which callers reach this API, aperture's too: NIP-98 events name one"`
	GRPCListen     string       `yaml:"grpc_listen" doc:"empty: no gRPC"`
	PricerListen   string       `yaml:"pricer_listen" doc:"aperture asks here for prices; empty: none"`
	TLSCert        string       `yaml:"tls_cert" doc:"set both to serve HTTP and gRPC beyond loopback"`
	TLSKey         string       `yaml:"tls_key"`
	LogLevel       string       `yaml:"log_level" doc:"debug, info, warn or error"`
	LogFormat      string       `yaml:"log_format" doc:"text; json: one object a line"`
	PastStates     int          `yaml:"past_states" doc:"for reads with ?at=, each as large as the present state; 0: none"`
	LND            lndConfig    `yaml:"lnd"`
	L402           l402Config   `yaml:"l402"`
	Anchor         anchorConfig `yaml:"anchor"`

	Witnesses witnessesConfig `yaml:"witnesses" doc:"who cosigns a head before it counts as promised; docs/witnesses.md"`

	Webhooks      webhooksConfig      `yaml:"webhooks" doc:"what executed proposals call; docs/webhooks.md"`
	Notifications notificationsConfig `yaml:"notifications" doc:"webhooks that agents set; docs/notifications.md"`
	Payees        payeesConfig        `yaml:"payees" doc:"whom spends from wallets by lnurl and l402 ask; docs/wallets.md"`
}

type lndConfig struct {
	Address        string `yaml:"address" doc:"of its gRPC"`
	TLSCert        string `yaml:"tls_cert" doc:"set it: ~/.lnd/tls.cert as a rule"`
	PayMacaroon    string `yaml:"pay_macaroon" doc:"empty: what proposals pay stays pending"`
	RecvMacaroon   string `yaml:"recv_macaroon"`
	AnchorMacaroon string `yaml:"anchor_macaroon"`
}

// How econd charges.
const (
	modeDirect   = "direct"   // econd asks for L402 payment itself
	modeAperture = "aperture" // aperture in front of it does
	modeOff      = "off"      // nobody does
)

type l402Config struct {
	Mode           string `yaml:"mode" doc:"aperture; direct: econd charges by itself; off: nobody does"`
	TokenLifetimeS int64  `yaml:"token_lifetime_s" doc:"from the challenge, or behind aperture from the payment; at most 90 days"`
	ApertureURL    string `yaml:"aperture_url" doc:"aperture's address, so that a used-up token is answered with its challenge"`
}

type anchorConfig struct {
	IntervalS      int64  `yaml:"interval_s" doc:"0: only when asked by econctl admin anchor"`
	Confirmations  uint32 `yaml:"confirmations"`
	MaxSatPerVByte uint64 `yaml:"max_sat_per_vbyte"`
}

func defaultConfig(dir string) config {
	return config{
		DataDir:        dir,
		PassphraseFile: filepath.Join(dir, "passphrase"),
		HTTPListen:     "127.0.0.1:8402",
		PublicURLs:     []string{"http://127.0.0.1:8402"},
		GRPCListen:     "127.0.0.1:8403",
		PricerListen:   "127.0.0.1:8404",
		LogLevel:       "info",
		LogFormat:      logText,
		PastStates:     2,
		LND: lndConfig{
			Address:        "127.0.0.1:10009",
			TLSCert:        "/path/to/lnd/tls.cert",
			PayMacaroon:    filepath.Join(dir, "pay.mac"),
			RecvMacaroon:   filepath.Join(dir, "recv.mac"),
			AnchorMacaroon: filepath.Join(dir, "anchor.mac"),
		},
		L402:      l402Config{Mode: modeAperture, TokenLifetimeS: 86400},
		Anchor:    anchorConfig{IntervalS: 21600, Confirmations: 6, MaxSatPerVByte: 50},
		Witnesses: defaultWitnesses(),
		Webhooks:  defaultWebhooks(), Notifications: defaultNotifications(), Payees: defaultPayees(),
	}
}

// readConfig reads econd.yaml strictly over the defaults. What is wrong with it is
// a usage error.
func readConfig(path string) (config, error) {
	c, err := parseConfig(path)
	return c, cli.Usage(err)
}

func parseConfig(path string) (config, error) {
	c := defaultConfig(filepath.Dir(path))
	if err := readYAML(path, "econd init", &c); err != nil {
		return config{}, err
	}
	if err := c.validate(); err != nil {
		return config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readYAML reads a configuration into to, which holds the defaults. Every key is known or refused;
// writer is the command that writes such a file.
func readYAML(path, writer string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w; `%s` writes one", err, writer)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.DisallowUnknownField()).Decode(to); err != nil {
		return fmt.Errorf("%s: %w", path, cli.YAML(err))
	}
	return nil
}

func (c *config) validate() error {
	for _, l := range []struct{ key, addr string }{
		{"http_listen", c.HTTPListen}, {"grpc_listen", c.GRPCListen}, {"pricer_listen", c.PricerListen}, {"lnd.address", c.LND.Address},
	} {
		if l.addr == "" && l.key != "http_listen" && l.key != "lnd.address" {
			continue
		}
		if _, _, err := net.SplitHostPort(l.addr); err != nil {
			return fmt.Errorf("%s: %q is not host:port", l.key, l.addr)
		}
	}
	if err := c.distinct(); err != nil {
		return err
	}
	switch c.L402.Mode {
	case modeOff:
	case modeDirect:
		for _, addr := range []string{c.HTTPListen, c.GRPCListen} {
			if host, _, err := net.SplitHostPort(addr); err == nil && !loopback(host) && c.TLSCert == "" {
				return fmt.Errorf("tls_cert: L402 tokens are bearer tokens; to serve on %q set tls_cert and tls_key", addr)
			}
		}
	case modeAperture:
		for _, l := range []struct{ key, addr string }{{"http_listen", c.HTTPListen}, {"grpc_listen", c.GRPCListen}} {
			if host, _, _ := net.SplitHostPort(l.addr); l.addr != "" && !loopback(host) {
				return fmt.Errorf("%s: behind aperture econd must listen on loopback, not on %q; or set l402.mode to direct", l.key, l.addr)
			}
		}
	default:
		return fmt.Errorf("l402.mode: %q is not direct, aperture or off", c.L402.Mode)
	}
	if u, err := url.Parse(c.L402.ApertureURL); c.L402.ApertureURL != "" &&
		(err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "") {
		return fmt.Errorf("l402.aperture_url: %q is not http(s)://host[:port]", c.L402.ApertureURL)
	}
	if c.PricerListen != "" {
		if host, _, _ := net.SplitHostPort(c.PricerListen); !loopback(host) {
			return fmt.Errorf("pricer_listen: must be on loopback, not on %q", c.PricerListen)
		}
	}
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return fmt.Errorf("tls_cert, tls_key: set both or neither")
	case new(slog.Level).UnmarshalText([]byte(c.LogLevel)) != nil:
		return fmt.Errorf("log_level: %q is not debug, info, warn or error", c.LogLevel)
	case c.LogFormat != logText && c.LogFormat != logJSON:
		return fmt.Errorf("log_format: %q is not text or json", c.LogFormat)
	case c.DataDir == "":
		return fmt.Errorf("data_dir: missing")
	case c.PastStates < 0 || c.PastStates > 16:
		return fmt.Errorf("past_states: is %d, must be between 0 and 16", c.PastStates)
	case c.L402.TokenLifetimeS < 600 || c.L402.TokenLifetimeS > maxTokenLifetimeS:
		return fmt.Errorf("l402.token_lifetime_s: is %d, must be between 600 and %d, 90 days", c.L402.TokenLifetimeS, maxTokenLifetimeS)
	case c.Anchor.IntervalS < 0:
		return fmt.Errorf("anchor.interval_s: is %d, must be at least 0", c.Anchor.IntervalS)
	case c.Anchor.Confirmations < 1 || c.Anchor.Confirmations > 144:
		return fmt.Errorf("anchor.confirmations: is %d, must be between 1 and 144", c.Anchor.Confirmations)
	case c.Anchor.MaxSatPerVByte < 1:
		return fmt.Errorf("anchor.max_sat_per_vbyte: must be at least 1")
	}
	return errors.Join(c.Witnesses.validate(), c.Webhooks.validate(), c.Notifications.validate(), c.Payees.validate())
}

// distinct refuses an address that two servers would listen on. Port 0 is any free one.
func (c *config) distinct() error {
	type listener struct{ key, address string }
	var seen []listener
	for _, l := range []listener{{"http_listen", c.HTTPListen}, {"grpc_listen", c.GRPCListen}, {"pricer_listen", c.PricerListen}} {
		host, port, err := net.SplitHostPort(l.address)
		if err != nil || port == "0" {
			continue
		}
		for _, s := range seen {
			other, same, _ := net.SplitHostPort(s.address)
			if port == same && (host == other || loopback(host) && loopback(other) || everywhere(host) || everywhere(other)) {
				return fmt.Errorf("%s: %s is the address of %s too; give each a port of its own", l.key, l.address, s.key)
			}
		}
		seen = append(seen, l)
	}
	return nil
}

// everywhere tells whether a host stands for all addresses of the machine.
func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// baseURLs are what NIP-98 events may name: where aperture listens is one of them.
func (c *config) baseURLs() []string {
	urls := slices.Clone(c.PublicURLs)
	if front := c.L402.ApertureURL; c.L402.Mode == modeAperture && front != "" && !slices.Contains(urls, front) {
		urls = append(urls, front)
	}
	return urls
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *config) ballots() string  { return filepath.Join(c.DataDir, "ballots.db") }
func (c *config) balances() string { return filepath.Join(c.DataDir, "balances.db") }
func (c *config) rootkeys() string { return filepath.Join(c.DataDir, "rootkeys.db") }
func (c *config) subscriptions() string {
	return filepath.Join(c.DataDir, "subscriptions.db")
}
func (c *config) answers() string { return filepath.Join(c.DataDir, "answers.db") }
func (c *config) spends() string  { return filepath.Join(c.DataDir, "spends.db") }
func (c *config) keyFile() string { return filepath.Join(c.DataDir, "operator.key") }

// agentsKey is where init writes the seed of the first agents. Nothing reads it here.
func (c *config) agentsKey() string { return filepath.Join(c.DataDir, "agents.key") }
