package audit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/refusal"
)

// slackMs is how much later a refusal may be stamped than the entry that came next: what is wrong by
// itself is refused at once, while others wait in line. More would be a way to refuse, as too
// late, what is in time.
const slackMs = 2 * 60 * 1000

// ownDoing are the rules of the stamp, which the operator gives, and of facts that it has to
// enter first: no event of an agent breaks them.
var ownDoing = []string{"sequence", "one-block", "newest-header", "block-time-least", "deadline"}

// overtaken holds a refusal against the entry after it: stamps never go back, so nobody can have judged
// the event as of a later time or block.
func (j *judge) overtaken(i int, next op.Stamp) {
	to, r := &j.reports[i], j.refused[i]
	if to.Verdict != VerdictRight && to.Verdict != VerdictOther || r.At.TimeMs <= next.TimeMs+slackMs && r.At.Height <= next.Height {
		return
	}
	to.Verdict, to.rests = VerdictUnjust, r.Size+1
	to.Statement = fmt.Sprintf("it was refused as of %s and height %d; the entry that came after it is of %s and height %d, so that was not the time",
		clock(r.At.TimeMs), r.At.Height, clock(next.TimeMs), next.Height)
}

// atEnd judges a refusal by the end of the log, if it was not overtaken.
func (j *judge) atEnd(i int) {
	r, to, n := j.refused[i], &j.reports[i], j.p.tree.size()
	switch {
	case to.Verdict == VerdictUnknown && r.Size <= n:
		j.retired(i, r.At) // the key that signed it came later than that
	case r.Size > n:
		j.beyond(to, j.headOver(r), r.At, "it was refused after %d entries", r.Size)
	case r.Size == n && to.Verdict == VerdictRight && r.At.TimeMs > j.p.state.Clock().TimeMs:
		to.Statement += fmt.Sprintf("; that it was %s already no entry confirms yet", clock(r.At.TimeMs))
	}
}

// headOver is the head by which an event was refused.
func (j *judge) headOver(r promise.Refusal) anchor.Checkpoint {
	return anchor.Checkpoint{Origin: j.p.id.origin, Size: int64(r.Size), Root: r.Root}
}

// refusal applies a refused event where it was refused.
func (j *judge) refusal(i int) {
	r, to := j.refused[i], &j.reports[i]
	if j.retired(i, r.At) {
		return
	}
	if head := j.p.head(r.Size); [32]byte(head.Root) != r.Root {
		j.broken(to, j.headOver(r), r.At, r.Size, "it was judged by a log whose first %d entries have the root %x; here they have %x", r.Size, r.Root, head.Root)
		return
	}
	err := j.apply(*j.answers[i].Event, r.At)
	_, rule, _ := promise.Reason(err)
	if err != nil && !slices.Contains(ownDoing, r.Rule) && slices.Contains(ownDoing, rule) {
		err = j.again(*j.answers[i].Event, r.At, rule)
	}
	j.outcome(to, r, err)
}

// apply has the ledger judge an event as the next entry.
func (j *judge) apply(e op.Event, at op.Stamp) error {
	_, err := ledger.Apply(j.p.state, &op.Entry{Seq: j.p.state.Next(), Stamp: at, Event: &e})
	j.spoiled = j.spoiled || err == nil
	return err
}

// again judges an event that only what the operator did keeps out: its stamp, or a fact that it
// had not entered. It is judged by a stamp that the log gives, after what is due.
func (j *judge) again(e op.Event, at op.Stamp, rule string) error {
	s := j.p.state
	if rule != "deadline" {
		own := s.Clock()
		own.TimeMs = max(own.TimeMs, at.TimeMs)
		at = s.StampAt(own)
	}
	for f := s.Due(at); f != nil; f = s.Due(at) {
		fact := op.Event{PubKey: j.p.id.operator, CreatedAt: at.TimeMs / 1000, Kind: f.Kind, Content: op.EncodeContent(f.Content),
			Tags: [][]string{{op.EconomyTag, j.p.id.economy}}}
		fact.ID = fact.Hash()
		if _, err := ledger.ApplyVerified(s, &op.Entry{Seq: s.Next(), Stamp: at, Event: &fact}); err != nil {
			return err
		}
		j.spoiled = true
	}
	return j.apply(e, at)
}

// outcome is the verdict on a refusal, from what the rules say of the event.
func (j *judge) outcome(to *AnswerReport, r promise.Refusal, err error) {
	field, rule, _ := promise.Reason(err)
	switch {
	case err == nil:
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("the rules let the event in as entry %d at that time and block; the operator signed that rule %q refuses it: proof of censorship", r.Size, r.Rule)
	case slices.Contains(ownDoing, r.Rule):
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it was refused by rule %q after %d entries, which is about the stamp and the facts of the operator, not about the event: %v", r.Rule, r.Size, err)
	case errors.Is(err, refusal.ErrDuplicate) && rule == "once" && r.Rule != rule:
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it stands in the log (%v), and was refused after %d entries by rule %q as if it did not", err, r.Size, r.Rule)
	case j.ahead(r.At):
		to.Verdict = VerdictUnjust
		to.Statement = fmt.Sprintf("it was refused as of %s, which is more than two hours after now, %s", clock(r.At.TimeMs), clock(j.p.now()))
	case rule == r.Rule && field == r.Field:
		to.Verdict, to.Statement = VerdictRight, fmt.Sprintf("the rules refuse it after %d entries: %v", r.Size, err)
	default:
		to.Verdict, to.Statement = VerdictOther, fmt.Sprintf("the rules refuse it after %d entries, but not by rule %q: %v", r.Size, r.Rule, err)
	}
}
