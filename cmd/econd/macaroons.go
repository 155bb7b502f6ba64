package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/lnd"
)

// newMacaroons prints how to bake the three macaroons, or has LND bake them.
func newMacaroons() *cobra.Command {
	var path, admin string
	c := &cobra.Command{
		Use:   "macaroons",
		Short: "Print the lncli commands that bake econd's three least-privilege macaroons, or bake them",
		Long: "Print the lncli commands that bake econd's three least-privilege macaroons, for a shell where lncli is.\n" +
			"With --admin-macaroon econd asks LND itself and saves them where econd.yaml says, readable by you alone: it reads\n" +
			"LND's admin.macaroon once, for these calls, and keeps nothing of it. Files that are there stay as they are,\n" +
			"and an LND on another network than the economy's bakes none.",
		Example: "  econd macaroons --config ~/.econd/econd.yaml\n" +
			"  econd macaroons --config ~/.econd/econd.yaml --admin-macaroon ~/.lnd/data/chain/bitcoin/mainnet/admin.macaroon",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if errors.Is(err, fs.ErrNotExist) && !c.Flags().Changed("config") && admin == "" {
				return printMacaroons(c.OutOrStdout(), nil)
			}
			if err != nil {
				return err
			}
			if admin != "" {
				return bakeMacaroons(c.Context(), cfg, admin, c.OutOrStdout())
			}
			return printMacaroons(c.OutOrStdout(), &cfg)
		},
	}
	c.Flags().StringVar(&path, "config", "econd.yaml", "configuration file that says where the macaroons are to lie")
	c.Flags().StringVar(&admin, "admin-macaroon", "", "LND's admin.macaroon: have LND bake those that are missing, and save them")
	return c
}

// macaroonFiles lists the three, in the order of their root keys.
func (c *config) macaroonFiles() []macaroonFile {
	return []macaroonFile{{lnd.RolePay, c.LND.PayMacaroon}, {lnd.RoleRecv, c.LND.RecvMacaroon}, {lnd.RoleAnchor, c.LND.AnchorMacaroon}}
}

type macaroonFile struct {
	role lnd.Role
	path string
}

// printMacaroons prints lines for a shell; without a configuration a comment says
// where the files belong.
func printMacaroons(out io.Writer, cfg *config) error {
	var b strings.Builder
	if cfg == nil {
		cfg = new(config)
		b.WriteString("# Move the three files to where econd.yaml looks for them (lnd.pay_macaroon,\n" +
			"# lnd.recv_macaroon, lnd.anchor_macaroon), or name it: econd macaroons --config econd.yaml\n")
	}
	for _, f := range cfg.macaroonFiles() {
		b.WriteString(lnd.BakeCommand(f.role, f.path) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// bakeMacaroons saves what LND bakes, and keeps the files that are there; a part that
// econd.yaml leaves out gets none. An LND on another network than the economy's is
// asked for nothing.
func bakeMacaroons(ctx context.Context, cfg config, admin string, out io.Writer) error {
	for _, f := range cfg.macaroonFiles() {
		if f.path == "" {
			continue
		}
		if err := atomicfile.Sweep(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s macaroon: %w", f.role, err)
		}
	}
	missing, err := missingMacaroons(&cfg, out)
	if err != nil {
		return err
	}
	network, err := foundedNetwork(&cfg)
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(admin)
	if err != nil {
		return cli.Usagef("--admin-macaroon: %w", err)
	}
	defer clear(secret)
	var roles []lnd.Role
	for _, f := range missing {
		if err := guarded(filepath.Dir(f.path)); err != nil {
			return err
		}
		roles = append(roles, f.role)
	}
	baked, err := lnd.Bake(ctx, cfg.LND.Address, cfg.LND.TLSCert, network, secret, roles...)
	if err != nil {
		return bakingAdvice(&cfg, network, err)
	}
	for _, f := range missing {
		if err := keyfile.Create(f.path, baked[f.role]); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s macaroon saved in %s\n", f.role, f.path)
	}
	return nil
}

// guarded refuses a folder in which others may put a file where a secret one belongs. One
// with the sticky bit, as /tmp, is no exception: they may take the name first.
func guarded(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 {
		return fmt.Errorf("others may write to %s (mode %04o): nothing was baked; run chmod go-w on it, or name another folder in econd.yaml", dir, mode.Perm())
	}
	return nil
}

// missingMacaroons are the files to make; that there is none is an error.
func missingMacaroons(cfg *config, out io.Writer) (missing []macaroonFile, err error) {
	named := 0
	for _, f := range cfg.macaroonFiles() {
		if f.path == "" {
			continue
		}
		named++
		there, err := macaroonThere(f)
		if err != nil {
			return nil, err
		}
		if !there {
			missing = append(missing, f)
			continue
		}
		fmt.Fprintf(out, "%s macaroon is kept in %s\n", f.role, f.path)
	}
	switch {
	case named == 0:
		return nil, errors.New("econd.yaml names no file for a macaroon: set lnd.pay_macaroon, lnd.recv_macaroon or lnd.anchor_macaroon")
	case len(missing) == 0:
		return nil, errors.New("no macaroon is missing: move away the one that is to be made anew")
	}
	return missing, nil
}

// macaroonThere tells whether there is a file, perhaps behind a symbolic link; anything
// else in its place is an error.
func macaroonThere(f macaroonFile) (bool, error) {
	if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return false, fmt.Errorf("%s macaroon: %w", f.role, err)
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%s macaroon: %s is not a regular file", f.role, f.path)
	}
	return true, nil
}

// foundedNetwork is the Bitcoin network of the economy in the data directory.
func foundedNetwork(cfg *config) (*chaincfg.Params, error) {
	store, err := ballotstore.Open(ballotstore.Config{Path: cfg.ballots(), ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no economy yet, whose network LND must be on: run `econd init` first", cfg.DataDir)
	}
	if err != nil {
		return nil, err
	}
	defer store.Close()
	genesis, err := founded(store)
	if err != nil {
		return nil, err
	}
	return anchor.Params(genesis.Network)
}

// bakingAdvice says what to do about an LND that does not bake.
func bakingAdvice(cfg *config, network *chaincfg.Params, err error) error {
	switch {
	case errors.Is(err, node.ErrOtherNetwork):
		return fmt.Errorf("%w; nothing was baked: set lnd.address and lnd.tls_cert in econd.yaml to an LND on %s", err, network.Name)
	case errors.Is(err, node.ErrLightningAway):
		return fmt.Errorf("%w; is LND running and unlocked at lnd.address, %s?", err, cfg.LND.Address)
	case errors.Is(err, lnd.ErrConfig):
		return fmt.Errorf("%w; set lnd.tls_cert and lnd.address in econd.yaml", err)
	case errors.Is(err, lnd.ErrPermission):
		return fmt.Errorf("%w; --admin-macaroon must be one that may bake macaroons, as LND's admin.macaroon may", err)
	}
	return err
}
