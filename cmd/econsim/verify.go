package main

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/sim"
)

const verifyHelp = `Check the results of econsim run, without trusting whoever made them.

The files must have the hashes of provenance.json, every table must follow from
runs.csv, byte for byte, and a sample of cells is run again from the scenario in
provenance.json: every column of every row, the hash of the ledger's log
included, must come out the same.`

func newVerifyCmd() *cobra.Command {
	var sample int
	var seed uint64
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "verify DIR",
		Short:   "Check results and run a sample of their cells again",
		Long:    verifyHelp,
		Example: "  econsim verify whale --cells 5",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if sample < 1 {
				return cli.Usagef("--cells: is %d, must be at least 1", sample)
			}
			var doing atomic.Value
			stop := func() {}
			if !asJSON {
				doing.Store("checking")
				stop = cli.Waiting(cmd.ErrOrStderr(), func() string { return doing.Load().(string) })
			}
			v, err := sim.Verify(cmd.Context(), args[0], sample, seed, func(what string) { doing.Store(what) })
			stop()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(v)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "ok: %d files and %d runs are as recorded; cells %v came out the same again\n", v.Files, v.Runs, v.Cells)
			if !v.Complete {
				fmt.Fprintln(w, "the sweep was not finished: only what it finished was checked")
			}
			if v.Version != v.RecordedBy {
				fmt.Fprintf(w, "made by version %s, checked by %s\n", v.RecordedBy, v.Version)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&sample, "cells", 3, "how many cells to run again; more than there are means all")
	cmd.Flags().Uint64Var(&seed, "sample-seed", 0, "draws another sample of cells")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was checked as JSON")
	return cmd
}
