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
	"github.com/econd/econd/cmd/internal/terminal"
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
	agents                                           string
	asJSON                                           bool

	tty func() terminal.Terminal // nil where nobody types
}

func newInit() *cobra.Command {
	return (&initFlags{tty: terminal.Open}).command()
}

func (f *initFlags) command() *cobra.Command {
	c := &cobra.Command{
		Use:   "init",
		Short: "Found an economy: sealed key files, genesis entry with the first agents' wallets, configuration",
		Long: "Found an economy: the operator's keys, a seed with the keys of the first agents, both sealed, the genesis entry and a\n" +
			"configuration. Account 0 of the seed is the agent that owns the operator wallet; --agents names further ones, which get\n" +
			"accounts from 1 on: names, one a line, or YAML that gives them wallets with budgets (docs/operating.md). At a terminal the\n" +
			"words of the seed are shown once, and three are asked back.",
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
	c.Flags().StringVar(&f.agents, "agents", "", "file with the first agents, which the genesis registers")
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
	nodeKey, err := f.node(ctx, raw)
	if err != nil {
		return err
	}
	first, err := f.formation(raw)
	if err != nil {
		return err
	}
	if f.passphraseFile != "" {
		if c.PassphraseFile, err = filepath.Abs(f.passphraseFile); err != nil {
			return err
		}
	} else {
		c.PassphraseFile = ""
	}
	founding, err := f.drawAndSeal(&c, first, node.Founding{Economy: economy, Network: f.network, Constitution: raw, NodeKey: nodeKey})
	if err != nil {
		return err
	}
	if err := found(&c, founding); err != nil {
		return err
	}
	if err := writeConfig(filepath.Join(dir, "econd.yaml"), c); err != nil {
		return err
	}
	parsed, err := constitution.Decode(raw)
	if err != nil {
		return err
	}
	return f.report(out, &c, founding, parsed, first)
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
	for _, path := range []string{c.keyFile(), c.agentsKey(), c.ballots()} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s exists: an economy was founded here already; choose another --data-dir", path)
		}
	}
	return nil
}

// formation is whom the economy begins with; nil where its rules know nobody.
func (f *initFlags) formation(rules []byte) (*formation, error) {
	c, err := constitution.Decode(rules)
	if err != nil {
		return nil, err
	}
	if c.Version < constitution.RulesWallets {
		if f.agents != "" {
			return nil, cli.Usagef("--agents: the constitution is of version %d; from version %d on a genesis names agents and wallets", c.Version, constitution.RulesWallets)
		}
		return nil, nil
	}
	return readFormation(f.agents)
}

// drawAndSeal draws all keys, has the rules look at the genesis that names them, and only then makes the
// folder and writes the keys, sealed.
func (f *initFlags) drawAndSeal(c *config, first *formation, g node.Founding) (node.Founding, error) {
	passphrase, err := keyfile.Passphrase(f.passphraseFile, true)
	if err != nil {
		return g, err
	}
	defer clear(passphrase)
	drawn, err := keyfile.NewOperator()
	if err != nil {
		return g, err
	}
	s, err := secretsFrom(drawn)
	if err != nil {
		return g, err
	}
	if g.LogVerifier, err = anchor.VerifierKey(ledger.Origin(g.Economy), s.logKeys[0].Public().(ed25519.PublicKey)); err != nil {
		return g, err
	}
	g.Operator, g.NowMs = s.operator, time.Now().UnixMilli()
	if first != nil {
		if err := f.drawFirst(first); err != nil {
			return g, err
		}
	}
	g.Agents, g.Wallets = first.members()
	if err := g.Check(); err != nil {
		return g, cli.Usage(err)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return g, err
	}
	if first != nil {
		if err := first.seal(c.agentsKey(), passphrase); err != nil {
			return g, err
		}
	}
	return g, keyfile.Seal(c.keyFile(), passphrase, drawn)
}

// drawFirst draws the seed of the first agents, and has a human who is there learn its words.
func (f *initFlags) drawFirst(first *formation) error {
	var tty terminal.Terminal
	if !f.asJSON {
		tty = f.tty()
	}
	if tty != nil {
		defer tty.Close()
	}
	return first.draw(tty)
}

func found(c *config, g node.Founding) error {
	store, err := ballotstore.Open(ballotstore.Config{Path: c.ballots()})
	if err != nil {
		return err
	}
	return errors.Join(node.Found(store, g), store.Close())
}

func writeConfig(path string, c config) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func (f *initFlags) report(out io.Writer, cfg *config, g node.Founding, c *constitution.Constitution, first *formation) error {
	advice, asks := c.Advice(), c.Asks()
	dir, file := cfg.DataDir, filepath.Join(cfg.DataDir, "econd.yaml")
	if f.asJSON {
		about := map[string]any{"advice": append([]string{}, advice...), "wallets": asks, "economy": g.Economy, "operator": g.Operator.Public().String(),
			"network": f.network, "log_verifier": g.LogVerifier, "data_dir": dir, "config": file}
		if g.NodeKey != (op.NodeKey{}) {
			about["node_key"] = g.NodeKey
		}
		if first != nil {
			about["agents"], about["agents_key"] = first.view(g.Economy), cfg.agentsKey()
		}
		return json.NewEncoder(out).Encode(about)
	}
	for _, a := range grouped(advice) {
		fmt.Fprintf(out, "warning: %s\n", a)
	}
	fmt.Fprint(out, walletText(asks))
	lightning := "any node: version 1 of the rules names none"
	if g.NodeKey != (op.NodeKey{}) {
		lightning = g.NodeKey.String()
	}
	agents, written := "", ""
	if first != nil {
		agents = first.text(g.Economy)
		written = "\n  agents.key    sealed; the seed of the first agents: it belongs to their machines, not to econd's; its words: econctl key words"
	}
	fmt.Fprintf(out, `economy       %s on %s
operator      %s
log verifier  %s
Lightning     %s
%s
Written to %s:
  operator.key  sealed; back it up: it signs for the operator and settles forfeited holds%s
  ballots.db    the log, with its genesis entry
  econd.yaml    configuration

Next: set the lnd part of econd.yaml and bake its three macaroons, then run it:
  econd macaroons --config %[9]s
  econd run --config %[9]s
Behind aperture: econd aperture --config %[9]s prints its part of
aperture.yaml; add the URL that agents use to public_urls, for webhooks are set
by requests that name it.
`, g.Economy, f.network, g.Operator.Public(), g.LogVerifier, lightning, agents, dir, written, file)
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
