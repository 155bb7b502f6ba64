package main

import (
	"context"
	"encoding/csv"
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
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

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
  provenance.json         version, resolved scenario, hashes of the files
  cells/                  finished cells; an interrupted run resumes from them

The results do not depend on --workers. After Ctrl-C the tables hold the
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
	show := newCellProgress(cmd.ErrOrStderr())
	p, err := sim.RunSweep(cmd.Context(), s, sim.Options{Dir: o.out, Workers: o.workers, Progress: show.at})
	show.finish()
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

// tell sums the results up for people.
func (o runOptions) tell(w io.Writer, p *sim.Provenance) error {
	fmt.Fprintf(w, "%d runs in %d of %d cells; event signatures %s\n", p.Runs, p.CellsDone, p.Cells, p.EventSignatures)
	for _, f := range p.Files {
		fmt.Fprintf(w, "%s  %s\n", f.SHA256, filepath.Join(o.out, f.Name))
		if f.Name != "flip.csv" {
			continue
		}
		if err := printTable(w, filepath.Join(o.out, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

// printTable shows a small CSV file in columns.
func printTable(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		for i := range line {
			if line[i] == "" {
				line[i] = "never"
			}
		}
		fmt.Fprintln(tw, strings.Join(line, "\t"))
	}
	return tw.Flush()
}

// cellProgress shows finished cells: a bar on a terminal, a line every few
// seconds anywhere else.
type cellProgress struct {
	w    io.Writer
	bar  *progressbar.ProgressBar
	tty  bool
	last time.Time
}

func newCellProgress(w io.Writer) *cellProgress {
	f, ok := w.(*os.File)
	return &cellProgress{w: w, tty: ok && term.IsTerminal(int(f.Fd())), last: time.Now()}
}

func (c *cellProgress) at(done, total int) {
	const pause = 5 * time.Second
	switch {
	case c.tty:
		if c.bar == nil {
			c.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(c.w), progressbar.OptionSetDescription("cells"),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		}
		_ = c.bar.Set(done)
	case time.Since(c.last) >= pause:
		c.last = time.Now()
		fmt.Fprintf(c.w, "%d of %d cells\n", done, total)
	}
}

func (c *cellProgress) finish() {
	if c.bar != nil {
		_ = c.bar.Clear()
	}
}
