package ledger

import (
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// executeFact is what is due once the timelock of a queued proposal is over,
// and the plan of its actions; nil where they are refused or
// the grace is over.
func (s *State) executeFact(p *proposal) (*Fact, *plan) {
	if s.graceOver(p) {
		return &Fact{op.KindExpire, op.Expire{Proposal: p.id}}, nil
	}
	f := op.Execute{Proposal: p.id}
	after, err := s.tryExecution(p)
	if err == nil {
		err = s.retained(s.proposals.at[p.id])
	}
	if err != nil {
		f.Failure = clipped(err.Error())
	}
	return &Fact{op.KindExecute, f}, after
}

// graceOver tells whether it is too late to execute a decision. The first entry after
// the timelock executes it, so that only a log without entries comes so late: that of
// an operator who is away, or wants to be. What nobody can stop is executed
// nevertheless.
func (s *State) graceOver(p *proposal) bool {
	return s.clock.TimeMs > p.life.GraceEnd(p.track) && !p.unstoppable()
}

// maxFailure bounds the reason of a failed execution, in bytes: it may quote what was
// proposed, and a fact that is due must fit an event.
const maxFailure = 4 << 10

// clipped cuts a text to maxFailure bytes, between two letters.
func clipped(text string) string {
	if len(text) <= maxFailure {
		return text
	}
	return strings.ToValidUTF8(text[:maxFailure-3], "") + "..."
}

// tryExecution tries a decision as if nobody had announced to leave by it: what is
// set aside for its leavers stops no payment of it.
func (s *State) tryExecution(p *proposal) (*plan, error) {
	d := &plan{s: s}
	for _, at := range p.exits.leavers {
		for _, r := range s.agents.list[at].leaving.shares {
			d.give(r.pool, r.sat+r.feeSat)
		}
	}
	return d.tryWith(p.actions, p.eval)
}

// execute carries the actions out, all or nothing. A refused action makes the
// proposal failed and changes nothing else.
func (s *State) execute(e *op.Entry, c *op.Execute) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	p := &s.proposals.list[i]
	want, after := s.executeFact(p)
	if want.Content != *c {
		return refusal.New(refusal.ErrFact, "content", "execute", "states %+v, recomputed %+v", *c, want.Content)
	}
	if c.Failure != "" {
		if after != nil && !s.leaversRetained(p) {
			p.exits.block()
		}
		s.endProposal(i, voting.EndFailed, c.Failure)
		return s.returnCollateral(i, "proposal failed")
	}
	p.execute(s.clock.TimeMs)
	if p.eval != nil {
		p.end(voting.EndExecuted, "")
		s.entry.touch(i)
		s.carryOut(after, i)
		s.endExits(i, true)
		s.beginEvaluation(i, after)
		return nil
	}
	s.endProposal(i, voting.EndExecuted, "")
	s.carryOut(after, i)
	s.endExits(i, true)
	return s.returnCollateral(i, "proposal executed")
}

// expire ends a proposal that was not executed within its grace.
func (s *State) expire(e *op.Entry, c *op.Expire) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	if p := &s.proposals.list[i]; !s.graceOver(p) {
		return refusal.New(refusal.ErrFact, "content.proposal", "grace", "may be executed until %s, or at any time if nobody can stop it", atText(p.life.GraceEnd(p.track)))
	}
	s.endProposal(i, voting.EndExpired, "not executed within its grace")
	return s.returnCollateral(i, "proposal expired")
}
