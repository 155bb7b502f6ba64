package main

import (
	"context"
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
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet/lndwallet"
)

type initFlags struct {
	dir, name, network, constitution, passphraseFile string
	nodeKey                                          string
	lnd                                              lndwallet.Config
	asJSON                                           bool
}

func newInit() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init",
		Short: "Found an economy: sealed key file, genesis entry, configuration",
		Example: "  econd init --data-dir ~/.econd --name myeconomy --passphrase-file ~/.econd-passphrase --node-key 0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\n" +
			"  econd init --data-dir /tmp/try --network regtest --constitution demo --lnd 127.0.0.1:10009 --lnd-tls tls.cert --lnd-macaroon readonly.macaroon",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c.OutOrStdout()) },
	}
	c.Flags().StringVar(&f.dir, "data-dir", "", "folder for everything that econd keeps (required)")
	c.Flags().StringVar(&f.name, "name", "econ", "name of the economy; a random suffix makes its id unique")
	c.Flags().StringVar(&f.network, "network", "mainnet", "mainnet, testnet3 (or testnet), testnet4, signet or regtest; the one that LND is on")
	c.Flags().StringVar(&f.constitution, "constitution", "default", "YAML file; default, or demo for delays of seconds")
	c.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "file with the passphrase that seals the key file; empty: asked for")
	c.Flags().StringVar(&f.nodeKey, "node-key", "", "identity_pubkey of the LND beside econd, hex: it alone signs invoices of holds from version 2 of the rules on; or let it be asked with --lnd")
	c.Flags().StringVar(&f.lnd.Address, "lnd", "", "gRPC address of that LND, host:port, to ask it for its key")
	c.Flags().StringVar(&f.lnd.TLSCertPath, "lnd-tls", "", "its tls.cert")
	c.Flags().StringVar(&f.lnd.MacaroonPath, "lnd-macaroon", "", "a macaroon that may do GetInfo, such as its readonly.macaroon")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	_ = c.MarkFlagRequired("data-dir")
	return c
}

func (f *initFlags) run(ctx context.Context, out io.Writer) error {
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
	c := defaultConfig(dir)
	if err := c.unfounded(); err != nil {
		return err
	}
	node, err := f.node(ctx, raw)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
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
	verifier, err := f.found(&c, s, economy, raw, node)
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
	return f.report(out, dir, economy, s, verifier, parsed, node)
}

// node is the key of the LND beside econd, as given or as that says; zero where the rules name
// none.
func (f *initFlags) node(ctx context.Context, rules []byte) (key op.NodeKey, err error) {
	switch {
	case !constitution.NamesNode(rules):
		return key, nil
	case f.nodeKey != "":
		if err := key.UnmarshalText([]byte(f.nodeKey)); err != nil {
			return key, cli.Usagef("--node-key: %v", err)
		}
		return key, nil
	case f.lnd == lndwallet.Config{}:
		return key, cli.Usagef("--node-key: the genesis names the LND that signs invoices of holds: give its identity_pubkey, as lncli getinfo says it, or have it asked with --lnd, --lnd-tls and --lnd-macaroon")
	}
	node, err := lndwallet.Dial(f.lnd)
	if err != nil {
		return key, cli.Usage(err)
	}
	defer node.Close()
	is, err := node.Identity(ctx)
	return is.Key, err
}

func (f *initFlags) readConstitution() ([]byte, error) {
	text, err := yamlfile.Read(f.constitution)
	if err != nil {
		return nil, cli.Usage(err)
	}
	raw, err := yamlfile.Parse(text)
	return raw, cli.Usage(err)
}

// unfounded is an error if an economy was founded in the folder already.
func (c *config) unfounded() error {
	for _, path := range []string{c.keyFile(), c.ballots()} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s exists: an economy was founded here already; choose another --data-dir", path)
		}
	}
	return nil
}

func (f *initFlags) drawAndSeal(c *config) (secrets, error) {
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

func (f *initFlags) found(c *config, s secrets, economy string, raw []byte, nodeKey op.NodeKey) (string, error) {
	verifier, err := anchor.VerifierKey(ledger.Origin(economy), s.logKeys[0].Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	store, err := ballotstore.Open(ballotstore.Config{Path: c.ballots()})
	if err != nil {
		return "", err
	}
	err = node.Found(store, node.Founding{Operator: s.operator, LogVerifier: verifier, Economy: economy,
		Network: f.network, Constitution: raw, NowMs: time.Now().UnixMilli(), NodeKey: nodeKey})
	return verifier, errors.Join(err, store.Close())
}

func writeConfig(path string, c config) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func (f *initFlags) report(out io.Writer, dir, economy string, s secrets, verifier string, c *constitution.Constitution, node op.NodeKey) error {
	advice, asks := c.Advice(), c.Asks()
	if f.asJSON {
		about := map[string]any{"advice": append([]string{}, advice...), "wallets": asks, "economy": economy, "operator": s.operator.Public().String(),
			"network": f.network, "log_verifier": verifier, "data_dir": dir, "config": filepath.Join(dir, "econd.yaml")}
		if node != (op.NodeKey{}) {
			about["node_key"] = node
		}
		return json.NewEncoder(out).Encode(about)
	}
	for _, a := range grouped(advice) {
		fmt.Fprintf(out, "warning: %s\n", a)
	}
	fmt.Fprint(out, walletText(asks))
	lightning := "any node: version 1 of the rules names none"
	if node != (op.NodeKey{}) {
		lightning = node.String()
	}
	fmt.Fprintf(out, `economy       %s on %s
operator      %s
log verifier  %s
Lightning     %s

Written to %s:
  operator.key  sealed; back it up: it signs for the operator and settles forfeited holds
  ballots.db    the log, with its genesis entry
  econd.yaml    configuration

Next: set the lnd part of econd.yaml and bake its three macaroons, then run it:
  econd macaroons --config %[7]s
  econd run --config %[7]s
Behind aperture: econd aperture --config %[7]s prints its part of
aperture.yaml; add the URL that agents use to public_urls, for webhooks are set
by requests that name it.
`, economy, f.network, s.operator.Public(), verifier, lightning, dir, filepath.Join(dir, "econd.yaml"))
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
