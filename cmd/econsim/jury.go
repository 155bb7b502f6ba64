package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/sim/jury"
	"github.com/econd/econd/voting"
)

const juryHelp = `Jury tells what it takes to win a jury of a track of a constitution: the chance of
who holds a share of the field's reputation, exactly and by draws of the ledger's own
function, the stake that such a reputation takes, and the sats at risk.

Whoever holds the share votes as one against all others, and all reveal. The chance
of a challenge is that of the last jury where who loses a round always appeals, and
that of the first where nobody does. Stake is the least share of all stake that can
have the reputation, where the others hold just what is missing of the least score;
beside more honest jurors it is more.`

// juryOptions are the flags of econsim jury.
type juryOptions struct {
	file, track string
	shares      []int64
	keys, draws int
	seed        uint64
	asJSON      bool
}

func newJury() *cobra.Command {
	var o juryOptions
	cmd := &cobra.Command{
		Use:     "jury",
		Short:   "Tell what buying a jury costs by a constitution",
		Long:    juryHelp,
		Example: "  econsim jury --track treasury --shares 5,10,20,34,40,51",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "constitution", "default", "YAML file, or default or demo: those that econd init founds with")
	f.StringVar(&o.track, "track", "treasury", "track whose disputes to look at")
	f.Int64SliceVar(&o.shares, "shares", []int64{5, 10, 20, 30, 34, 40, 51}, "shares of the field's reputation, `PERCENT` with commas")
	f.IntVar(&o.keys, "keys", 50, "keys over which each side divides its reputation in the draws, 1 to 1000")
	f.IntVar(&o.draws, "draws", 20_000, "juries drawn for each share, 0 to 1000000")
	f.Uint64Var(&o.seed, "seed", 1, "of the draws")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	return cmd
}

func (o juryOptions) run(w io.Writer) error {
	c, err := o.config()
	if errors.Is(err, errNoJuries) {
		return o.tellNone(w)
	}
	if err != nil {
		return err
	}
	r, err := jury.Price(c)
	if err != nil {
		return err
	}
	if o.asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	return o.tell(w, r)
}

// errNoJuries says that no track of a constitution has disputes.
var errNoJuries = errors.New("no track has disputes")

// tellNone answers for a constitution without juries, which is no error.
func (o juryOptions) tellNone(w io.Writer) error {
	if o.asJSON {
		return json.NewEncoder(w).Encode(map[string]any{"tracks": []string{}})
	}
	_, err := fmt.Fprintln(w, "No track of this constitution has disputes: no jury decides anything, and none can be bought.")
	return err
}

// config reads the constitution and the flags.
func (o juryOptions) config() (jury.Config, error) {
	text, err := yamlfile.Read(o.file)
	if err != nil {
		return jury.Config{}, cli.Usage(err)
	}
	raw, err := yamlfile.Parse(text)
	if err != nil {
		return jury.Config{}, cli.Usage(err)
	}
	rules, err := constitution.Decode(raw)
	if err != nil {
		return jury.Config{}, cli.Usage(err)
	}
	c := jury.Config{JurorBondSat: rules.Disputes.JurorBondSat, ReceiptMinSat: rules.Receipts.MinSat, Keys: o.keys, Draws: o.draws, Seed: o.seed}
	for _, percent := range o.shares {
		if percent < 0 || percent > 100 {
			return jury.Config{}, cli.Usagef("--shares: is %d, must be between 0 and 100", percent)
		}
		c.SharesPPM = append(c.SharesPPM, percent*voting.PPM/100)
	}
	var names []string
	for i := range rules.Tracks {
		t := &rules.Tracks[i]
		if t.Dispute == nil {
			continue
		}
		if t.Name == o.track {
			c.Rule = *t.Dispute
			return c, nil
		}
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return jury.Config{}, errNoJuries
	}
	return jury.Config{}, cli.Usagef("--track: no track %q has disputes; these have: %s", o.track, strings.Join(names, ", "))
}

// tell writes the result for people.
func (o juryOptions) tell(w io.Writer, r jury.Result) error {
	fmt.Fprintf(w, "track %s, seats %s, %d draws of seed %d, each side in %d keys\n", o.track, r.Seats, r.Draws, r.Seed, r.Keys)
	fmt.Fprintf(w, "field: at least %d candidates (%d sat of bonds, %d sat of receipts to oneself) with %s %% of all trust;\n",
		r.FieldCandidates, r.FieldBondsSat, r.ReceiptsSat, percent(r.LeastScorePPM))
	fmt.Fprintf(w, "who alone is the field has at least %s %% of all stake\n", percent(r.AloneStakePPM))
	fmt.Fprintf(w, "locked: %d sat for the challenge, %d for appeals; a decision stands still for %d s at most\n\n", r.ChallengeSat, r.AppealsSat, r.LongestS)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "share\tstake")
	if len(r.Rows) > 0 {
		for _, j := range r.Rows[0].Juries {
			fmt.Fprintf(tw, "\t%d seats\tdrawn", j.Seats)
		}
	}
	fmt.Fprint(tw, "\tloss a try\teven after\n")
	for _, row := range r.Rows {
		fmt.Fprintf(tw, "%s %%\t%s %%", percent(row.SharePPM), percent(row.StakePPM))
		for _, j := range row.Juries {
			fmt.Fprintf(tw, "\t%s %%\t%s %%", percent(j.ExactPPM), percent(j.DrawnPPM))
		}
		even := "never"
		if row.EvenTries > 0 {
			even = fmt.Sprint(row.EvenTries)
		}
		fmt.Fprintf(tw, "\t%d sat\t%s\n", row.LossSat, even)
	}
	return tw.Flush()
}

// percent writes parts per million in percent, with two digits, rounded down.
func percent(ppm int64) string { return fmt.Sprintf("%d.%02d", ppm/10_000, ppm/100%100) }
