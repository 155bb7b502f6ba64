package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newReport(a *app) *cobra.Command {
	var proposal, measured string
	c := &cobra.Command{
		Use:   "report METRIC=VALUE... [--proposal ID]",
		Short: "State figures of a proposal's evaluation, or of the economy",
		Long: "State values of metrics in their units, as one of the reporters. With --proposal,\n" +
			"of a proposal that is being evaluated, in place of what you stated before;\n" +
			"without, of metrics that the constitution names: econctl figures.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			r, err := reportContent(list, proposal, measured)
			if err != nil {
				return err
			}
			return a.submitAndPrint(c.Context(), op.KindReport, r)
		},
	}
	c.Flags().StringVar(&proposal, "proposal", "", "the proposal that is being evaluated")
	c.Flags().StringVar(&measured, "measured", "", "until when it was measured, as 2026-11-21T12:00:00Z (default now)")
	return c
}

func reportContent(list []string, proposal, measured string) (op.Report, error) {
	r := op.Report{MeasuredMs: time.Now().UnixMilli()}
	if proposal != "" {
		id, err := parseID("--proposal", proposal)
		if err != nil {
			return r, err
		}
		r.Proposal = id
	}
	if measured != "" {
		at, err := time.Parse(time.RFC3339, measured)
		if err != nil {
			return r, cli.Usagef("--measured: must be a time such as 2026-11-21T12:00:00Z")
		}
		r.MeasuredMs = at.UnixMilli()
	}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		n, err := strconv.ParseInt(value, 10, 64)
		if !ok || name == "" || err != nil || n > op.MaxInteger || n < -op.MaxInteger {
			return r, cli.Usagef("%q: must be METRIC=VALUE with a whole number, in the metric's unit", text)
		}
		r.Values = append(r.Values, op.ReportedValue{Metric: name, Value: n})
	}
	return r, nil
}

func newRule(a *app) *cobra.Command {
	list := reading(a, "list", "List the rules that open proposals by themselves", cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return shownList(ctx, a, a.reads().Rules(), 0, "RULE\tSTATE\tFIRED\tWHEN", ruleRow)
	})
	show := reading(a, "show RULE", "Show a rule and when it fired", cobra.ExactArgs(1), func(ctx context.Context, list []string) error {
		return shownWhole(ctx, a, a.reads().Rule(list[0]))
	})
	return cli.Group("rule", "Show the rules that open proposals by themselves", list, show)
}

func ruleRow(r view.Rule) string {
	state := "armed"
	if !r.Armed {
		state = "fired, not armed yet"
	}
	text := fmt.Sprintf("%s\t%s\t%d times\t%s", oneLine(r.Name), state, len(r.Fired), oneLine(r.When))
	if r.Trouble != "" {
		text += "\n" + oneLine(r.Trouble)
	}
	return text
}

func newFigures(a *app) *cobra.Command {
	return reading(a, "figures [METRIC]", "Show the metrics of the economy, or the figures of one, the latest first", cobra.MaximumNArgs(1),
		func(ctx context.Context, list []string) error {
			if len(list) == 0 {
				return shownList(ctx, a, a.reads().Metrics(), 0, "METRIC\tUNIT\tREPORTS FOR THE NEXT\t"+figureHeads, metricRow)
			}
			return shownList(ctx, a, a.reads().Figures(list[0]), 0, figureHeads, figureRow)
		})
}

const figureHeads = "TIME\tVALUE\tOF REPORTS"

func figureRow(f view.Figure) string {
	return fmt.Sprintf("%s\t%d\t%d", time.UnixMilli(f.TimeMs).UTC().Format(time.RFC3339), f.Value, f.Reports)
}

func metricRow(m view.Metric) string {
	last := "none yet"
	if m.Last != nil {
		last = figureRow(*m.Last)
	}
	return fmt.Sprintf("%s\t%s\t%d of %d\t%s", oneLine(m.Name), oneLine(m.Unit), len(m.Waiting), m.Least, last)
}
