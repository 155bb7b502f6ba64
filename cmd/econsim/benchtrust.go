package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/sim/trustbench"
)

const benchTrustHelp = `Measure on a network of real ratings how well quality tells good providers from
bad ones.

GT-blind AUC: the chance that a trusted agent has more quality than a
fraudulent one at the end of the network, without decay and with complaints
counting once, leaving out the ratings that the labels were made from.
Next-rating AUC: every 30 days from day 180 on, the chance that the ratee of a
coming good rating has more quality than the ratee of a coming bad one.

DIR holds NETWORK.csv and, for the first figure, NETWORK_labels.csv.`

// benchTrustOptions are the flags of econsim bench-trust.
type benchTrustOptions struct {
	data, network, founder string
	leastBlind, leastNext  float64
	variations, search     bool
	asJSON                 bool
}

func newBenchTrustCmd() *cobra.Command {
	var o benchTrustOptions
	cmd := &cobra.Command{
		Use:     "bench-trust --data DIR",
		Short:   "Measure reputation on a network of real ratings",
		Long:    benchTrustHelp,
		Example: "  econsim bench-trust --data data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "folder that holds the network")
	f.StringVar(&o.network, "network", "bitcoin_otc", "name of the network's file, without .csv")
	f.StringVar(&o.founder, "founder", "1", "the agent that trust starts from, with everyone it rated 5 or more")
	f.Float64Var(&o.leastBlind, "least-blind", 0, "fail where the GT-blind AUC is lower")
	f.Float64Var(&o.leastNext, "least-next", 0, "fail where the next-rating AUC is lower")
	f.BoolVar(&o.variations, "variations", false, "measure variations that are not part of the engine, too")
	f.BoolVar(&o.search, "search", false, "choose the best variation on the first half of the network's time; takes minutes")
	f.BoolVar(&o.asJSON, "json", false, "print one JSON object")
	cobra.CheckErr(cmd.MarkFlagRequired("data"))
	return cmd
}

// trustReport is what bench-trust prints.
type trustReport struct {
	Network string            `json:"network"`
	Ratings int               `json:"ratings"`
	Agents  int               `json:"agents"`
	Blind   *trustbench.Blind `json:"gt_blind,omitempty"`
	Next    []measuredMethod  `json:"next_rating"`
	// Engine and Chosen did best on the first half, among the parameters of the
	// engine and among all variations.
	Engine *measuredMethod `json:"engine_chosen_on_first_half,omitempty"`
	Chosen *measuredMethod `json:"chosen_on_first_half,omitempty"`
}

type measuredMethod struct {
	trustbench.Method
	trustbench.Next
}

func (o *benchTrustOptions) run(cmd *cobra.Command) error {
	n, err := trustbench.Load(o.data, o.network)
	if err != nil {
		return err
	}
	r := trustReport{Network: o.network, Ratings: len(n.Ratings), Agents: len(n.IDs)}
	if n.Labelled {
		blind, err := trustbench.MeasureBlind(n, trustbench.BlindMethod(), o.founder)
		if err != nil {
			return err
		}
		r.Blind = &blind
	}
	methods := trustbench.Methods()[:1]
	if o.variations || o.search {
		methods = trustbench.Methods()
	}
	if r.Next, err = o.measure(cmd, n, methods); err != nil {
		return err
	}
	if o.search {
		if r.Engine, err = o.choose(cmd, n, trustbench.Engines()); err != nil {
			return err
		}
		if r.Chosen, err = o.choose(cmd, n, trustbench.Grid()); err != nil {
			return err
		}
	}
	if err := r.print(cmd.OutOrStdout(), o.asJSON); err != nil {
		return err
	}
	return o.judge(r)
}

func (o *benchTrustOptions) measure(cmd *cobra.Command, n *trustbench.Network, methods []trustbench.Method) (out []measuredMethod, err error) {
	pace := newPace(time.Now)
	var finished atomic.Int64
	if !o.asJSON {
		defer cli.Waiting(cmd.ErrOrStderr(), func() string { return variationsText(pace, int(finished.Load()), len(methods)) })()
	}
	for _, m := range methods {
		if cmd.Context().Err() != nil {
			return nil, errors.New("stopped")
		}
		next, err := trustbench.MeasureNext(n, m, o.founder)
		if err != nil {
			return nil, err
		}
		out = append(out, measuredMethod{m, next})
		finished.Add(1)
	}
	return out, nil
}

// variationsText says how far a measurement is.
func variationsText(p *pace, done, all int) string {
	out := fmt.Sprintf("%d of %d variations", done, all)
	if left := p.left(int64(done), int64(all-done)); left != "" {
		out += ", " + left
	}
	return out
}

// choose measures a whole grid and returns the best on the first half.
func (o *benchTrustOptions) choose(cmd *cobra.Command, n *trustbench.Network, grid []trustbench.Method) (*measuredMethod, error) {
	if !o.asJSON {
		fmt.Fprintf(cmd.ErrOrStderr(), "choosing among %d variations\n", len(grid))
	}
	measured, err := o.measure(cmd, n, grid)
	if err != nil {
		return nil, err
	}
	best := measured[0]
	for _, m := range measured {
		if m.First > best.First {
			best = m
		}
	}
	return &best, nil
}

// judge fails where a figure is below what was asked.
func (o *benchTrustOptions) judge(r trustReport) error {
	if o.leastBlind > 0 && (r.Blind == nil || r.Blind.AUC < o.leastBlind) {
		return fmt.Errorf("the GT-blind AUC is below %g, or there are no labels", o.leastBlind)
	}
	if r.Next[0].AUC < o.leastNext {
		return fmt.Errorf("the next-rating AUC %.4f is below %g", r.Next[0].AUC, o.leastNext)
	}
	return nil
}

func (r trustReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	fmt.Fprintf(w, "%s: %d ratings, %d agents\n", r.Network, r.Ratings, r.Agents)
	if r.Blind != nil {
		fmt.Fprintf(w, "GT-blind AUC %.4f (%d trusted, %d fraudulent; %d ratings left out; no decay, negatives x1)\n",
			r.Blind.AUC, r.Blind.Good, r.Blind.Bad, r.Blind.Dropped)
	} else {
		fmt.Fprintln(w, "GT-blind AUC: no labels")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "next-rating AUC\tall\tfirst half\tsecond half")
	line := func(m measuredMethod, note string) {
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\n", m.Name+note, m.AUC, m.First, m.Second)
	}
	for _, m := range r.Next {
		line(m, "")
	}
	for _, m := range []*measuredMethod{r.Engine, r.Chosen} {
		if m != nil {
			line(*m, " (chosen on the first half)")
		}
	}
	return t.Flush()
}
