package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

func newProofCmd(c *cli) *cobra.Command {
	var entry, anchorPath string
	cmd := &cobra.Command{
		Use:   "proof entry.tlog-proof",
		Short: "Check that an entry is in the log",
		Long: "Check a C2SP tlog-proof for one entry line. The log's key has to be named with --log-key,\n" +
			"because such a proof does not carry the log's genesis.",
		Example: "  econaudit proof 12.tlog-proof --entry 12.json --log-key 'econd/demo-1+abcd1234+...'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := c.options(cmd)
			if err != nil {
				return err
			}
			if o.LogKey == "" || entry == "" {
				return errors.New("needs --log-key with the log's key, and --entry with the file that holds the entry's line")
			}
			text, err := read(cmd, args[0])
			if err != nil {
				return err
			}
			line, err := read(cmd, entry)
			if err != nil {
				return err
			}
			if _, err := op.DecodeEntry(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return notOfKind(entry, fmt.Errorf("is no entry: %w", err))
			}
			p, err := readAnchor(cmd, anchorPath)
			if err != nil {
				return err
			}
			network := cmp.Or(o.Network, "mainnet")
			r, err := audit.VerifyProof(text, bytes.TrimSuffix(line, []byte("\n")), network, p, o)
			if err != nil {
				return err
			}
			return c.print("PROVED", r, r.Proved, r.RestsOn, r.Claims...)
		},
	}
	cmd.Flags().StringVar(&entry, "entry", "", "file with the entry's line (required)")
	cmd.Flags().StringVar(&anchorPath, "anchor", "", "file with the anchor proof of the checkpoint; name its --network, if it is not mainnet")
	return cmd
}
