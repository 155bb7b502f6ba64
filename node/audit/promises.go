package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/refusal"
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
	VerdictKept    Verdict = "kept"    // the entry stands as promised
	VerdictBroken  Verdict = "broken"  // another stands there, or the log is another one
	VerdictRight   Verdict = "right"   // the rules refuse the event, by the rule that is named
	VerdictOther   Verdict = "other"   // they refuse it, by another rule
	VerdictUnjust  Verdict = "unjust"  // they let it in, or what they refuse is the operator's own doing
	VerdictUnknown Verdict = "unknown" // the log does not reach so far
)

// AnswerReport is what a log says of an answer.
type AnswerReport struct {
	Event     op.ID   `json:"event"`
	Seq       uint64  `json:"seq"` // of the entry, or the size of the log at the refusal
	Verdict   Verdict `json:"verdict"`
	Statement string  `json:"statement"`
}

// AnswersReport is what a log says of answers, in their order.
type AnswersReport struct {
	Economy string         `json:"economy"`
	Entries uint64         `json:"entries"` // of the log
	Head    *HeadReport    `json:"checkpoint"`
	Answers []AnswerReport `json:"answers"`
	Proven  bool           `json:"proven"` // one is broken or unjust
	RestsOn []string       `json:"rests_on"`
}

// VerifyAnswers replays an export and holds answers against it: what was promised must
// stand in it, and what was refused must be refused by the rules. Each answer must be signed
// by the log's key. What is broken or unjust is no error, but the report's Proven. Errors are
// those of Replay, and *Rejection for an answer that is not signed by the log's key.
//
// A refusal is judged by the state before the entry at its size, so a replay ends at the first that
// is unjust: what comes after it in the export is not read.
func VerifyAnswers(ctx context.Context, r io.Reader, answers []Answer, o ReplayOptions) (AnswersReport, error) {
	j := &judge{p: newReplayer(o), answers: answers, reports: make([]AnswerReport, len(answers))}
	j.p.see = j.see
	err := j.p.run(ctx, r)
	if errors.Is(err, errJudged) {
		return j.report(nil), nil
	}
	if err != nil {
		return AnswersReport{}, err
	}
	whole, err := j.p.finish()
	if err != nil {
		return AnswersReport{}, err
	}
	if err := j.unopened(); err != nil {
		return AnswersReport{}, err
	}
	for i := range answers {
		j.promise(i)
	}
	report := j.report(whole.Head)
	report.RestsOn = append(whole.RestsOn, report.RestsOn...)
	return report, nil
}

// errJudged ends a replay whose state a refused event has changed.
var errJudged = errors.New("judged")

// judge holds answers against a log on its way.
type judge struct {
	p       *replayer
	answers []Answer
	reports []AnswerReport
	kept    []promise.Promise // parallel to answers, once the log's key is known
	refused []promise.Refusal // likewise
	lines   map[uint64][]byte // entries that were promised
	by      []logkey.Key      // who signed each
	closed  []error           // why no key of the log so far did
}

// see is told of each entry after it was applied.
func (j *judge) see(e *op.Entry, _ []ledger.Effect) error {
	switch {
	case e.Seq == 0:
		_ = j.open() // some may be by a later key of the log
	case e.Event.Kind == op.KindLogKey:
		j.openMore()
	}
	if _, wanted := j.lines[e.Seq]; wanted {
		j.lines[e.Seq] = e.Marshal()
	}
	for i, r := range j.refused {
		switch {
		case j.answers[i].Kept.Refusal == "" || j.closed[i] != nil:
		case r.Size == e.Seq:
			j.overtaken(i, r, e.Stamp)
		case r.Size == e.Seq+1:
			if err := j.refusal(i, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// slackMs is how much later a refusal may be stamped than the entry that came next: what is wrong by
// itself is refused at once, while others wait in line. More would be a way to refuse, as too
// late, what is in time.
const slackMs = 2 * 60 * 1000

// overtaken holds a refusal against the entry after it: stamps never go back, so nobody can have judged
// the event as of a later time or block.
func (j *judge) overtaken(i int, r promise.Refusal, next op.Stamp) {
	to := &j.reports[i]
	if to.Verdict != VerdictRight && to.Verdict != VerdictOther || r.At.TimeMs <= next.TimeMs+slackMs && r.At.Height <= next.Height {
		return
	}
	to.Verdict = VerdictUnjust
	to.Statement = fmt.Sprintf("it was refused as of %s and height %d; the entry that came after it is of %s and height %d, so that was not the time",
		clock(r.At.TimeMs), r.At.Height, clock(next.TimeMs), next.Height)
}

// ownDoing are the rules of the stamp, which the operator gives, and of facts that it has to
// enter first: no event of an agent breaks them.
var ownDoing = []string{"sequence", "one-block", "newest-header", "block-time-least", "deadline"}

// open checks the signatures by the keys of the log so far; the error is that of the first answer that
// none of them signed.
func (j *judge) open() error {
	n := len(j.answers)
	j.kept, j.refused, j.lines = make([]promise.Promise, n), make([]promise.Refusal, n), map[uint64][]byte{}
	j.by, j.closed = make([]logkey.Key, n), make([]error, n)
	for i, a := range j.answers {
		j.reports[i] = AnswerReport{Event: a.Event.ID, Verdict: VerdictUnknown}
		if a.Kept.Refusal == "" {
			j.lines[a.Kept.Seq] = nil
		}
		j.closed[i] = j.openBy(i, j.p.id.keys.All())
	}
	return j.unopened()
}

// openMore tries the newest key on those that no key before it signed.
func (j *judge) openMore() {
	all := j.p.id.keys.All()
	for i := range j.answers {
		if j.closed[i] != nil {
			j.closed[i] = j.openBy(i, all[len(all)-1:])
		}
	}
}

// unopened is why the first answer is not signed by any of the log's keys.
func (j *judge) unopened() error {
	for i, err := range j.closed {
		if err != nil {
			return reject(ErrCheckpoint, fmt.Sprintf("answer %d", i+1), "%w", err)
		}
	}
	return nil
}

// openBy opens an answer by the one of the keys that signed it.
func (j *judge) openBy(i int, keys []logkey.Key) (err error) {
	a, to := j.answers[i], &j.reports[i]
	for _, key := range keys {
		if a.Kept.Refusal == "" {
			if j.kept[i], err = a.Kept.Open(a.Event, key); err == nil {
				j.by[i], to.Seq = key, a.Kept.Seq
				to.Statement = fmt.Sprintf("entry %d was promised; the log ends before it", a.Kept.Seq)
				return nil
			}
			continue
		}
		if j.refused[i], err = promise.OpenRefusalOf(a.Event.ID, []byte(a.Kept.Refusal), key); err == nil {
			j.by[i], to.Seq = key, j.refused[i].Size
			to.Statement = fmt.Sprintf("it was refused at %d entries; the log has fewer", to.Seq)
			return nil
		}
	}
	return err
}

// retired tells that an answer at a head of so many entries is signed by another key than that of
// the log at that size.
func (j *judge) retired(i int, size uint64) bool {
	key := j.p.id.keys.At(size)
	if j.by[i].Text == key.Text {
		return false
	}
	j.reports[i].Verdict = VerdictBroken
	j.reports[i].Statement = fmt.Sprintf("it is signed by %s at a head of %d entries, which in this log %s signs", j.by[i].Text, size, key.Text)
	return true
}

// refusal applies a refused event where it was refused.
func (j *judge) refusal(i int, r promise.Refusal) error {
	if j.retired(i, r.Size) {
		return nil
	}
	to := &j.reports[i]
	if head := j.p.head(r.Size); [32]byte(head.Root) != r.Root {
		to.Verdict = VerdictBroken
		to.Statement = fmt.Sprintf("it was judged by a log whose first %d entries have the root %x; here they have %x", r.Size, r.Root, head.Root)
		return nil
	}
	own := *j.answers[i].Event
	_, err := ledger.Apply(j.p.state, &op.Entry{Seq: r.Size, Stamp: r.At, Event: &own})
	if err == nil {
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("the rules let the event in as entry %d at that time and block; the operator signed that rule %q refuses it: proof of censorship", r.Size, r.Rule)
		return errJudged
	}
	field, rule, _ := promise.Reason(err)
	switch {
	case slices.Contains(ownDoing, r.Rule):
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it was refused by rule %q after %d entries, which is about the stamp and the facts of the operator, not about the event: %v", r.Rule, r.Size, err)
	case errors.Is(err, refusal.ErrDuplicate) && rule == "once" && r.Rule != rule:
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it stands in the log (%v), and was refused after %d entries by rule %q as if it did not", err, r.Size, r.Rule)
	case j.p.now() != 0 && r.At.TimeMs > j.p.now()+reachMs:
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it was refused as of %s, which is more than two hours after now, %s", clock(r.At.TimeMs), clock(j.p.now()))
	case rule == r.Rule && field == r.Field:
		to.Verdict, to.Statement = VerdictRight, fmt.Sprintf("the rules refuse it after %d entries: %v", r.Size, err)
	default:
		to.Verdict, to.Statement = VerdictOther, fmt.Sprintf("the rules refuse it after %d entries, but not by rule %q: %v", r.Size, r.Rule, err)
	}
	return nil
}

// promise holds a promise against the whole log.
func (j *judge) promise(i int) {
	a, p, to := j.answers[i], j.kept[i], &j.reports[i]
	line := j.lines[a.Kept.Seq]
	if a.Kept.Promise == "" || line == nil {
		return
	}
	size := uint64(p.Checkpoint.Size)
	switch {
	case j.retired(i, size):
	case string(p.Entry.Marshal()) != string(line):
		to.Verdict = VerdictBroken
		to.Statement = fmt.Sprintf("entry %d was promised to be %s of %s; in this log another stands there", to.Seq, a.Event.Kind, a.Event.PubKey)
	case size <= j.p.tree.size() && j.p.head(size).Root != p.Checkpoint.Root:
		to.Verdict = VerdictBroken
		to.Statement = fmt.Sprintf("the promise is under a head of %d entries that this log does not have", size)
	default:
		to.Verdict, to.Statement = VerdictKept, fmt.Sprintf("entry %d stands in the log as promised", to.Seq)
	}
}

func (j *judge) report(head *HeadReport) AnswersReport {
	r := AnswersReport{Economy: j.p.id.economy, Entries: j.p.tree.size(), Head: head, Answers: j.reports}
	for _, a := range j.reports {
		r.Proven = r.Proven || a.Verdict == VerdictBroken || a.Verdict == VerdictUnjust
	}
	r.RestsOn = []string{"The answers are signed by the log's key " + j.p.id.keys.Current().Text + "."}
	if r.Proven && head == nil {
		r.RestsOn = append(r.RestsOn, "That this is the operator's log is its own claim: give the signed checkpoint that covers it (--checkpoint), and the two statements contradict each other under one key.")
	}
	return r
}
