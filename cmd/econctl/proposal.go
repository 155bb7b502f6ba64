package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

type proposeFlags struct {
	track, title, textFile string
	actions, options       []string
	pay                    bool

	evaluation, template, terms string
}

func newPropose(a *app) *cobra.Command {
	var f proposeFlags
	c := &cobra.Command{
		Use:   "propose --track TRACK --title TITLE [--text-file FILE] [--action JSON]... [--option TEXT]...",
		Short: "Open a proposal; with --pay lock its collateral at once",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.propose(c.Context(), f) },
	}
	c.Flags().StringVar(&f.track, "track", "", "`TRACK` whose rules apply; econctl constitution show lists them")
	c.Flags().StringVar(&f.title, "title", "", "1 to 200 bytes")
	c.Flags().StringVar(&f.textFile, "text-file", "", "`FILE` with Markdown, at most 16 KiB; - for the standard input")
	c.Flags().StringArrayVar(&f.actions, "action", nil, "what is executed, one `JSON` object; @FILE for a file; may be repeated")
	c.Flags().StringArrayVar(&f.options, "option", nil, "`TEXT` of what the vote chooses between, on tracks that count options; ballots number them from 1; may be repeated")
	c.Flags().StringVar(&f.evaluation, "evaluation", "", "how its effect is measured and rewarded, one JSON object; @FILE for a file")
	c.Flags().StringVar(&f.template, "template", "", "marketplace template that --terms fills in")
	c.Flags().StringVar(&f.terms, "terms", "", "terms of the template, one JSON object; @FILE for a file")
	c.Flags().BoolVar(&f.pay, "pay", false, "pay the collateral's hold invoice through your LND")
	_ = c.MarkFlagRequired("track")
	_ = c.MarkFlagRequired("title")
	return c
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
	d, err := a.submit(ctx, op.KindPropose, p)
	if err != nil {
		return err
	}
	return a.reportHold(ctx, d, f.pay, 0)
}

func newVote(a *app) *cobra.Command {
	var ballot string
	c := &cobra.Command{
		Use:   "vote PROPOSAL (for|against|abstain | --ballot JSON)",
		Short: "Vote; a later vote replaces an earlier one",
		Long: "Vote; a later vote replaces an earlier one.\n\n" +
			"Tracks that do not count single choices take a filled-in ballot: an array of\n" +
			"option numbers, such as '[2,1]', or an object from number to share, such as\n" +
			"'{\"1\":\"0.7\",\"2\":\"0.3\"}'. docs/operations.md says which.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			content, err := a.ballot(id, list[1:], ballot)
			if err != nil {
				return err
			}
			return a.submitAndPrint(c.Context(), op.KindVote, content)
		},
	}
	c.Flags().StringVar(&ballot, "ballot", "", "filled-in ballot, JSON; @FILE for a file")
	return c
}

// ballot puts a vote together from the choice, if one is given, and the filled-in
// ballot, if there is one.
func (a *app) ballot(id op.ID, choice []string, filled string) (op.Vote, error) {
	v := op.Vote{Proposal: id, Choice: "ballot"}
	if len(choice) == 1 {
		v.Choice = choice[0]
	}
	switch {
	case filled == "" && len(choice) == 0:
		return v, cli.Usagef("choice: must be for, against or abstain, or give --ballot")
	case !slices.Contains([]string{"for", "against", "abstain", "ballot"}, v.Choice):
		return v, cli.Usagef("choice: must be for, against or abstain")
	case (v.Choice == "ballot") != (filled != ""):
		return v, cli.Usagef("the choice ballot and --ballot go together, without another choice")
	case filled == "":
		return v, nil
	}
	data, err := a.readArg(filled)
	if err != nil {
		return v, err
	}
	if !json.Valid(data) {
		return v, cli.Usagef("ballot: must be a JSON array of option numbers, or an object from number to share")
	}
	v.Ballot = op.Raw(data)
	return v, nil
}

func newProposal(a *app) *cobra.Command {
	return cli.Group("proposal", "List, show, explain and cancel proposals",
		readsState(a, proposalList(a)), readsState(a, proposalShow(a)), readsState(a, proposalExplain(a)), readsState(a, proposalBallots(a)), holdPay(a, "proposal"), proposalNew(a),
		reasoned(a, "cancel", "Withdraw your proposal while it is pending", cancelContent))
}

// proposal is the part of econd's view that is shown to people.
type proposal struct {
	ID       string `json:"id"`
	Track    string `json:"track"`
	Title    string `json:"title"`
	State    string `json:"state"`
	For      string `json:"for"`
	Against  string `json:"against"`
	Abstain  string `json:"abstain"`
	Eligible string `json:"eligible"`
}

func proposalList(a *app) *cobra.Command {
	var state, track string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List proposals, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			query := url.Values{}
			for name, value := range map[string]string{"state": state, "track": track} {
				if value != "" {
					query.Set(name, value)
				}
			}
			found, err := a.list(c.Context(), "/v1/proposals", query, limit)
			if err != nil {
				return err
			}
			return printTable(a, found, "PROPOSAL\tSTATE\tTRACK\tTITLE", func(p proposal) string {
				return fmt.Sprintf("%s\t%s\t%s\t%s", oneLine(p.ID), oneLine(p.State), oneLine(p.Track), oneLine(p.Title))
			})
		},
	}
	c.Flags().StringVar(&state, "state", "", "only those in this state")
	c.Flags().StringVar(&track, "track", "", "only those of this track")
	limitVar(c, &limit, "at most this many; 0 for all")
	return c
}

func proposalShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show PROPOSAL",
		Short: "Show a proposal, its state and its count",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("PROPOSAL", list[0]); err != nil {
				return err
			}
			return a.showRaw(c, "/v1/proposals/"+list[0])
		},
	}
}

func proposalExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain PROPOSAL",
		Short: "Say why a proposal is in its state and what would change it",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("PROPOSAL", list[0]); err != nil {
				return err
			}
			var v struct {
				State     string   `json:"state"`
				Sentences []string `json:"sentences"`
			}
			raw, err := a.get(c.Context(), "/v1/proposals/"+list[0]+"/explain", nil, &v)
			if err != nil {
				return err
			}
			text := list[0] + " is " + oneLine(v.State) + "\n"
			for _, sentence := range v.Sentences {
				text += oneLine(sentence) + "\n"
			}
			return a.print(raw, text)
		},
	}
}

// countedBallot is a ballot as it counts.
type countedBallot struct {
	Voter  string          `json:"voter"`
	Choice string          `json:"choice"`
	Weight string          `json:"weight"`
	Seq    uint64          `json:"seq"`
	Ballot json.RawMessage `json:"ballot"`
}

const ballotHeads = "VOTER\tCHOICE\tWEIGHT\tENTRY\tBALLOT"

func ballotRow(b countedBallot) string {
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s", oneLine(b.Voter), oneLine(b.Choice), oneLine(b.Weight), b.Seq, oneLine(string(b.Ballot)))
}

func proposalBallots(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "ballots PROPOSAL",
		Short: "List the ballots as they count, in order of voter key",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("PROPOSAL", list[0]); err != nil {
				return err
			}
			found, err := a.list(c.Context(), "/v1/proposals/"+list[0]+"/ballots", nil, limit)
			if err != nil {
				return err
			}
			return printTable(a, found, ballotHeads, ballotRow)
		},
	}
	limitVar(c, &limit, "at most this many; 0 for all")
	return c
}

func cancelContent(id op.ID, reason string) (op.Kind, any) {
	return op.KindCancel, op.Cancel{Proposal: id, Reason: reason}
}

func vetoContent(id op.ID, reason string) (op.Kind, any) {
	return op.KindVeto, op.Veto{Proposal: id, Reason: reason}
}

// reasoned is a command that ends a proposal for a reason on the record.
func reasoned(a *app, name, short string, content func(op.ID, string) (op.Kind, any)) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   name + " PROPOSAL --reason TEXT",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			kind, v := content(id, reason)
			d, err := a.submit(c.Context(), kind, v)
			if err != nil {
				return err
			}
			return a.print(d, d.line())
		},
	}
	reasonFlag(c, &reason)
	return c
}

func reasonFlag(c *cobra.Command, reason *string) {
	c.Flags().StringVar(reason, "reason", "", "1 to 2000 bytes, on the record for ever")
	_ = c.MarkFlagRequired("reason")
}
