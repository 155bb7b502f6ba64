package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/template"
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

func newRenew(a *app) *cobra.Command {
	var pay bool
	c := &cobra.Command{
		Use:   "renew HOLD",
		Short: "Ask for the next hold of a stake, collateral or bond; with --pay lock it at once",
		Long: "Ask for the next hold of one of your stakes, collaterals or bonds, before its HTLC ends.\n" +
			"Once the new one is locked the old one is cancelled, in the same entry. To have it\n" +
			"done for you: econctl stake keep.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("HOLD", list[0])
			if err != nil {
				return err
			}
			d, err := a.submit(c.Context(), op.KindRenew, op.Renew{Hold: id})
			if err != nil {
				return err
			}
			return a.reportHold(c.Context(), d, pay, 0)
		},
	}
	c.Flags().BoolVar(&pay, "pay", false, "pay the hold invoice through your LND")
	return c
}

func newRule(a *app) *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List the rules that open proposals by themselves",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return showList(a, c, "/v1/rules", nil, 0, "RULE\tSTATE\tFIRED\tWHEN", ruleRow)
		},
	}
	show := &cobra.Command{
		Use:   "show RULE",
		Short: "Show a rule and when it fired",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			return a.showRaw(c, "/v1/rules/"+url.PathEscape(list[0]))
		},
	}
	return cli.Group("rule", "Show the rules that open proposals by themselves", readsState(a, list), readsState(a, show))
}

type ruleShown struct {
	Name    string            `json:"name"`
	When    string            `json:"when"`
	Armed   bool              `json:"armed"`
	Fired   []json.RawMessage `json:"fired"`
	Trouble string            `json:"trouble"`
}

func ruleRow(r ruleShown) string {
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
	return readsState(a, &cobra.Command{
		Use:   "figures [METRIC]",
		Short: "Show the metrics of the economy, or the figures of one, the latest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if len(list) == 0 {
				return showList(a, c, "/v1/figures", nil, 0, "METRIC\tUNIT\tREPORTS FOR THE NEXT\t"+figureHeads, metricRow)
			}
			return showList(a, c, "/v1/figures/"+url.PathEscape(list[0]), nil, 0, figureHeads, figureRow)
		},
	})
}

type figureShown struct {
	TimeMs  int64 `json:"time_ms"`
	Value   int64 `json:"value"`
	Reports int64 `json:"reports"`
}

const figureHeads = "TIME\tVALUE\tOF REPORTS"

func figureRow(f figureShown) string {
	return fmt.Sprintf("%s\t%d\t%d", time.UnixMilli(f.TimeMs).UTC().Format(time.RFC3339), f.Value, f.Reports)
}

type metricShown struct {
	Name    string            `json:"name"`
	Unit    string            `json:"unit"`
	Least   int64             `json:"least_reports"`
	Last    *figureShown      `json:"last"`
	Waiting []json.RawMessage `json:"waiting"`
}

func metricRow(m metricShown) string {
	last := "none yet"
	if m.Last != nil {
		last = figureRow(*m.Last)
	}
	return fmt.Sprintf("%s\t%s\t%d of %d\t%s", oneLine(m.Name), oneLine(m.Unit), len(m.Waiting), m.Least, last)
}

// proposalNew works offline: it prints a filled-in template, or checks one.
func proposalNew(a *app) *cobra.Command {
	var name, check string
	c := &cobra.Command{
		Use:   "new --template NAME [--check FILE]",
		Short: "Print the terms of a marketplace template, filled in, or check yours offline",
		Long: "Print an example of a template's terms, to be changed and sent by\n" +
			"econctl propose --template NAME --terms @FILE; with --check, tell whether FILE is\n" +
			"what econd accepts. Templates: " + strings.Join(template.Names(), ", ") + ".",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !template.Known(name) {
				return cli.Usagef("--template: must be one of %s", strings.Join(template.Names(), ", "))
			}
			if check == "" {
				return a.printTerms(template.Example(name))
			}
			raw, err := a.readFile(check)
			if err != nil {
				return err
			}
			if err := template.Check(name, "terms", raw); err != nil {
				return err
			}
			return a.print(map[string]any{"template": name, "ok": true}, "terms of "+name+" are complete\n")
		},
	}
	c.Flags().StringVar(&name, "template", "", "which one")
	c.Flags().StringVar(&check, "check", "", "check these terms instead; - for the standard input")
	return c
}

func (a *app) printTerms(raw []byte) error {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("example: %w", err)
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("example: %w", err)
	}
	return a.print(json.RawMessage(raw), string(text)+"\n")
}

// betAndTerms adds what --evaluation, --template and --terms say to a proposal.
func (a *app) betAndTerms(p *op.Propose, f proposeFlags) error {
	if (f.template == "") != (f.terms == "") {
		return cli.Usagef("--template and --terms go together; `econctl proposal new --template NAME` prints an example")
	}
	if f.template != "" {
		raw, err := a.readArg(f.terms)
		if err != nil {
			return err
		}
		if err := template.Check(f.template, "terms", raw); err != nil {
			return cli.Usagef("%v", err)
		}
		p.Template, p.Terms = f.template, op.Raw(raw)
	}
	if f.evaluation == "" {
		return nil
	}
	raw, err := a.readArg(f.evaluation)
	if err != nil {
		return err
	}
	p.Evaluation = new(op.Evaluation)
	if err := op.Unmarshal(raw, "evaluation", p.Evaluation); err != nil {
		return cli.Usagef("%v", err)
	}
	return nil
}
