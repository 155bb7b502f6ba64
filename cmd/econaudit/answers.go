package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

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
			"answers.ndjson holds one answer a line, as econctl keeps them beside its key; each is judged for itself:\n" +
			"  kept         the entry stands as promised\n" +
			"  right        the rules refuse the event, by the rule that was named\n" +
			"  other        they refuse it, by another rule\n" +
			"  broken       another entry stands there, or the log can never come to what was signed\n" +
			"  unjust       the rules let the event in, or what they refuse is the operator's own doing\n" +
			"  lost         of an end that the log itself says was lost when a backup was restored\n" +
			"  unwitnessed  it holds, but the quorum of --policy cosigned no head that covers it\n" +
			"  foreign      the log's key did not sign it: of another economy, or forged\n" +
			"  unknown      the log does not reach so far\n\n" +
			"Without an export only the signatures are checked, by --log-key. Code 1: one is broken or unjust.",
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
				again, err := rereadable(in)
				if err != nil {
					return audit.AnswersReport{}, err
				}
				defer again.Close()
				return audit.VerifyAnswers(cmd.Context(), again, answers, o)
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

// readAnswers reads a file of kept answers. A line that is none, torn or changed, spoils no other.
func readAnswers(cmd *cobra.Command, path string) ([]audit.Answer, error) {
	data, err := read(cmd, path)
	if err != nil {
		return nil, err
	}
	var list []audit.Answer
	var first error
	for n, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		kept, e, err := promise.ParseKept(line)
		if err != nil {
			err = notOfKind(fmt.Sprintf("%s: line %d", path, n+1), err)
			fmt.Fprintf(cmd.ErrOrStderr(), "econaudit: passed over: %v\n", err)
			first = cmp.Or(first, err)
			continue
		}
		list = append(list, audit.Answer{Event: e, Kept: kept})
	}
	if list == nil {
		return nil, first
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

// rereadable is a log that can be read again: itself, or a copy without a name of what a
// pipe gives once.
func rereadable(in io.Reader) (io.ReadSeekCloser, error) {
	if f, ok := in.(*os.File); ok {
		if _, err := f.Seek(0, io.SeekCurrent); err == nil {
			return f, nil
		}
	}
	f, err := os.CreateTemp("", "econaudit-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = io.Copy(f, in)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// printAnswers writes the verdicts; one that is proven against the operator is a failure.
func (c *cli) printAnswers(r audit.AnswersReport) error {
	code := exitOK
	if r.Proven {
		code = exitRejected
	}
	if c.json {
		if err := c.writeJSON(answer{!r.Proven, r, code}); err != nil || !r.Proven {
			return err
		}
		return errAnswers
	}
	lines := make([]string, len(r.Answers))
	for i, a := range r.Answers {
		lines[i] = fmt.Sprintf("%s %s: %s", a.Verdict, a.Event, a.Statement)
	}
	if err := c.print(headline(r), r, lines, r.RestsOn); err != nil || !r.Proven {
		return err
	}
	return errAnswers
}

// headline says of all answers the worst that is to be said of one.
func headline(r audit.AnswersReport) string {
	has := func(list ...audit.Verdict) bool {
		return slices.ContainsFunc(r.Answers, func(a audit.AnswerReport) bool { return slices.Contains(list, a.Verdict) })
	}
	switch {
	case r.Proven && r.Conclusive:
		return "THE OPERATOR'S SIGNED WORD IS BROKEN"
	case r.Proven:
		return "BROKEN, IF THIS IS THE OPERATOR'S LOG"
	case has(audit.VerdictLost):
		return "LOST, BY THE LOG'S OWN WORD"
	case has(audit.VerdictUnwitnessed):
		return "NOT ALL ARE WITNESSED"
	case has(audit.VerdictUnknown, audit.VerdictForeign):
		return "NOT ALL ARE DECIDED"
	}
	return "KEPT"
}

// errAnswers is a verdict that is printed already.
var errAnswers = &audit.Rejection{Kind: audit.ErrMismatch, Field: "answers", Err: audit.ErrMismatch}
