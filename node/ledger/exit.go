package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// letsLeave tells whether agents can leave by the decision. A removal of guardians is
// nothing to leave by: who is removed must not make it fail by leaving.
func (p *proposal) letsLeave() bool { return p.track.RageQuit && !p.removal() }

// startExits fixes the mark that retention is measured by when the vote closes:
// whoever locks or releases stake afterwards moves nothing. What was locked right
// before the vote is in it, as it is in the weights of the vote: who leaves in the
// very instant of the start counts as gone.
func (s *State) startExits(p *proposal) {
	now, start := s.clock.TimeMs, p.life.VoteStart(p.track)
	p.startExits(max(s.stakes.locked.Max(now, now-start), s.stakes.lockedSat.Before(start)))
}

// retained refuses the execution if too much left: by this decision, or by
// whichever other since its vote started. What is announced for others has not
// left yet.
func (s *State) retained(i int) error {
	p := &s.proposals.list[i]
	least := s.constitution.Exit.RetentionPpm
	if !p.letsLeave() {
		return nil
	}
	others := s.leftElsewhere(p)
	if voting.Retained(p.exits.markSat, p.exits.leftSat+others, least) {
		return nil
	}
	without := ""
	if !s.leaversRetained(p) {
		without = "; they leave without a share"
	}
	return refusal.New(refusal.ErrRule, "exit", "exit-retention", "%d agents leave with %d sat of stake and others left with %d since the vote started, of %d sat; %d ppm must stay%s",
		p.exits.count, p.exits.leftSat, others, p.exits.markSat, least, without)
}

// leaversRetained tells whether enough would stay, had nobody left by another
// decision.
func (s *State) leaversRetained(p *proposal) bool {
	return voting.Retained(p.exits.markSat, p.exits.leftSat, s.constitution.Exit.RetentionPpm)
}

// leftElsewhere sums the stakes, as of the start of a proposal's vote at most, of
// those who left since then; not of those who left because they made a decision
// fail: they have stopped that one, and stop no other. By the proposal itself nobody
// has left before it ended.
func (s *State) leftElsewhere(p *proposal) uint64 {
	return s.stakes.goneSat(s.leavers.left, p.life.VoteStart(p.track))
}

// exit announces that the signer leaves when the decision is executed. Its share
// of the pools is set aside now; until then it is an agent like any other, but
// that it cannot release its stake. If the decision comes to nothing, so does the
// announcement.
func (s *State) exit(e *op.Entry, c *op.Exit) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	p, a := &s.proposals.list[i], &s.agents.list[at]
	if err := s.mayExit(p, at); err != nil {
		return err
	}
	if c.LeastSat < 0 {
		return refusal.New(refusal.ErrInvalid, "content.least_sat", "range", "is %d, must not be negative", c.LeastSat)
	}
	x := &leaving{exit: e.Event.ID, proposal: i, ownSat: s.leaverStake(p, at), shares: s.exitShares(p, at, s.clock.TimeMs),
		brought: s.constitution.Exit.RestsOn() == constitution.ShareBroughtIn}
	var bringsSat int64
	for _, r := range x.shares {
		bringsSat += r.sat
	}
	if bringsSat < c.LeastSat {
		return refusal.New(refusal.ErrRule, "content.least_sat", "exit-least", "is %d, leaving now brings %d", c.LeastSat, bringsSat)
	}
	for _, r := range x.shares {
		s.treasury.draw(r.pool, r.sat+r.feeSat)
	}
	x.take(s.takeOut(at))
	a.leave(x)
	s.countGone(&s.leavers.going, at, x.ownSat, true)
	s.leavers.countSat(a.stakeSat.Now())
	p.exits.add(at, x.ownSat)
	return nil
}

// mayExit checks that the agent voted against a decision that is not executed
// yet, and has not announced that it leaves.
func (s *State) mayExit(p *proposal, at slot) error {
	phase := s.phase(p)
	switch {
	case !p.letsLeave() || len(s.constitution.Exit.Pools) == 0:
		return refusal.New(refusal.ErrRule, "content.proposal", "exit-track", "track %s does not let agents leave with a share; no removal of guardians does", p.track.Name)
	case phase != voting.Queued && (phase != voting.Disputed || p.life.End != voting.NotEnded):
		return refusal.New(refusal.ErrPhase, "content.proposal", "exit-phase", "it is %s; agents can leave from the close of the vote to the execution", phase)
	}
	if err := s.notLeaving(at); err != nil {
		return err
	}
	n, voted := p.ballotAt[at]
	if !voted {
		return refusal.New(refusal.ErrRule, "pubkey", "exit-ballot", "has no ballot in this vote; only who voted against can leave with a share")
	}
	if a := p.answers(n, p.ballots[n].weight); a.Against <= a.For {
		return refusal.New(refusal.ErrRule, "pubkey", "exit-ballot", "voted %s: weight %d against, %d for; only who voted against can leave with a share", p.ballots[n].choice, a.Against, a.For)
	}
	return nil
}

// notLeaving refuses what somebody who announced an exit cannot do.
func (s *State) notLeaving(at slot) error {
	if x := s.agents.list[at].leaving; x != nil {
		return refusal.New(refusal.ErrRule, "pubkey", "exit-announced", "announced to leave when %s is executed; until that is decided it cannot", s.proposals.list[x.proposal].id)
	}
	return nil
}

// leaversPerUnit is how many leavers are settled for one unit of work.
const leaversPerUnit = 1

// endExits settles the announcements of a proposal that has ended: executed, its
// leavers leave; else they stay, and their shares return to the pools. Where it
// failed because too many leave by it, they leave all the same, without a share. It
// takes a step for each of them, and for each hold and open vote that they have.
func (s *State) endExits(i int, executed bool) {
	p := &s.proposals.list[i]
	if !p.letsLeave() || p.close == nil {
		return
	}
	list := p.exits.end(s.leftElsewhere(p))
	if len(list) == 0 {
		return
	}
	s.entry.count(units(len(list), leaversPerUnit))
	if executed {
		s.cutShares(list)
	} else {
		s.returnShares(list)
	}
	for _, at := range list {
		a := &s.agents.list[at]
		x := a.leaving
		if executed || p.exits.blocked {
			s.depart(at, x, p.exits.blocked)
			continue
		}
		a.leave(nil)
		s.leavers.countSat(-a.stakeSat.Now())
		s.countGone(&s.leavers.going, at, x.ownSat, false)
		s.treasury.putBack(x.taken)
	}
	if !executed && !p.exits.blocked {
		p.exits.undo()
	}
}

// returnShares puts the shares of leavers back into the pools.
func (s *State) returnShares(leavers []slot) {
	for _, at := range leavers {
		x := s.agents.list[at].leaving
		for _, r := range x.shares {
			s.treasury.put(r.pool, r.sat+r.feeSat)
		}
		x.setShares(nil)
	}
}

// cutShares takes the shares of leavers out of the pools as the execution left
// them, see tryExecution. Where a pool holds less than all of them, each is cut to
// its part of what is left, rounded down.
func (s *State) cutShares(leavers []slot) {
	asked, have := make([]int64, len(s.treasury.poolSats)), slices.Clone(s.treasury.poolSats)
	for _, at := range leavers {
		for _, r := range s.agents.list[at].leaving.shares {
			asked[r.pool] += r.sat + r.feeSat
		}
	}
	for _, at := range leavers {
		list := s.agents.list[at].leaving.shares
		for k := range list {
			r := &list[k]
			if have[r.pool] < asked[r.pool] {
				r.cut(s.constitution.Payouts.Within(muldiv.Floor(r.sat+r.feeSat, have[r.pool], asked[r.pool])))
			}
			s.treasury.draw(r.pool, r.sat+r.feeSat)
		}
	}
}

// depart pays a leaver and takes it out of the economy.
func (s *State) depart(at slot, x *leaving, blocked bool) {
	for _, r := range x.shares {
		r = s.shareNow(x, r)
		if r.sat == 0 {
			continue
		}
		id := stableID("exit", x.exit.String(), s.constitution.Pools[r.pool].Name)
		s.owe(id, at, r.pool, r.sat, r.feeSat, purposeExit, actionRef{proposal: -1}, op.NodeKey{})
	}
	s.leavers.depart(departure{s.clock.TimeMs, at, x.ownSat, blocked})
	s.leave(at) // with its stake, so that leavingSat and going follow
	s.agents.list[at].leave(nil)
	if !blocked {
		s.countGone(&s.leavers.left, at, x.ownSat, true)
	}
}

// shareNow is a share as it is paid: of what was brought in no more than is left
// after what the pool has paid its agent since the announcement. The rest returns
// to the pool.
func (s *State) shareNow(x *leaving, r refundShare) refundShare {
	if !x.brought || r.ownSat >= r.sat+r.feeSat {
		return r
	}
	pay, fee := s.constitution.Payouts.Within(r.ownSat)
	s.treasury.put(r.pool, r.sat+r.feeSat-pay-fee)
	return refundShare{pool: r.pool, sat: pay, feeSat: fee}
}
