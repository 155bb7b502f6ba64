package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// Answer is what an agent kept of one answer, opened.
type Answer struct {
	Event *op.Event
	Kept  promise.Kept
}

// Verdict is what a log says of an answer.
type Verdict string

// Verdicts.
const (
	VerdictKept        Verdict = "kept"        // the entry stands as promised
	VerdictBroken      Verdict = "broken"      // another stands there, or the log is another one
	VerdictRight       Verdict = "right"       // the rules refuse the event, by the rule that is named
	VerdictOther       Verdict = "other"       // they refuse it, by another rule
	VerdictUnjust      Verdict = "unjust"      // they let it in, or what they refuse is the operator's own doing
	VerdictLost        Verdict = "lost"        // of an end that the log itself says was lost
	VerdictUnwitnessed Verdict = "unwitnessed" // it holds, and the policy's quorum vouches for no head that covers it
	VerdictForeign     Verdict = "foreign"     // not signed by this log's key: nobody's word here
	VerdictUnknown     Verdict = "unknown"     // the log does not reach so far
)

// proves tells whether a verdict is one against the operator.
func (v Verdict) proves() bool { return v == VerdictBroken || v == VerdictUnjust }

// AnswerReport is what a log says of an answer.
type AnswerReport struct {
	Event     op.ID   `json:"event"`
	Seq       uint64  `json:"seq"` // of the entry, or the size of the log at the refusal
	Verdict   Verdict `json:"verdict"`
	Statement string  `json:"statement"`

	rests uint64 // entries of this log that the verdict rests on; 0: none
}

// AnswersReport is what a log says of answers, in their order.
type AnswersReport struct {
	Economy    string         `json:"economy"`
	Entries    uint64         `json:"entries"` // of the log
	Head       *HeadReport    `json:"checkpoint"`
	Answers    []AnswerReport `json:"answers"`
	Proven     bool           `json:"proven"`     // one is broken or unjust
	Conclusive bool           `json:"conclusive"` // and signed heads cover all that this rests on
	RestsOn    []string       `json:"rests_on"`
}

// VerifyAnswers replays an export and holds answers against it, each for itself: what was
// promised must stand in it, and what was refused must be refused by the rules. The heads that answers
// are under are held against the log and the policy, like a checkpoint. What is broken or unjust is
// no error, but the report's Proven. Errors are those of Replay, and the reader's.
//
// A refused event that the rules let in changes the state that it is applied to, so the export is
// read again from the beginning after each; no signature is checked twice, which is nearly all that it costs.
func VerifyAnswers(ctx context.Context, r io.ReadSeeker, answers []Answer, o ReplayOptions) (AnswersReport, error) {
	j := newJudge(answers)
	whole, err := j.walk(ctx, r, o)
	var line *LineError
	if errors.As(err, &line) && j.unjust() {
		// What stands further on takes nothing from what was signed before.
		report := j.report(nil)
		report.RestsOn = append(report.RestsOn, fmt.Sprintf("This export is refused from there on, so it decides nothing else: %v", err))
		return report, nil
	}
	if err != nil {
		return AnswersReport{}, err
	}
	j.end()
	if err := j.witnessed(whole.Head); err != nil {
		return AnswersReport{}, err
	}
	report := j.report(whole.Head)
	report.RestsOn = append(whole.RestsOn, report.RestsOn...)
	return report, nil
}

// unjust tells whether one is proved unjust so far.
func (j *judge) unjust() bool {
	return slices.ContainsFunc(j.reports, func(a AnswerReport) bool { return a.Verdict == VerdictUnjust })
}

// walk replays the export until no refusal has changed the state. Signatures are checked once.
func (j *judge) walk(ctx context.Context, r io.ReadSeeker, o ReplayOptions) (ReplayReport, error) {
	for {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return ReplayReport{}, err
		}
		j.p, j.spoiled = newReplayer(o), false
		j.p.see, j.p.ownHeads = j.see, true
		err := j.p.run(ctx, r)
		if errors.Is(err, errJudged) {
			if seen := (&Leaves{&j.p.tree}); seen.Size() > o.Checked.Size() {
				o.Checked = seen
			}
			continue
		}
		if err != nil {
			return ReplayReport{}, err
		}
		return j.p.finish()
	}
}

// report assembles what was found.
func (j *judge) report(head *HeadReport) AnswersReport {
	r := AnswersReport{Economy: j.p.id.economy, Entries: j.p.tree.size(), Head: head, Answers: j.reports, Conclusive: true}
	signed, lost := j.signed(head), false
	for _, a := range j.reports {
		if a.Verdict.proves() {
			r.Proven = true
			r.Conclusive = r.Conclusive && a.rests <= signed
		}
		lost = lost || a.Verdict == VerdictLost
	}
	r.Conclusive = r.Conclusive && r.Proven
	r.RestsOn = []string{"The answers are signed by the log's key, now " + j.p.id.keys.Current().Text + "; what is not is called foreign."}
	if lost {
		r.RestsOn = append(r.RestsOn, "That the end of the log was lost, and not left out, is the operator's word: by its entry everybody sees that it said so.")
	}
	if r.Proven && !r.Conclusive {
		r.RestsOn = append(r.RestsOn, fmt.Sprintf("That this is the operator's log beyond its first %d entries is its own claim: give a signed checkpoint that covers it (--checkpoint), and the two statements contradict each other under one key.", signed))
	}
	return r
}

// signed is how many entries of this log are under a head that the log's key signed: the
// checkpoint, or that of an answer.
func (j *judge) signed(head *HeadReport) uint64 {
	most, n := uint64(0), j.p.tree.size()
	if head != nil {
		most = uint64(head.Size)
	}
	for i := range j.answers {
		if size, root := j.headOf(i); size > most && size <= n && [32]byte(j.p.head(size).Root) == root {
			most = size
		}
	}
	return most
}
