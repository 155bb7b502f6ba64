package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newReport(a *app) *cobra.Command {
	var proposal, measured string
	c := long(submits(a, "report METRIC=VALUE... [--proposal ID]", "State figures of a proposal's evaluation, or of the economy", op.KindReport,
		func(list []string) (any, error) { return reportContent(list, proposal, measured) }),
		"State values of metrics in their units, as one of the reporters. With --proposal,",
		"of a proposal that is being evaluated, in place of what you stated before;",
		"without, of metrics that the constitution names: econctl figures.")
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
	return cli.Group("rule", "Show the rules that open proposals by themselves",
		reading(a, "list", "List the rules that open proposals by themselves", func(ctx context.Context, _ []string) error {
			return shownList(ctx, a, a.reads().Rules(), 0, table[view.Rule]{"RULE\tSTATE\tFIRED\tWHEN", ruleRow})
		}),
		shows(a, "show RULE", "Show a rule and when it fired", word, (*client.Client).Rule, nil))
}

func ruleRow(r view.Rule) string {
	state := "armed"
	if !r.Armed {
		state = "fired, not armed yet"
	}
	row := cells(r.Name, state, fmt.Sprintf("%d times", len(r.Fired)), r.When)
	if r.Trouble != "" {
		row += "\n" + oneLine(r.Trouble)
	}
	return row
}

func newFigures(a *app) *cobra.Command {
	return reading(a, "figures [METRIC]", "Show the metrics of the economy, or the figures of one, the latest first",
		func(ctx context.Context, list []string) error {
			if len(list) == 0 {
				return shownList(ctx, a, a.reads().Metrics(), 0, table[view.Metric]{"METRIC\tUNIT\tREPORTS FOR THE NEXT\t" + figureHeads, metricRow})
			}
			return shownList(ctx, a, a.reads().Figures(list[0]), 0, table[view.Figure]{figureHeads, figureRow})
		})
}

const figureHeads = "TIME\tVALUE\tOF REPORTS"

func figureRow(f view.Figure) string {
	return cells(time.UnixMilli(f.TimeMs).UTC().Format(time.RFC3339), f.Value, f.Reports)
}

func metricRow(m view.Metric) string {
	last := "none yet"
	if m.Last != nil {
		last = figureRow(*m.Last)
	}
	return cells(m.Name, m.Unit, fmt.Sprintf("%d of %d", len(m.Waiting), m.Least)) + "\t" + last
}
