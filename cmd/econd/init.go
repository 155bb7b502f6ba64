package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/ledger"
)

type initFlags struct {
	dir, name, network, constitution, passphraseFile string
	asJSON                                           bool
}

func newInit() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init",
		Short: "Found an economy: sealed key file, genesis entry, configuration",
		Example: "  econd init --data-dir ~/.econd --name myeconomy --passphrase-file ~/.econd-passphrase\n" +
			"  econd init --data-dir /tmp/try --network regtest --constitution demo",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.OutOrStdout()) },
	}
	c.Flags().StringVar(&f.dir, "data-dir", "", "folder for everything that econd keeps (required)")
	c.Flags().StringVar(&f.name, "name", "econ", "name of the economy; a random suffix makes its id unique")
	c.Flags().StringVar(&f.network, "network", "mainnet", "mainnet, testnet3 (or testnet), testnet4, signet or regtest; the one that LND is on")
	c.Flags().StringVar(&f.constitution, "constitution", "default", "YAML file; default, or demo for delays of seconds")
	c.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "file with the passphrase that seals the key file; empty: asked for")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	_ = c.MarkFlagRequired("data-dir")
	return c
}

func (f *initFlags) run(out io.Writer) error {
	raw, err := f.readConstitution()
	if err != nil {
		return err
	}
	params, err := anchor.Params(f.network)
	if err != nil {
		return cli.Usagef("--network: %q is not mainnet, testnet3, testnet4, signet or regtest", f.network)
	}
	f.network = params.Name // testnet is testnet3, as LND calls it
	var suffix [8]byte
	rand.Read(suffix[:])
	economy := f.name + "-" + hex.EncodeToString(suffix[:])
	if err := ledger.CheckEconomyID(economy); err != nil {
		return err
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	c := defaultConfig(dir)
	if f.passphraseFile != "" {
		if c.PassphraseFile, err = filepath.Abs(f.passphraseFile); err != nil {
			return err
		}
	} else {
		c.PassphraseFile = ""
	}
	s, err := f.drawAndSeal(&c)
	if err != nil {
		return err
	}
	verifier, err := f.found(&c, s, economy, raw)
	if err != nil {
		return err
	}
	if err := writeConfig(filepath.Join(dir, "econd.yaml"), c); err != nil {
		return err
	}
	parsed, err := constitution.Decode(raw)
	if err != nil {
		return err
	}
	return f.report(out, dir, economy, s, verifier, parsed)
}

func (f *initFlags) readConstitution() ([]byte, error) {
	text, err := yamlfile.Read(f.constitution)
	if err != nil {
		return nil, cli.Usage(err)
	}
	raw, err := yamlfile.Parse(text)
	return raw, cli.Usage(err)
}

func (f *initFlags) drawAndSeal(c *config) (secrets, error) {
	for _, path := range []string{c.keyFile(), c.ballots()} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return secrets{}, fmt.Errorf("%s exists: an economy was founded here already; choose another --data-dir", path)
		}
	}
	passphrase, err := keyfile.Passphrase(f.passphraseFile, true)
	if err != nil {
		return secrets{}, err
	}
	defer clear(passphrase)
	drawn, err := keyfile.NewOperator()
	if err != nil {
		return secrets{}, err
	}
	if err := keyfile.Seal(c.keyFile(), passphrase, drawn); err != nil {
		return secrets{}, err
	}
	return secretsFrom(drawn)
}

func (f *initFlags) found(c *config, s secrets, economy string, raw []byte) (string, error) {
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), s.logKey.Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	store, err := ballotstore.Open(ballotstore.Config{Path: c.ballots()})
	if err != nil {
		return "", err
	}
	err = node.Found(store, node.Founding{Operator: s.operator, LogVerifier: verifier, Economy: economy,
		Network: f.network, Constitution: raw, NowMs: time.Now().UnixMilli()})
	return verifier, errors.Join(err, store.Close())
}

func writeConfig(path string, c config) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func (f *initFlags) report(out io.Writer, dir, economy string, s secrets, verifier string, c *constitution.Constitution) error {
	advice, asks := c.Advice(), c.Asks()
	if f.asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"advice": append([]string{}, advice...), "wallets": asks, "economy": economy, "operator": s.operator.Public().String(),
			"network": f.network, "log_verifier": verifier, "data_dir": dir, "config": filepath.Join(dir, "econd.yaml")})
	}
	for _, a := range grouped(advice) {
		fmt.Fprintf(out, "warning: %s\n", a)
	}
	fmt.Fprint(out, walletText(asks))
	fmt.Fprintf(out, `economy       %s on %s
operator      %s
log verifier  %s

Written to %s:
  operator.key  sealed; back it up: it signs for the operator and settles forfeited holds
  ballots.db    the log, with its genesis entry
  econd.yaml    configuration

Next: set the lnd part of econd.yaml and bake its three macaroons, then run it:
  econd macaroons --config %[6]s
  econd run --config %[6]s
Behind aperture: econd aperture --config %[6]s prints its part of
aperture.yaml; add the URL that agents use to public_urls, for webhooks are set
by requests that name it.
`, economy, f.network, s.operator.Public(), verifier, dir, filepath.Join(dir, "econd.yaml"))
	return nil
}

// walletText says what a constitution asks of wallets.
func walletText(a constitution.WalletAsks) string {
	var b strings.Builder
	fmt.Fprintf(&b, `What agents' wallets must do: pay hold invoices of %d blocks (about %d hours),
and renew each after %d blocks (econctl stake keep); collateral and bonds that
are bound and not renewed after %d are forfeited. Renewals that the longest course takes:
`, a.CltvBlocks, a.CltvBlocks/6, a.RenewBlocks, a.LastBlocks)
	for _, t := range a.Tracks {
		fmt.Fprintf(&b, "  %-14s", t.Name)
		if t.CollateralSat > 0 {
			fmt.Fprintf(&b, " collateral of %d sat for up to %d blocks: %d", t.CollateralSat, t.CourseBlocks, t.Renewals)
		}
		if t.DisputeBlocks > 0 {
			fmt.Fprintf(&b, "; bonds up to %d blocks: %d", t.DisputeBlocks, t.DisputeRenewals)
		}
		fmt.Fprintln(&b)
	}
	return b.String() + "\n"
}
