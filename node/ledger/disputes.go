package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Grounds lists what a challenge can be for. A proposal can be challenged once
// on each.
func Grounds() []string {
	return []string{"procedure", "fraud", "misstated-facts", "conflict-of-interest", "harm"}
}

type disputeState uint8

const (
	disputeUnbonded disputeState = iota // waits for its bond
	disputeOpen
	disputeUpheld
	disputeRefused
	disputeVoid // ended without a ruling: no bond, no jury, or nothing left to decide
)

var disputeStates = [...]string{"unbonded", "open", "upheld", "refused", "void"}

type juryVote uint8

const (
	absent juryVote = iota
	uphold
	against // refuse the challenge
)

// disputeOp challenges a decision. Only the lock of the bond makes it stand.
func (s *State) disputeOp(e *op.Entry, c *op.Dispute) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	if !slices.Contains(Grounds(), c.Ground) {
		return refusal.New(refusal.ErrInvalid, "content.ground", "ground", "is %+q, must be one of %v", c.Ground, Grounds())
	}
	if err := refusal.TextWithin("content.text", c.Text, 1, maxText); err != nil {
		return err
	}
	if err := s.challengeable(i); err != nil {
		return err
	}
	before, err := s.challengesBefore(i, c.Ground)
	if err != nil {
		return err
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	rule := *s.proposals.list[i].track.Dispute
	s.entry.count(units(len(s.proposals.list[i].standing), standingPerUnit))
	d := s.disputes.add(dispute{id: e.Event.ID, seq: e.Seq, proposal: i, ground: c.Ground, text: c.Text, rule: rule})
	s.proposals.list[i].disputed(d)
	h := s.openHold(e, at, rule.BondAfter(before), forBond, d)
	s.disputes.list[d].addBond(partyBond{agent: at, hold: h, uphold: true, round: -1, text: c.Text, seq: e.Seq})
	return nil
}

// standingPerUnit is how many challenges of one proposal, those without a bond
// included, are looked at for one unit of work.
const standingPerUnit = 64

// challengesBefore counts the challenges of a proposal that stood so far, and
// refuses a ground that one of them was for. One whose bond was never locked is
// none: else somebody could take up the grounds without a sat at risk.
func (s *State) challengesBefore(i int, ground string) (int, error) {
	n := 0
	for _, d := range s.proposals.list[i].standing {
		x := &s.disputes.list[d]
		if x.state == disputeUnbonded {
			continue
		}
		if n++; x.ground == ground {
			return 0, refusal.New(refusal.ErrRule, "content.ground", "ground-once", "was brought by dispute %s already", x.id)
		}
	}
	return n, nil
}

// challengeable tells whether a proposal can be challenged now.
func (s *State) challengeable(i int) error {
	p, now := &s.proposals.list[i], s.clock.TimeMs
	r := p.track.Dispute
	if r == nil {
		return refusal.New(refusal.ErrRule, "content.proposal", "dispute", "track %s has no disputes", p.track.Name)
	}
	if p.removal() {
		return refusal.New(refusal.ErrForbidden, "content.proposal", "own-removal", "it removes guardians and does nothing else: no challenge can hold that up or undo it")
	}
	switch phase := s.phase(p); {
	case phase == voting.Queued || p.frozen():
		if end := p.life.ClosedMs + r.WindowS*1000; now > end {
			return refusal.New(refusal.ErrPhase, "content.proposal", "dispute-window", "it could be challenged until %s, it is %s", atText(end), atText(now))
		}
	case phase == voting.Executed || phase == voting.Evaluating || phase == voting.Disputed:
		if r.AfterS == 0 {
			return refusal.New(refusal.ErrPhase, "content.proposal", "dispute", "it is %s; track %s lets a decision be challenged before its execution only", phase, p.track.Name)
		}
		if _, can := p.undoing(); !can {
			return refusal.New(refusal.ErrRule, "content.proposal", "reversible", "it was executed, and not all of its actions can be undone")
		}
		if end := p.executedMs + r.AfterS*1000; now > end {
			return refusal.New(refusal.ErrPhase, "content.proposal", "dispute-window", "it could be challenged until %s, it is %s", atText(end), atText(now))
		}
	default:
		return refusal.New(refusal.ErrPhase, "content.proposal", "dispute", "it is %s; a decision can be challenged while it is queued, or after it was executed", phase)
	}
	return nil
}

// bondLocked: a challenge or an appeal stands, if it still can.
func (s *State) bondLocked(hold int) error {
	d := s.holds.list[hold].subject
	if s.disputes.list[d].bonds[0].hold != hold {
		return s.appealLocked(d, hold)
	}
	x := &s.disputes.list[d]
	if x.state != disputeUnbonded {
		return s.releaseHold(hold, x.reason)
	}
	if err := s.standsNow(x, s.holds.list[hold].paidSat); err != nil {
		s.voidDispute(d, err.Error())
		return nil
	}
	x.lock(s.clock.TimeMs)
	if short := s.shortOfJurors(d); short != "" {
		x.lock(0)
		s.voidDispute(d, short)
		return nil
	}
	x.open()
	s.freeze(x.proposal)
	s.nextRound(d)
	return nil
}

// standsNow tells whether a challenge whose bond is locked now still can: others
// may have been faster.
func (s *State) standsNow(x *dispute, bondSat int64) error {
	if err := s.challengeable(x.proposal); err != nil {
		return err
	}
	n, err := s.challengesBefore(x.proposal, x.ground)
	if err != nil {
		return err
	}
	if need := x.rule.BondAfter(n); bondSat < need {
		return refusal.New(refusal.ErrRule, "", "bond", "%d challenges came first meanwhile: %d sat were locked, %d are needed", n, bondSat, need)
	}
	x.setNth(n)
	return nil
}

// shortOfJurors says why the juries that a challenge may come to could not be drawn
// if their blocks were here; empty if they could. A challenge without a jury stops
// nothing. An appeal is looked at here only where who sat may sit again: else
// nobody knows yet who will have sat.
func (s *State) shortOfJurors(d int) string {
	x := &s.disputes.list[d]
	last, least := 0, leastTrust(x.rule)
	if x.rule.ByWeight() {
		last = int(x.rule.MaxRounds) - 1
	}
	f := s.fieldUntil(d, x.lockedMs, s.drawHeight(), x.rule.Candidates(last), func(f *juryField) bool { return f.suffices(x.rule, last, least) })
	return f.shortNow(x.rule, last)
}

// frozen tells whether a challenge stops a proposal on its way to execution.
func (p *proposal) frozen() bool { return p.life.Disputed && p.life.End == voting.NotEnded }

// freeze stops the way of a proposal, if nothing has yet.
func (s *State) freeze(i int) {
	p := &s.proposals.list[i]
	if p.freeze(s.clock.TimeMs) {
		s.entry.touch(i)
	}
}

// thaw lets a proposal go on once nothing stops it any more: what was left of its
// timelock when it was frozen is left of it now.
func (s *State) thaw(i int) {
	p := &s.proposals.list[i]
	if !p.thaw() {
		return
	}
	s.entry.touch(i)
	switch {
	case p.evaluating():
		s.agenda.add(p.life.EvaluateMs, op.KindEvaluate, i)
		return
	case p.life.End != voting.NotEnded:
		return
	}
	p.resume(s.clock.TimeMs)
	s.agenda.add(p.life.ExecuteAfter(p.track), op.KindExecute, i)
}

// nextRound opens a round, to be drawn with a block that is still to come.
func (s *State) nextRound(d int) {
	at := s.drawHeight()
	s.disputes.nextRound(d, round{openedMs: s.clock.TimeMs, drawHeight: at})
	s.agenda.addHeight(at, op.KindDraw, d)
}

// last is the round in work.
func (x *dispute) last() *round { return &x.rounds[len(x.rounds)-1] }

// openDispute finds an open dispute that an operation names.
func (s *disputes) openDispute(id op.ID) (int, error) {
	d, ok := s.at[id]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, "content.dispute", "dispute", "no dispute %s", id)
	}
	if x := &s.list[d]; x.state != disputeOpen {
		return 0, refusal.New(refusal.ErrPhase, "content.dispute", "dispute-open", "it is %s", disputeStates[x.state])
	}
	return d, nil
}
