package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/template"
)

type proposeFlags struct {
	track, title, textFile string
	actions, options       []string
	pay                    bool

	evaluation, template, terms string
}

func newPropose(a *app) *cobra.Command {
	var f proposeFlags
	c := command("propose --track TRACK --title TITLE [--text-file FILE] [--action JSON]... [--option TEXT]...",
		"Open a proposal; with --pay lock its collateral at once",
		func(ctx context.Context, _ []string) error { return a.propose(ctx, f) })
	c.Flags().StringVar(&f.track, "track", "", "`TRACK` whose rules apply; econctl constitution show lists them")
	c.Flags().StringVar(&f.title, "title", "", "1 to 200 bytes")
	c.Flags().StringVar(&f.textFile, "text-file", "", "`FILE` with Markdown, at most 16 KiB; - for the standard input")
	c.Flags().StringArrayVar(&f.actions, "action", nil, "what is executed, one `JSON` object; @FILE for a file; may be repeated")
	c.Flags().StringArrayVar(&f.options, "option", nil, "`TEXT` of what the vote chooses between, on tracks that count options; ballots number them from 1; may be repeated")
	c.Flags().StringVar(&f.evaluation, "evaluation", "", "how its effect is measured and rewarded, one JSON object; @FILE for a file")
	c.Flags().StringVar(&f.template, "template", "", "marketplace template that --terms fills in")
	c.Flags().StringVar(&f.terms, "terms", "", "terms of the template, one JSON object; @FILE for a file")
	payFlag(c, &f.pay, "pay the collateral's hold invoice through your LND")
	return needs(c, "track", "title")
}

func (a *app) propose(ctx context.Context, f proposeFlags) error {
	if f.title == "" || len(f.title) > 200 {
		return cli.Usagef("title: must have 1 to 200 bytes, and has %d", len(f.title))
	}
	p := op.Propose{Track: f.track, Title: f.title, Actions: []op.Raw{}, Options: f.options}
	if f.textFile != "" {
		text, err := a.readFile(f.textFile)
		if err != nil {
			return err
		}
		p.Text = string(text)
	}
	for i, arg := range f.actions {
		data, err := a.readArg(arg)
		if err != nil {
			return err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(data, &object); err != nil {
			return cli.Usagef("action %d: must be one JSON object: %v", i+1, err)
		}
		p.Actions = append(p.Actions, op.Raw(data))
	}
	if err := a.betAndTerms(&p, f); err != nil {
		return err
	}
	return a.submitHold(ctx, op.KindPropose, p, f.pay)
}

// proposalNew works offline: it prints a filled-in template, or checks one.
func proposalNew(a *app) *cobra.Command {
	var name, check string
	c := long(command("new --template NAME [--check FILE]", "Print the terms of a marketplace template, filled in, or check yours offline", func(context.Context, []string) error {
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
	}),
		"Print an example of a template's terms, to be changed and sent by",
		"econctl propose --template NAME --terms @FILE; with --check, tell whether FILE is",
		"what econd accepts. Templates: "+strings.Join(template.Names(), ", ")+".")
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
