package ledger

import (
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// Explain explains a proposal as it is at nowMs, or returns false if there is no
// such proposal. Delegated weight that takes more than 1,000 looks is left out
// while the vote runs.
func (s *State) Explain(id op.ID, nowMs int64) (view.Explanation, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return view.Explanation{}, false
	}
	p := &s.proposals.list[i]
	phase := p.life.Phase(p.track, nowMs)
	x := explainer{s: s, p: p, nowMs: nowMs, Explanation: view.Explanation{Proposal: id, State: phase.String(), AtMs: nowMs}}
	if p.hold >= 0 {
		h := &s.holds.list[p.hold]
		x.Collateral = &view.CollateralExplained{AmountSat: h.amountSat, State: h.state.String()}
	}
	x.openedByRule()
	x.explain(phase)
	return x.Explanation, true
}

// explainer writes one explanation.
type explainer struct {
	view.Explanation
	s     *State
	p     *proposal
	nowMs int64
}

func (x *explainer) say(format string, args ...any) {
	x.Sentences = append(x.Sentences, fmt.Sprintf(format, args...))
}

// atText spells an instant in unix milliseconds for people, to the millisecond.
func atText(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.999") + " UTC"
}

// spanText spells a length of time.
func spanText(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

func (x *explainer) until(ms int64) string {
	return atText(ms) + ", " + spanText(ms-x.nowMs) + " from now"
}

func (x *explainer) explain(phase voting.Phase) {
	switch phase {
	case voting.Draft:
		x.draft()
		x.rules(phase)
		return
	case voting.Pending:
		x.pending()
	case voting.Active, voting.Ended:
		x.open(phase)
	case voting.Defeated:
		x.closed()
	case voting.Succeeded:
		x.closed()
		x.say("It carries nothing out.")
	case voting.Queued:
		x.closed()
		x.queued()
	case voting.Disputed:
		x.closed()
		if x.p.life.End != voting.NotEnded {
			x.say("Its actions were executed.")
		}
	case voting.Executed, voting.Evaluating, voting.Rewarded, voting.Penalised:
		x.closed()
		x.say("Its actions were executed.")
		x.evaluation(phase)
	case voting.Overturned:
		x.closed()
		x.say("It is overturned: %s. To have it after all, it must be proposed anew.", x.p.reason)
	default: // failed, vetoed, expired, cancelled
		if x.p.close != nil {
			x.closed()
		}
		x.ReasonSeq, x.ReasonAt = x.p.reasonSeq, len(x.Sentences)
		x.say("It is %s: %s", phase, x.p.reason)
	}
	x.rules(phase)
	x.disputed()
	if c := x.Collateral; c != nil {
		state := c.State
		switch x.s.holds.list[x.p.hold].state {
		case stake.Releasing:
			state = "being returned"
		case stake.Forfeiting:
			state = "being forfeited"
		}
		x.say("Its collateral of %d sat is %s.", c.AmountSat, state)
	}
}

func (x *explainer) draft() {
	t, h := x.p.track, &x.s.holds.list[x.p.hold]
	if h.state == stake.Requested {
		x.say("The invoice of its collateral, %d sat, is being made.", h.amountSat)
	} else {
		x.Collateral.PayByMs = h.requestedMs + x.s.constitution.Stake.InvoiceExpiryS*1000
		x.NextMs = x.Collateral.PayByMs
		x.say("It waits for its collateral: %d sat, to be paid to its hold invoice by %s; unpaid, it is cancelled.", h.amountSat, atText(x.NextMs))
	}
	x.crowded()
	x.say("Once the collateral is locked the vote starts after %s and lasts %s.", spanText(t.VotingDelayS*1000), spanText(t.VoteS()*1000))
}

func (x *explainer) pending() {
	start := x.p.life.VoteStart(x.p.track)
	x.NextMs = start - 1
	x.say("The vote starts at %s, and lasts until %s.", x.until(start), atText(x.p.life.DeadlineMs))
	x.say("Weights are those of everything recorded before it starts; until then its proposer can cancel it.")
}

// open explains a vote that is not closed yet, as if it closed now.
func (x *explainer) open(phase voting.Phase) {
	p := x.p
	if p.conviction != nil {
		x.gatheringOpen(phase == voting.Ended)
		return
	}
	counts, delegated, known := x.s.wouldCount(p)
	v := x.count(counts, x.s.eligible(p), true)
	v.Delegated, v.DelegatedLeftOut = delegated, !known
	x.NextMs = p.life.DeadlineMs
	if phase == voting.Ended {
		x.say("The vote ended at %s; the entry that closes it is due.", atText(p.life.DeadlineMs))
	} else {
		x.say("The vote runs until %s; a ballot at that instant counts.", x.until(p.life.DeadlineMs))
	}
	x.quorum("so far")
	x.pass()
	if v.Delegated > 0 {
		x.say("Of these, %d is delegated weight, which can be recalled until the deadline.", v.Delegated)
	}
	if !known {
		x.say("Delegated weight is left out: there are more than %d ballots and delegations to look at. The close counts it.", maxExplained)
	}
	if phase == voting.Active {
		x.moves()
	}
}

// moves says what can move the deadline.
func (x *explainer) moves() {
	t := x.p.track
	if t.LateQuorumS > 0 && !x.p.quorate && !x.p.life.Early {
		x.say("If ballots reach the quorum less than %s before the deadline, it moves to %[1]s after the one that does.", spanText(t.LateQuorumS*1000))
	}
	switch {
	case x.p.life.Early:
		x.say("Nothing can change the result any more, so the vote ends early.")
	case t.Pass.Early == voting.EarlyCertain && t.FinalVotes:
		x.say("It ends early once no ballot still to come can change the result.")
	case t.Pass.Early == voting.EarlySuper && t.FinalVotes:
		x.say("It ends early once %d ppm of the eligible weight voted for it.", t.Pass.SuperPPM)
	}
}

// count holds counts against the rules. needKnown is false where the turnout
// average that applied is gone.
func (x *explainer) count(c voting.Counts, eligible uint64, needKnown bool) *view.VoteExplained {
	t := x.p.track
	quorum, pass := x.p.rules()
	v := &view.VoteExplained{DeadlineMs: x.p.life.DeadlineMs, For: op.Weight(c.For), Against: op.Weight(c.Against),
		Abstain: op.Weight(c.Abstain), Eligible: op.Weight(eligible), QuorumHave: op.Weight(quorum.Measure(c))}
	if needKnown {
		need := op.Weight(quorum.Need(eligible, x.s.participation.turnoutFor(x.p)))
		v.QuorumNeed, v.QuorumMissing = &need, missing(v.QuorumHave, need)
	}
	if need, possible := pass.Need(c, eligible); possible && !t.Method().HasOptions() {
		least := op.Weight(need)
		v.PassNeed, v.PassMissing = &least, missing(v.For, least)
	}
	x.Vote = v
	return v
}

func missing(have, need op.Weight) op.Weight {
	if have >= need {
		return 0
	}
	return need - have
}

func (x *explainer) quorum(when string) {
	v := x.Vote
	q, _ := x.p.rules()
	what := "took part"
	if q.Kind == voting.QuorumFor {
		what = "was for it"
	}
	switch {
	case q.Kind == voting.QuorumNone:
		x.say("There is no quorum.")
	case v.QuorumNeed == nil:
		x.say("Weight %d of %d %s; the quorum followed the turnout of earlier votes.", v.QuorumHave, v.Eligible, what)
	case v.QuorumMissing > 0:
		x.say("Quorum: weight %d of the %d needed %s %s, %d is missing.", v.QuorumHave, *v.QuorumNeed, what, when, v.QuorumMissing)
	default:
		x.say("Quorum: weight %d %s %s, %d was needed: met.", v.QuorumHave, what, when, *v.QuorumNeed)
	}
}

func (x *explainer) pass() {
	v, t := x.Vote, x.p.track
	switch {
	case t.Method().HasOptions():
		x.say("Of the %d options the one with the highest score wins.", len(x.p.options))
	case v.PassNeed == nil:
		x.say("Passing: %d is for and %d against; while any weight is against, it cannot pass.", v.For, v.Against)
	case v.PassMissing > 0:
		x.say("Passing: %d is for and %d against; it needs %d for, %d more.", v.For, v.Against, *v.PassNeed, v.PassMissing)
	default:
		x.say("Passing: %d is for and %d against; it needs %d for: met.", v.For, v.Against, *v.PassNeed)
	}
}

// closed explains the outcome.
func (x *explainer) closed() {
	c, t := x.p.close, x.p.track
	quorum, _ := x.p.rules()
	if x.p.conviction != nil {
		x.gatheringClosed()
		return
	}
	v := x.count(voting.Counts{For: uint64(c.For), Against: uint64(c.Against), Abstain: uint64(c.Abstain)},
		uint64(c.Eligible), quorum.Kind != voting.QuorumTurnout)
	v.Delegated, v.Winner = c.Delegation.Delegated, c.Winner
	if x.p.life.Early {
		x.say("The vote ended early at %s, when nothing could change its result any more.", atText(x.p.life.DeadlineMs))
	} else {
		x.say("The vote ended at %s.", atText(x.p.life.DeadlineMs))
	}
	x.quorum("in all")
	switch {
	case !t.Method().HasOptions():
		x.pass()
	case c.Winner > 0:
		x.say("Option %d has the highest score, %s: %s.", c.Winner, c.Scores.List()[c.Winner-1], x.p.options[c.Winner-1])
	default:
		x.say("No option has a score.")
	}
	if v.Delegated > 0 {
		x.say("Of these, %d was delegated weight.", v.Delegated)
	}
	if ties, passed := strings.CutPrefix(c.Reason, "passed"); passed {
		x.say("So it passed%s.", ties)
	} else {
		x.say("So it was defeated by the rule %s.", c.Reason)
	}
}

// queued explains timelock, pause, veto and what execution would meet.
func (x *explainer) queued() {
	s, p, l := x.s, x.p, x.p.life
	q := &view.QueueExplained{ExecuteAfterMs: l.ExecuteAfter(p.track), GraceEndMs: l.GraceEnd(p.track),
		OppositionMs: l.ExtraMs, VetoesNeeded: s.constitution.Guardians.Needed()}
	x.Queue, x.NextMs = q, q.ExecuteAfterMs
	over := x.nowMs > q.ExecuteAfterMs
	if over {
		x.say("Its timelock ended at %s; the entry that executes it is due.", atText(q.ExecuteAfterMs))
	} else {
		x.say("Its timelock lasts until %s; it is executed right after.", x.until(q.ExecuteAfterMs))
	}
	if q.OppositionMs > 0 {
		x.say("Opposition made the timelock %s longer.", spanText(q.OppositionMs))
	}
	if last := s.pauses.lastPause(p.track.Name); last != nil && x.nowMs <= last.untilMs {
		q.PausedUntilMs = last.untilMs
		x.say("Track %s is paused until %s: nothing is executed before.", p.track.Name, atText(last.untilMs))
	}
	x.veto(over)
	x.exits()
	if _, err := s.tryExecution(p); err != nil {
		q.Refusal = err.Error()
		x.say("As things stand it would fail: %s.", q.Refusal)
	} else {
		x.say("As things stand its actions can be executed.")
	}
	if p.unstoppable() {
		x.say("It does not expire.")
		return
	}
	x.say("Not executed by %s it expires.", atText(q.GraceEndMs))
}

func (x *explainer) veto(over bool) {
	q := x.Queue
	for _, a := range x.p.vetoes {
		if x.s.guardian(a.key) {
			q.VetoesSigned++
		}
	}
	switch {
	case x.p.shielded():
		x.say("It changes the guardians and nothing else, so nobody can stop it.")
	case !x.p.track.Vetoable:
		x.say("Track %s knows no veto.", x.p.track.Name)
		if x.p.track.CancelUntil == "" && !x.p.unstoppable() {
			x.say("The operator, or %d guardians, may cancel it until it is executed.", q.VetoesNeeded)
		}
	case over:
		x.say("It is too late for a veto.")
	default:
		q.VetoUntilMs = q.ExecuteAfterMs
		x.say("The operator, or %d guardians, of whom %d signed, may veto it until then.", q.VetoesNeeded, q.VetoesSigned)
	}
}
