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

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
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
			"LND's admin.macaroon once, for these calls, and keeps nothing of it.",
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
	c.Flags().StringVar(&admin, "admin-macaroon", "", "LND's admin.macaroon: have LND bake the three, and save them")
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

// bakeMacaroons saves what LND bakes. It asks nothing of LND while a file is in the
// way; a part that econd.yaml leaves out gets none.
func bakeMacaroons(ctx context.Context, cfg config, admin string, out io.Writer) error {
	var roles []lnd.Role
	for _, f := range cfg.macaroonFiles() {
		if f.path == "" {
			continue
		}
		if _, err := os.Lstat(f.path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists: move it away first, or keep it", f.path)
		}
		roles = append(roles, f.role)
	}
	secret, err := os.ReadFile(admin)
	if err != nil {
		return cli.Usagef("--admin-macaroon: %w", err)
	}
	defer clear(secret)
	baked, err := lnd.Bake(ctx, cfg.LND.Address, cfg.LND.TLSCert, secret, roles...)
	switch {
	case errors.Is(err, lnd.ErrUnavailable):
		return fmt.Errorf("%w; is LND running and unlocked at lnd.address, %s?", err, cfg.LND.Address)
	case errors.Is(err, lnd.ErrConfig):
		return fmt.Errorf("%w; set lnd.tls_cert and lnd.address in econd.yaml", err)
	case errors.Is(err, lnd.ErrPermission):
		return fmt.Errorf("%w; --admin-macaroon must be one that may bake macaroons", err)
	case err != nil:
		return err
	}
	for _, f := range cfg.macaroonFiles() {
		if f.path == "" {
			continue
		}
		if err := saveSecret(f.path, baked[f.role]); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s macaroon saved in %s\n", f.role, f.path)
	}
	return nil
}

// saveSecret makes a new file of mode 0600, whole and durable, or none.
func saveSecret(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".macaroon-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Link(tmp.Name(), path) // fails where somebody made it meanwhile
}
