package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
)

// newPassphrase seals the key file under another passphrase.
func newPassphrase() *cobra.Command {
	var path, fresh string
	c := &cobra.Command{
		Use:   "passphrase",
		Short: "Seal the operator's key file under another passphrase",
		Long: "Seal the operator's key file under another passphrase. The new file takes the old one's place once it was read back;\n" +
			"econd may be running, and needs the new passphrase at its next start. Copies of the old file, as in backups,\n" +
			"still open with the old passphrase: where that may be known to somebody, destroy them.",
		Example: "  (umask 077; head -c 24 /dev/urandom | base64 > ~/.econd-passphrase.new)\n" +
			"  econd passphrase --config ~/.econd/econd.yaml --new-passphrase-file ~/.econd-passphrase.new\n" +
			"  mv ~/.econd-passphrase.new ~/.econd-passphrase",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return changePassphrase(cfg, fresh, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote; its passphrase_file holds the present passphrase, empty: asked for")
	c.Flags().StringVar(&fresh, "new-passphrase-file", "", "file with the new passphrase; empty: asked for, twice")
	return c
}

func changePassphrase(cfg config, fresh string, out, errOut io.Writer) error {
	if fresh != "" && fresh == cfg.PassphraseFile {
		return cli.Usagef("--new-passphrase-file: is passphrase_file, which holds the present passphrase; put the new one into another file")
	}
	if cfg.PassphraseFile == "" {
		fmt.Fprintln(errOut, "The present passphrase:")
	}
	old, err := keyfile.Passphrase(cfg.PassphraseFile, false)
	if err != nil {
		return err
	}
	defer clear(old)
	if fresh == "" {
		fmt.Fprintln(errOut, "The new passphrase:")
	}
	wanted, err := keyfile.NewPassphrase(fresh)
	if err != nil {
		return err
	}
	defer clear(wanted)
	if bytes.Equal(old, wanted) {
		var content json.RawMessage
		err := keyfile.Open(cfg.keyFile(), old, &content)
		if clear(content); err != nil {
			return err // so it is not the present one
		}
		return cli.Usagef("the new passphrase is the present one")
	}
	stop := cli.Doing(errOut, "sealing the key, which is slow by design")
	err = keyfile.Reseal(cfg.keyFile(), old, wanted)
	stop()
	if err != nil {
		return err
	}
	next := "enter the new passphrase at the next start"
	if cfg.PassphraseFile != "" {
		next = "put the new passphrase into " + cfg.PassphraseFile + ", or set passphrase_file, before the next start"
	}
	_, err = fmt.Fprintf(out, "%s is sealed under the new passphrase, and was read back.\nNext: %s;\nback it up anew. Copies made before still open with the old passphrase.\n", cfg.keyFile(), next)
	return err
}
