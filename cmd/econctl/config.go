package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/cmd/internal/terminal"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/wallet"
)

// config is the configuration file. Every member has a flag that overrides it.
type config struct {
	Econd          string    `yaml:"econd"`           // base URL
	LogKey         string    `yaml:"log_key"`         // key of the log's heads; "": as it was met first
	Key            string    `yaml:"key"`             // key file
	Signer         string    `yaml:"signer"`          // what signs: see openers; "": the key file
	Account        *uint32   `yaml:"account"`         // of the key file's seed; nil: the one that the file names
	PassphraseFile string    `yaml:"passphrase_file"` // opens a sealed key file
	LND            lndConfig `yaml:"lnd"`

	Vault   vaultConfig   `yaml:"vault"`   // of signer: vault
	KMS     kmsConfig     `yaml:"kms"`     // of signer: kms
	Custody custodyConfig `yaml:"custody"` // of both

	MaxSats      int64  `yaml:"max_sats"`       // per request, without asking
	MaxTotalSats int64  `yaml:"max_total_sats"` // per run and day, without asking; 0: totalPerRequest requests
	Uses         int64  `yaml:"uses"`           // that a token is bought for; 0: 1
	Tokens       string `yaml:"tokens"`         // folder of paid tokens
	RetryFor     string `yaml:"retry_for"`      // how long an econd that is away is waited for
}

// lndConfig names the agent's own LND.
type lndConfig struct {
	Address  string `yaml:"address"`
	TLS      string `yaml:"tls"`
	Macaroon string `yaml:"macaroon"`

	SignMacaroon string `yaml:"sign_macaroon"` // of signer: lnd alone
}

// The defaults.
const (
	defaultEcond    = "http://127.0.0.1:8402"
	defaultMaxSats  = 100
	defaultRetryFor = "20s"

	// totalPerRequest is how many requests at the highest price, routes included, a run
	// may pay for unless another limit of the sum is given.
	totalPerRequest = 10
)

// app is one run of econctl: its streams, configuration, and what it opened.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr *teller

	configFile string
	asJSON     bool
	dryRun     bool    // see dryrun.go
	forgetHead bool    // see knownLogs
	at         seqFlag // of commands that read state
	flags      config  // as given; what was not given is taken from the file
	cfg        config
	retryFor   time.Duration
	retryGiven bool          // in the configuration or as a flag
	quietFor   time.Duration // see slowly

	dial func(lndConfig) (lightningNode, error)
	ask  func(prompt string) bool

	openers []opener                 // of what signs
	running context.Context          // ends what the run opens, where no other is at hand
	tty     func() terminal.Terminal // nil where nobody types
	opened
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	out := &teller{out: stderr}
	return &app{stdin: stdin, stdout: stdout, stderr: out, quietFor: quietFor, dial: dialLND, ask: askTerminal(out), tty: terminal.Open, openers: openers()}
}

func (a *app) addFlags(f *pflag.FlagSet) {
	f.StringVar(&a.configFile, "config", "", "configuration file (default ~/.config/econctl/config.yaml)")
	f.BoolVar(&a.asJSON, "json", false, "print JSON")
	f.BoolVar(&a.forgetHead, "forget-head", false, "take the log as it is shown now, though it does not go on from the head that was seen last: where its operator lost the end of it, and says so")
	f.StringVar(&a.flags.Econd, "econd", defaultEcond, "base URL of econd")
	f.StringVar(&a.flags.LogKey, "log-key", "", "key that signs the log's heads, name+hash+base64 (default the one that econd named at first contact)")
	f.StringVar(&a.flags.Key, "key", "", "key file (default agent.key beside the configuration file)")
	f.StringVar(&a.flags.Signer, "signer", keystoreScheme, "where the key lies that signs: "+signerForms())
	a.flags.Account = new(uint32)
	f.Uint32Var(a.flags.Account, "account", 0, "account of the key file's seed whose key signs (default the one that the file names)")
	f.Lookup("account").DefValue = "" // 0 is one, and not what is taken
	f.StringVar(&a.flags.PassphraseFile, "passphrase-file", "", "file with the passphrase of a sealed key file")
	f.StringVar(&a.flags.LND.Address, "lnd", "", "gRPC address of your LND, host:port")
	f.StringVar(&a.flags.LND.TLS, "lnd-tls", "", "tls.cert of your LND")
	f.StringVar(&a.flags.LND.Macaroon, "lnd-macaroon", "", "macaroon for your LND")
	f.StringVar(&a.flags.LND.SignMacaroon, "lnd-sign-macaroon", "", "macaroon for your LND to sign operations with, where --signer is lnd")
	a.addCustodyFlags(f)
	f.Int64Var(&a.flags.MaxSats, "max-sats", defaultMaxSats, "highest price of a request that is paid without asking")
	f.Int64Var(&a.flags.MaxTotalSats, "max-total-sats", 0, "most that a command pays together without asking, with routing fees, in any 24 hours; 0 for ten requests at --max-sats")
	f.Int64Var(&a.flags.Uses, "uses", 1, "how many requests a token is to be good for, where econd asks for payment; --max-sats holds for their price together")
	f.StringVar(&a.flags.Tokens, "tokens", "", "folder of paid tokens (default tokens beside the configuration file)")
	f.StringVar(&a.flags.RetryFor, "retry-for", defaultRetryFor, "how long to repeat a request while econd is away or busy; 2s where nobody listens and this is not given")
}

// configure reads the file and lays the flags over it.
func (a *app) configure(c *cobra.Command) error {
	a.running = cmp.Or(c.Context(), context.Background())
	path, err := a.configPath()
	if err != nil {
		return err
	}
	a.cfg = config{Econd: defaultEcond, MaxSats: defaultMaxSats,
		Key: filepath.Join(filepath.Dir(path), "agent.key"), Tokens: filepath.Join(filepath.Dir(path), "tokens")}
	if err := a.readConfig(path); err != nil {
		return err
	}
	given, from := c.Flags().Changed, a.flags.texts()
	for name, to := range a.cfg.texts() {
		if given(name) {
			*to = *from[name]
		}
	}
	if given("key") && !given("signer") {
		a.cfg.Signer = keystoreScheme
	}
	if path, ok := strings.CutPrefix(a.cfg.Signer, keystoreScheme+":"); ok && !given("key") {
		a.cfg.Key = path
	}
	if given("account") {
		a.cfg.Account = a.flags.Account
	}
	if given("max-sats") {
		a.cfg.MaxSats = a.flags.MaxSats
	}
	if given("max-total-sats") {
		a.cfg.MaxTotalSats = a.flags.MaxTotalSats
	}
	if given("uses") {
		if a.flags.Uses < 1 {
			return cli.Usagef("--uses: is %d, must be from 1 to %d", a.flags.Uses, l402.MaxUses)
		}
		a.cfg.Uses = a.flags.Uses
	}
	return a.checkConfig()
}

// texts are the members that are text, by their flags.
func (c *config) texts() map[string]*string {
	all := map[string]*string{"econd": &c.Econd, "log-key": &c.LogKey, "key": &c.Key, "signer": &c.Signer, "passphrase-file": &c.PassphraseFile,
		"lnd": &c.LND.Address, "lnd-tls": &c.LND.TLS, "lnd-macaroon": &c.LND.Macaroon, "lnd-sign-macaroon": &c.LND.SignMacaroon, "tokens": &c.Tokens, "retry-for": &c.RetryFor}
	for _, f := range c.custodyTexts() {
		all[f.name] = f.to
	}
	return all
}

func (a *app) configPath() (string, error) {
	if a.configFile != "" {
		return filepath.Abs(a.configFile)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", cli.Usagef("no home folder to find a configuration in: name one with --config")
	}
	return filepath.Join(dir, "econctl", "config.yaml"), nil
}

// readConfig reads the file strictly. Only the one at the default path may be
// missing. Paths in it are relative to it.
func (a *app) readConfig(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && a.configFile == "" {
		return nil
	}
	if err != nil {
		return cli.Usage(err)
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	if err := yaml.UnmarshalWithOptions(text, &a.cfg, yaml.Strict()); err != nil {
		return cli.Usagef("configuration %s: %v", file, cli.YAML(err))
	}
	for _, scheme := range []string{keystoreScheme, bunkerScheme, kmsScheme} {
		if path, ok := strings.CutPrefix(a.cfg.Signer, scheme+":"); ok && path != "" && !filepath.IsAbs(path) {
			a.cfg.Signer = scheme + ":" + filepath.Join(filepath.Dir(file), path)
		}
	}
	for _, p := range []*string{&a.cfg.Key, &a.cfg.PassphraseFile, &a.cfg.LND.TLS, &a.cfg.LND.Macaroon, &a.cfg.LND.SignMacaroon, &a.cfg.Tokens,
		&a.cfg.Vault.CA, &a.cfg.Vault.SecretIDFile, &a.cfg.Vault.TokenFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(file), *p)
		}
	}
	return nil
}

func (a *app) checkConfig() error {
	u, err := url.Parse(a.cfg.Econd)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return cli.Usagef("econd: must be a URL like %s, without query or password", defaultEcond)
	}
	a.cfg.Econd = strings.TrimRight(a.cfg.Econd, "/")
	if a.cfg.MaxSats < 0 {
		return cli.Usagef("max-sats: must not be negative")
	}
	if a.cfg.MaxTotalSats < 0 {
		return cli.Usagef("max-total-sats: must not be negative")
	}
	if a.cfg.MaxTotalSats == 0 {
		most := min(a.cfg.MaxSats, wallet.MaxSat)
		a.cfg.MaxTotalSats = totalPerRequest * (most + wallet.FeeLimitSat(most))
	}
	if a.cfg.Uses < 0 || a.cfg.Uses > l402.MaxUses {
		return cli.Usagef("uses: must be from 1 to %d", l402.MaxUses)
	}
	a.retryGiven = a.cfg.RetryFor != ""
	a.cfg.RetryFor = cmp.Or(a.cfg.RetryFor, defaultRetryFor)
	if a.retryFor, err = time.ParseDuration(a.cfg.RetryFor); err != nil || a.retryFor < 0 {
		return cli.Usagef("retry-for: must be a duration like %s", defaultRetryFor)
	}
	if a.cfg.Key == "" {
		return cli.Usagef("key: must name a file")
	}
	if a.cfg.Account != nil && *a.cfg.Account > seed.MaxAccount {
		return cli.Usagef("account: is %d, must be at most %d", *a.cfg.Account, seed.MaxAccount)
	}
	a.cfg.Signer = cmp.Or(a.cfg.Signer, keystoreScheme)
	if _, _, err := a.openerOf(a.cfg.Signer); err != nil {
		return err
	}
	if err := a.connect(); err != nil {
		return cli.Usage(err)
	}
	return nil
}

// errMissingLND says what to configure.
var errMissingLND = errors.New("no LND is configured: set lnd.address, lnd.tls and lnd.macaroon in the configuration, or give --lnd, --lnd-tls and --lnd-macaroon")
