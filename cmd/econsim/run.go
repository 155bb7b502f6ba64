package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/sim"
)

const runHelp = `Run every cell of a scenario through the ledger and write the results.

The directory gets
  runs.csv, runs.parquet  one row for each run, with all parameters
  summary.csv             mean, 95 % intervals and quantiles by cell and metric
  flip.csv                sats for an even chance to win the attacked vote, if
                          the scenario sweeps attack.budget_sat
  series.csv, .parquet    how weight is spread at the end of every step
  report.html             headline, charts and cells on one page by itself
  plot-*.svg, plot-*.png  the charts
  provenance.json         version, headline, resolved scenario, hashes of the files
  cells/                  finished cells; an interrupted run resumes from them

Figures about votes are over the runs in which there was one; the others are
counted, with the reason in column unopened_by. econsim schema lists every key of
a scenario; docs/simulations tells what agents do.

Every random number follows from the scenario's seed: the same file gives the same
results, with any number of --workers. After Ctrl-C the tables hold the
finished cells; the same command goes on where it stopped.`

// runOptions are the flags of econsim run.
type runOptions struct {
	out     string
	workers int
	check   bool
	asJSON  bool
}

func newRunCmd() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run SCENARIO.yaml --out DIR",
		Short:   "Run a scenario and its sweep through the ledger",
		Long:    runHelp,
		Example: "  econsim run docs/simulations/whale.yaml --out whale",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "out", "", "directory for the results; created if missing")
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "cells run at the same time, 1 to 1024")
	f.BoolVar(&o.check, "check", false, "check the scenario and list its cells, run nothing")
	f.BoolVar(&o.asJSON, "json", false, "print the provenance as JSON at the end")
	return cmd
}

func (o runOptions) run(cmd *cobra.Command, file string) error {
	if o.workers < 1 || o.workers > 1024 {
		return cli.Usagef("--workers: is %d, must be between 1 and 1024", o.workers)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s, err := sim.Load(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if o.check {
		return listCells(cmd.OutOrStdout(), s)
	}
	if o.out == "" {
		return cli.Usagef("--out: name a directory for the results")
	}
	if err := o.limitMemory(s); err != nil {
		return err
	}
	options := sim.Options{Dir: o.out, Workers: o.workers}
	finish := func() {}
	if !o.asJSON {
		show := newCellProgress(cmd.ErrOrStderr())
		options.Progress, finish = show.at, show.finish
	}
	p, err := sim.RunSweep(cmd.Context(), s, options)
	finish()
	if p == nil {
		return err
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if o.asJSON {
		if err := json.NewEncoder(cmd.OutOrStdout()).Encode(p); err != nil {
			return err
		}
	} else if err := o.tell(cmd.OutOrStdout(), p); err != nil {
		return err
	}
	if !p.Complete {
		return fmt.Errorf("interrupted after %d of %d cells; the same command goes on from there", p.CellsDone, p.Cells)
	}
	return nil
}

// limitMemory asks the collector to stay within what the sweep was estimated to
// take, rather than let garbage grow to as much again. A limit that the user
// set goes before.
func (o runOptions) limitMemory(s *sim.Scenario) error {
	const least = 1 << 30
	cells, err := s.Cells()
	if err != nil || os.Getenv("GOMEMLIMIT") != "" {
		return err
	}
	need, err := s.MemoryBytes(cells, o.workers)
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(max(least, need))
	return nil
}

// listCells says what a run would do.
func listCells(w io.Writer, s *sim.Scenario) error {
	cells, err := s.Cells()
	if err != nil {
		return err
	}
	for _, c := range cells {
		if _, err := fmt.Fprintln(w, strings.TrimSpace(fmt.Sprintf("cell %d: %s", c.Index, c.Label()))); err != nil {
			return err
		}
	}
	runs, most := int64(len(cells))*s.Replicates.Min, int64(len(cells))*s.Replicates.Max
	if most > runs {
		_, err = fmt.Fprintf(w, "%d cells, %d to %d runs\n", len(cells), runs, most)
		return err
	}
	_, err = fmt.Fprintf(w, "%d cells, %d runs\n", len(cells), runs)
	return err
}

// tell sums the results up for people: the headline first, and what it leaves
// out.
func (o runOptions) tell(w io.Writer, p *sim.Provenance) error {
	fmt.Fprintf(w, "%d runs in %d of %d cells; event signatures %s\n", p.Runs, p.CellsDone, p.Cells, p.EventSignatures)
	for _, warning := range p.Warnings() {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	if p.Modified {
		fmt.Fprintf(w, "warning: this econsim, %s, was built from changed files: nobody else can make these results again\n", p.Version)
	}
	if len(p.Headline) > 0 {
		fmt.Fprintf(w, "\n%s (95 %% interval):\n", sim.HeadlineTitle)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, a := range p.Headline {
			fmt.Fprintf(tw, "  %s\t%s\t%s\n", cmp.Or(a.Rules, "as given"), a.Text, a.Opened())
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%d files in %s, their hashes in provenance.json; start with %s\n",
		len(p.Files)+1, o.out, filepath.Join(o.out, sim.ReportFile))
	return err
}
