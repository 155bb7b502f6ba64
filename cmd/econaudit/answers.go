package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/promise"
)

func newAnswersCmd(c *cli) *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:     "answers answers.ndjson [export.log]",
		Aliases: []string{"promise", "refusal"},
		Short:   "Hold what the operator signed in its answers against the log",
		Long: "Hold what the operator signed in its answers against the log: what it promised must stand there,\n" +
			"and what it refused the rules must refuse, at the head at which it was refused. A refusal of\n" +
			"what the rules let in is proof of censorship.\n\n" +
			"answers.ndjson holds one answer a line, as econctl keeps them beside its key. Without an export\n" +
			"only the signatures are checked, by --log-key. Code 1: a promise is broken or a refusal unjust.",
		Example: "  econaudit answers answers.ndjson export.log --checkpoint checkpoint.txt",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd, c)
			if err != nil {
				return err
			}
			answers, err := readAnswers(cmd, args[0])
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return c.signatures(answers)
			}
			r, err := overLog(c, cmd, args[1], o, func(in io.Reader, o audit.ReplayOptions) (audit.AnswersReport, error) {
				return audit.VerifyAnswers(cmd.Context(), in, answers, o)
			})
			if err != nil {
				return err
			}
			return c.printAnswers(r)
		},
	}
	f.add(cmd)
	return cmd
}

// readAnswers reads a file of kept answers.
func readAnswers(cmd *cobra.Command, path string) ([]audit.Answer, error) {
	data, err := read(cmd, path)
	if err != nil {
		return nil, err
	}
	var list []audit.Answer
	for n, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		kept, e, err := promise.ParseKept(line)
		if err != nil {
			return nil, &audit.Rejection{Kind: audit.ErrFormat, Field: fmt.Sprintf("%s: line %d", path, n+1), Err: err}
		}
		list = append(list, audit.Answer{Event: e, Kept: kept})
	}
	return list, nil
}

// signatures checks answers by the log's key alone.
func (c *cli) signatures(answers []audit.Answer) error {
	key, err := notekey.LogVerifier(c.logKey)
	if err != nil {
		return fmt.Errorf("needs the log, or --log-key with the key of its checkpoints")
	}
	var proved []string
	for i, a := range answers {
		var what string
		if a.Kept.Refusal != "" {
			r, err := promise.OpenRefusalOf(a.Event.ID, []byte(a.Kept.Refusal), key)
			if err != nil {
				return &audit.Rejection{Kind: audit.ErrCheckpoint, Field: fmt.Sprintf("answer %d", i+1), Err: err}
			}
			what = fmt.Sprintf("%s %s: refused by rule %q at %d entries", a.Event.Kind, a.Event.ID, r.Rule, r.Size)
		} else {
			p, err := a.Kept.Open(a.Event, key)
			if err != nil {
				return &audit.Rejection{Kind: audit.ErrCheckpoint, Field: fmt.Sprintf("answer %d", i+1), Err: err}
			}
			what = fmt.Sprintf("%s %s: entry %d, under a head of %d entries", a.Event.Kind, a.Event.ID, p.Entry.Seq, p.Checkpoint.Size)
		}
		proved = append(proved, what)
	}
	return c.print("SIGNED", map[string]any{"answers": proved}, proved,
		[]string{"That the log has what was promised takes the log: econaudit answers ANSWERS EXPORT."})
}

// printAnswers writes the verdicts; one that is proven against the operator is a failure.
func (c *cli) printAnswers(r audit.AnswersReport) error {
	if c.json {
		if err := c.writeJSON(answer{!r.Proven, r}); err != nil || !r.Proven {
			return err
		}
		return errAnswers
	}
	verdict := "KEPT"
	if r.Proven {
		verdict = "THE OPERATOR'S SIGNED WORD IS BROKEN"
	}
	var lines []string
	for _, a := range r.Answers {
		lines = append(lines, fmt.Sprintf("%s %s: %s", a.Verdict, a.Event, a.Statement))
	}
	if err := c.print(verdict, r, lines, r.RestsOn); err != nil || !r.Proven {
		return err
	}
	return errAnswers
}

// errAnswers is a verdict that is printed already.
var errAnswers = &audit.Rejection{Kind: audit.ErrMismatch, Field: "answers", Err: audit.ErrMismatch}
