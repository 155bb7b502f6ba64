package main

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// trackFlag adds the flag that limits a delegation or statement to one track.
func trackFlag(c *cobra.Command, track *string) {
	c.Flags().StringVar(track, "track", "", "the one track it is for (default: all tracks)")
}

func newDelegate(a *app) *cobra.Command {
	var track string
	var share int64
	var expires time.Duration
	var c *cobra.Command
	c = long(command("delegate TO [--track TRACK] [--share-ppm N] [--expires DURATION]",
		"Let another agent speak with your weight where you do not vote yourself", func(ctx context.Context, list []string) error {
			to, err := parseKey("TO", list[0])
			if err != nil {
				return err
			}
			content := op.Delegate{Track: track, To: to}
			if c.Flags().Changed("share-ppm") {
				if share < 1 || share > 1_000_000 {
					return cli.Usagef("share-ppm: must be from 1 to 1000000; leave it out to give the whole")
				}
				content.SharePPM = &share
			}
			if c.Flags().Changed("expires") {
				if content.ExpiresMs, err = a.afterNow(ctx, "expires", expires); err != nil {
					return err
				}
			}
			return a.submitAndPrint(ctx, op.KindDelegate, content)
		}),
		"Let another agent speak with your weight where you do not vote yourself.",
		"",
		"Without --share-ppm the whole weight is given, in place of every earlier",
		"delegation for the same track; with it, that part, beside the others.")
	trackFlag(c, &track)
	c.Flags().Int64Var(&share, "share-ppm", 0, "part of the weight, in parts per million (default: the whole)")
	c.Flags().DurationVar(&expires, "expires", 0, "how long it counts, e.g. 720h (default: until taken back)")
	return c
}

func newUndelegate(a *app) *cobra.Command {
	var track string
	c := submits(a, "undelegate [TO] [--track TRACK]", "Take back the delegation to an agent, or without TO all for the track", op.KindUndelegate,
		func(list []string) (any, error) {
			if len(list) == 0 {
				return op.Undelegate{Track: track}, nil
			}
			to, err := parseKey("TO", list[0])
			return op.Undelegate{Track: track, To: to}, err
		})
	c.Flags().StringVar(&track, "track", "", "the track it was given for (default: those given for all tracks)")
	return c
}

func newDelegateStatement(a *app) *cobra.Command {
	var track, text, file string
	var withdraw bool
	c := submits(a, "delegate-statement (--text TEXT | --text-file FILE | --withdraw) [--track TRACK]",
		"Say how you vote for those who delegate to you; replaces what you said before", op.KindStatement, func([]string) (any, error) {
			switch {
			case withdraw == (text != "" || file != ""), text != "" && file != "":
				return nil, cli.Usagef("give one of --text, --text-file and --withdraw")
			case file != "":
				data, err := a.readFile(file)
				if err != nil {
					return nil, err
				}
				if text = string(data); text == "" {
					return nil, cli.Usagef("%s is empty; to withdraw the statement use --withdraw", file)
				}
			}
			return op.Statement{Track: track, Text: text}, nil
		})
	trackFlag(c, &track)
	c.Flags().StringVar(&text, "text", "", "1 byte to 4 KiB")
	c.Flags().StringVar(&file, "text-file", "", "file with the text; - for the standard input")
	c.Flags().BoolVar(&withdraw, "withdraw", false, "withdraw the statement")
	return c
}

func newDelegations(a *app) *cobra.Command {
	return listing(a, "delegations [AGENT]", "List an agent's delegations, given and received, and its statements; without AGENT, yours",
		func(ctx context.Context, list []string, limit int) error {
			agent, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			all, given, last, err := collected(ctx, a.reads().Delegations(agent), limit)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(last.Text, &struct{ Statements *[]json.RawMessage }{&all.Statements}); err != nil {
				return err
			}
			return a.print(all, delegationLines(given, agent)+statementLines(last.Answer.Statements))
		})
}

// delegationLines shows an agent's delegations to people.
func delegationLines(list []view.Delegation, agent op.PublicKey) string {
	return tableOf("DELEGATION\tAGENT\tSHARE\tTRACK\tUNTIL", list, func(d view.Delegation) string {
		direction, other, until := "to", d.To, ""
		if d.To == agent {
			direction, other = "from", d.From
		}
		if d.ExpiresMs != 0 {
			until = instant(d.ExpiresMs)
		}
		return cells(direction, other, percent(d.SharePPM), cmp.Or(d.Track, "all"), until)
	})
}

// statementLines shows what an agent says to those who delegate to it.
func statementLines(list []view.Statement) string {
	if len(list) == 0 {
		return ""
	}
	return "\n" + tableOf("SAYS ON TRACK\tTEXT", list, func(s view.Statement) string {
		return cells(cmp.Or(s.Track, "all"), s.Text)
	})
}
