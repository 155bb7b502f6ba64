package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/sim/trustcsv"
	"github.com/econd/econd/reputation"
)

const reputationHelp = `Score every provider in a file of rated payments.

The file is CSV with the columns consumer,provider,sats,rating,time; a heading
is optional, and so are the sats (1 where there are none). Ratings go from -10
to 10 and count by their sign. Times are Unix seconds and may have a fraction.
Several rows of one consumer, provider and UTC day are one receipt: the sats
add up, the latest rating stands. They are added up while the file is read, so
memory grows with these receipts, by at most 60 bytes for each, not with the file.

The seeds share the pre-trust evenly. Out comes, for every agent that got a
receipt by then, provider,quality,score,flow,positive,negative. Quality tells
whom to buy from, score is a weight for votes.`

const reputationExample = `  econsim reputation --receipts ratings.csv --seeds 1,7 --at 1420070400 --out scores.csv
  econsim reputation --receipts ratings.csv --seeds seeds.txt --half-life-positive 0 --half-life-negative 0 --negatives 1 --out -`

// reputationOptions are the flags of econsim reputation.
type reputationOptions struct {
	receipts, seeds, at, out, tau string
	params                        reputation.Params
	skipBad                       bool
	workers                       int
}

func newReputationCmd() *cobra.Command {
	o := reputationOptions{params: reputation.DefaultParams()}
	cmd := &cobra.Command{
		Use:     "reputation --receipts FILE.csv --seeds FILE|ID,ID --out scores.csv",
		Short:   "Score the providers in a file of rated payments",
		Long:    reputationHelp,
		Example: reputationExample,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.receipts, "receipts", "", "CSV of rated payments, or - for standard input")
	f.StringVar(&o.seeds, "seeds", "", "agents that trust starts from: a file with one id per line, or ids with commas between")
	f.StringVar(&o.at, "at", "", "Unix time to score at; later receipts are ignored (default: the latest receipt's)")
	f.StringVar(&o.out, "out", "", "where to write the scores, or - for standard output")
	f.Int64Var(&o.params.HalfLifePositiveDays, "half-life-positive", o.params.HalfLifePositiveDays, "days in which praise fades to a half: "+halfLives())
	f.Int64Var(&o.params.FullDayConsumers, "full-day-consumers", o.params.FullDayConsumers, "consumers from whom on a day counts as a whole one for the age of receipts; 0: every day does")
	f.Int64Var(&o.params.HalfLifeNegativeDays, "half-life-negative", o.params.HalfLifeNegativeDays, "days in which complaints fade to a half, as above")
	f.Int64Var(&o.params.NegativeWeight, "negatives", o.params.NegativeWeight, "how many positive receipts one complaint outweighs, 0 to 1000")
	f.StringVar(&o.tau, "tau", "1/8192", "share of all trust at which a consumer's praise counts half: 1/N, or in units of 2^-60")
	f.BoolVar(&o.skipBad, "skip-bad", false, "list and count malformed rows instead of stopping at the first")
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "threads; the scores do not depend on it")
	for _, name := range []string{"receipts", "seeds", "out"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return cmd
}

func halfLives() string {
	var days []string
	for _, h := range reputation.HalfLives() {
		days = append(days, strconv.FormatInt(h, 10))
	}
	return strings.Join(days, ", ") + " (0: never)"
}

func (o *reputationOptions) run(cmd *cobra.Command) error {
	var err error
	if o.params.Tau, err = parseTau(o.tau); err != nil {
		return err
	}
	if err := o.params.Validate(); err != nil {
		return err
	}
	cutoff := int64(-1)
	if o.at != "" {
		var ok bool
		if cutoff, ok = trustcsv.ParseTime(o.at); !ok {
			return cli.Usagef("--at is %q, want Unix seconds, with or without a fraction", o.at)
		}
	}
	// Receipts are one large slice that lives to the end: a collector that
	// waits for as much garbage again would double the memory for nothing.
	const collectAtPercent = 10
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(collectAtPercent))
	}
	h, err := trustcsv.NewHistory(o.params)
	if err != nil {
		return err
	}
	counts, err := o.load(cmd, h, cutoff)
	if err != nil {
		return err
	}
	if cutoff < 0 {
		cutoff = h.LatestMicros()
	}
	seeds, err := readSeeds(o.seeds, h)
	if err != nil {
		return err
	}
	warnUnknown(cmd.ErrOrStderr(), seeds, h)
	agents := h.Agents()
	scores, err := h.Score(cutoff, seeds, o.workers)
	if err != nil {
		return err
	}
	if err := writeScores(o.out, cmd.OutOrStdout(), scores); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rows: %d counted, %d later than --at, %d malformed; %d agents, %d providers scored\n",
		counts.rows, counts.counted, counts.later, counts.bad, agents, len(scores))
	return nil
}

// rowCounts says what became of the rows.
type rowCounts struct{ rows, counted, later, bad int }

// load streams the receipts into the history.
func (o *reputationOptions) load(cmd *cobra.Command, h *trustcsv.History, cutoff int64) (n rowCounts, err error) {
	in, size, err := openInput(o.receipts, cmd.InOrStdin())
	if err != nil {
		return n, err
	}
	defer in.Close()
	rows := trustcsv.NewReader(o.receipts, in)
	show := newRowProgress(cmd.ErrOrStderr(), size)
	defer show.done()
	for {
		if n.rows%(1<<14) == 0 {
			show.at(rows.BytesRead(), n.rows)
			if err := cmd.Context().Err(); err != nil {
				return n, fmt.Errorf("stopped after %d rows; nothing was written", n.rows)
			}
		}
		row, err := rows.Next()
		if err == io.EOF {
			return n, nil
		}
		n.rows++
		if bad := new(trustcsv.RowError); errors.As(err, &bad) {
			if !o.skipBad {
				return n, fmt.Errorf("%w; correct it, or pass --skip-bad", err)
			}
			n.bad++
			show.say(err.Error())
			continue
		}
		if err != nil {
			return n, err
		}
		if cutoff >= 0 && row.TimeMicros > cutoff {
			n.later++
			continue
		}
		if err := h.Add(row); err != nil {
			return n, fmt.Errorf("%s: row %d: %w", o.receipts, n.rows, err)
		}
		n.counted++
	}
}

// openInput opens a file or standard input; size is -1 where it is not known.
func openInput(name string, stdin io.Reader) (in io.ReadCloser, size int64, err error) {
	if name == "-" {
		return io.NopCloser(stdin), -1, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("--receipts: %w", err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, info.Size(), nil
}

// parseTau reads 1/N or a number of units of 2^-60.
func parseTau(s string) (uint64, error) {
	divisor, isShare := strings.CutPrefix(s, "1/")
	n, err := strconv.ParseUint(divisor, 10, 64)
	if err != nil || isShare && n == 0 || !isShare && n > reputation.FlowOne {
		return 0, cli.Usagef("--tau is %q, want 1/N with N from 1, or 0 to 2^60", s)
	}
	if isShare {
		return reputation.FlowOne / n, nil
	}
	return n, nil
}

// readSeeds reads the ids from a file, if there is one of that name, or from
// the flag itself.
func readSeeds(arg string, h *trustcsv.History) ([]string, error) {
	f, err := os.Open(arg)
	if errors.Is(err, os.ErrNotExist) {
		seeds := splitIDs(arg)
		if len(seeds) == 1 && strings.ContainsAny(arg, "./") && !h.Knows(arg) {
			return nil, cli.Usagef("--seeds: there is neither a file nor an agent %q", arg)
		}
		return nonEmpty(seeds, arg)
	}
	if err != nil {
		return nil, cli.Usagef("--seeds: %w", err)
	}
	defer f.Close()
	var seeds []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		seeds = append(seeds, splitIDs(lines.Text())...)
	}
	if err := lines.Err(); err != nil {
		return nil, cli.Usagef("--seeds: %s: %w", arg, err)
	}
	return nonEmpty(seeds, arg)
}

func splitIDs(s string) (ids []string) {
	for id := range strings.SplitSeq(s, ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func nonEmpty(seeds []string, arg string) ([]string, error) {
	if len(seeds) == 0 {
		return nil, cli.Usagef("--seeds: no id in %q; without a seed nobody is trusted and all scores are zero", arg)
	}
	return seeds, nil
}

func warnUnknown(w io.Writer, seeds []string, h *trustcsv.History) {
	var unknown []string
	for _, id := range seeds {
		if !h.Knows(id) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		fmt.Fprintf(w, "warning: %d of %d seeds occur in no receipt, but hold their share of the pre-trust: %s\n",
			len(unknown), len(seeds), strings.Join(unknown[:min(len(unknown), 10)], ", "))
	}
}

// writeScores writes to a file, which appears only when it is complete, or to
// standard output.
func writeScores(name string, stdout io.Writer, scores []trustcsv.Score) error {
	if name == "-" {
		return trustcsv.Write(stdout, scores)
	}
	f, err := atomicfile.Open(name)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer f.Abandon()
	if err := errors.Join(trustcsv.Write(f, scores), f.Chmod(0o644)); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := f.Replace(); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}
