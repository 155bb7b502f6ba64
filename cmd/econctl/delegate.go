package main

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// trackFlag adds the flag that limits a delegation or statement to one track.
func trackFlag(c *cobra.Command, track *string) {
	c.Flags().StringVar(track, "track", "", "the one track it is for (default: all tracks)")
}

func newDelegate(a *app) *cobra.Command {
	var track string
	var share int64
	var expires time.Duration
	c := &cobra.Command{
		Use:   "delegate TO [--track TRACK] [--share-ppm N] [--expires DURATION]",
		Short: "Let another agent speak with your weight where you do not vote yourself",
		Long: "Let another agent speak with your weight where you do not vote yourself.\n\n" +
			"Without --share-ppm the whole weight is given, in place of every earlier\n" +
			"delegation for the same track; with it, that part, beside the others.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
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
				if content.ExpiresMs, err = a.afterNow(c.Context(), "expires", expires); err != nil {
					return err
				}
			}
			return a.submitAndPrint(c.Context(), op.KindDelegate, content)
		},
	}
	trackFlag(c, &track)
	c.Flags().Int64Var(&share, "share-ppm", 0, "part of the weight, in parts per million (default: the whole)")
	c.Flags().DurationVar(&expires, "expires", 0, "how long it counts, e.g. 720h (default: until taken back)")
	return c
}

func newUndelegate(a *app) *cobra.Command {
	var track string
	c := &cobra.Command{
		Use:   "undelegate [TO] [--track TRACK]",
		Short: "Take back the delegation to an agent, or without TO all for the track",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			content := op.Undelegate{Track: track}
			if len(list) == 1 {
				to, err := parseKey("TO", list[0])
				if err != nil {
					return err
				}
				content.To = to
			}
			return a.submitAndPrint(c.Context(), op.KindUndelegate, content)
		},
	}
	c.Flags().StringVar(&track, "track", "", "the track it was given for (default: those given for all tracks)")
	return c
}

func newDelegateStatement(a *app) *cobra.Command {
	var track, text, file string
	var withdraw bool
	c := &cobra.Command{
		Use:   "delegate-statement (--text TEXT | --text-file FILE | --withdraw) [--track TRACK]",
		Short: "Say how you vote for those who delegate to you; replaces what you said before",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case withdraw == (text != "" || file != ""), text != "" && file != "":
				return cli.Usagef("give one of --text, --text-file and --withdraw")
			case file != "":
				data, err := a.readFile(file)
				if err != nil {
					return err
				}
				if text = string(data); text == "" {
					return cli.Usagef("%s is empty; to withdraw the statement use --withdraw", file)
				}
			}
			return a.submitAndPrint(c.Context(), op.KindStatement, op.Statement{Track: track, Text: text})
		},
	}
	trackFlag(c, &track)
	c.Flags().StringVar(&text, "text", "", "1 byte to 4 KiB")
	c.Flags().StringVar(&file, "text-file", "", "file with the text; - for the standard input")
	c.Flags().BoolVar(&withdraw, "withdraw", false, "withdraw the statement")
	return c
}

func newDelegations(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "delegations [AGENT]",
		Short: "List an agent's delegations, given and received, and its statements; without AGENT, yours",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			agent, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			found, err := a.list(c.Context(), "/v1/agents/"+agent.String()+"/delegations", nil, limit)
			if err != nil {
				return err
			}
			text, err := delegationLines(found.Items, agent)
			if err != nil {
				return err
			}
			said, err := statementLines(found.Statements)
			if err != nil {
				return err
			}
			return a.print(found, text+said)
		},
	}
	limitVar(c, &limit, "at most this many; 0 for all")
	return c
}

// agentOrSelf is the agent that the arguments name, or the one of the key file.
func (a *app) agentOrSelf(list []string) (op.PublicKey, error) {
	if len(list) == 1 {
		return parseKey("AGENT", list[0])
	}
	key, err := a.key()
	if err != nil {
		return op.PublicKey{}, err
	}
	return key.Public(), nil
}

// delegationLines shows an agent's delegations to people.
func delegationLines(items []json.RawMessage, agent op.PublicKey) (string, error) {
	type delegation struct {
		From      string `json:"from"`
		Track     string `json:"track"`
		To        string `json:"to"`
		SharePPM  int64  `json:"share_ppm"`
		ExpiresMs int64  `json:"expires_ms"`
	}
	return table("DELEGATION\tAGENT\tSHARE\tTRACK\tUNTIL", items, func(d delegation) string {
		line := "to\t" + oneLine(d.To)
		if d.To == agent.String() {
			line = "from\t" + oneLine(d.From)
		}
		track, until := "all", ""
		if d.Track != "" {
			track = oneLine(d.Track)
		}
		if d.ExpiresMs != 0 {
			until = instant(d.ExpiresMs)
		}
		return line + "\t" + signedPercent(d.SharePPM) + "\t" + track + "\t" + until
	})
}

// statementLines shows what an agent says to those who delegate to it.
func statementLines(items []json.RawMessage) (string, error) {
	if len(items) == 0 {
		return "", nil
	}
	text, err := table("SAYS ON TRACK\tTEXT", items, func(s struct{ Track, Text string }) string {
		return cmp.Or(oneLine(s.Track), "all") + "\t" + oneLine(s.Text)
	})
	return "\n" + text, err
}

// submitAndPrint is a command that ends with the receipt.
func (a *app) submitAndPrint(ctx context.Context, kind op.Kind, content any) error {
	d, err := a.submit(ctx, kind, content)
	if err != nil {
		return err
	}
	return a.print(d, d.line())
}

// afterNow is the instant that lies so far ahead on econd's clock, which is the
// one that counts, in unix milliseconds.
func (a *app) afterNow(ctx context.Context, flag string, d time.Duration) (int64, error) {
	if d < time.Millisecond {
		return 0, cli.Usagef("%s: must be a duration above 0, such as 90m or 720h", flag)
	}
	about, err := a.info(ctx)
	if err != nil {
		return 0, err
	}
	return about.NowMs + d.Milliseconds(), nil
}
