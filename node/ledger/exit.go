package ledger

import (
	"fmt"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// ExitRules let agents leave before a decision that they voted against is
// executed, on tracks with rage_quit. Absent members have the defaults named.
type ExitRules struct {
	// Pools are those that whoever leaves gets a share of.
	Pools []string `json:"pools,omitempty"`
	// RetentionPpm is the share of the stake that must stay for the decision
	// to be executed; 0 is none.
	RetentionPpm int64 `json:"retention_ppm,omitempty"`
	// SeniorityS is for how long before the vote stake must have been locked
	// to have a share, in seconds; 0 asks for it at the start of the vote
	// only.
	SeniorityS int64 `json:"seniority_s,omitempty"`
}

// validateExit checks the pools that can be shared, and that tracks which let
// agents leave have something to share and time to leave.
func (c *Constitution) validateExit() error {
	for i, name := range c.Exit.Pools {
		field := fmt.Sprintf("constitution.exit.pools[%d]", i)
		if !slices.ContainsFunc(c.Pools, func(p PoolShare) bool { return p.Name == name }) {
			return refuse(ErrInvalid, field, "pool", "no pool %q in the constitution", name)
		}
		if slices.Contains(c.Exit.Pools[:i], name) {
			return refuse(ErrInvalid, field, "unique", "%q appears twice", name)
		}
	}
	if r := c.Exit.RetentionPpm; r < 0 || r > voting.PPM {
		return refuse(ErrInvalid, "constitution.exit.retention_ppm", "range", "is %d, must be between 0 and 1000000", r)
	}
	if y := c.Exit.SeniorityS; y < 0 || y > 366*dayS {
		return refuse(ErrInvalid, "constitution.exit.seniority_s", "range", "is %d, must be between 0 and %d", y, 366*dayS)
	}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if t.RageQuit && len(c.Exit.Pools) == 0 {
			return refuse(ErrInvalid, fmt.Sprintf("constitution.tracks[%d].rage_quit", i), "exit-pools", "track %s lets agents leave with a share of the pools in exit.pools, and there are none", t.Name)
		}
	}
	return nil
}

// exits is what those who left for one proposal took along.
type exits struct {
	count   int
	leftSat uint64 // their stakes, as far as they had a share
	markSat uint64 // high-water mark of all locked stake from the start of the vote to its close
}

// startExits fixes the mark that retention is measured by when the vote closes:
// whoever locks or releases stake afterwards moves nothing.
func (s *State) startExits(p *proposal) {
	now := s.clock.TimeMs
	p.exits = exits{markSat: s.locked.Max(now, now-p.life.VoteStart(p.track))}
}

// retained refuses the execution if too much left.
func (s *State) retained(p *proposal) error {
	least := s.constitution.Exit.RetentionPpm
	if !p.track.RageQuit || voting.Retained(p.exits.markSat, p.exits.leftSat, least) {
		return nil
	}
	return refuse(ErrRule, "exit", "exit-retention", "%d agents left with %d of %d sat of stake, %d ppm must stay",
		p.exits.count, p.exits.leftSat, p.exits.markSat, least)
}

// exit lets the signer leave: its share of the pools is owed to it, its stakes
// are released, its delegations end and its key can vote and propose no more.
func (s *State) exit(e *op.Entry, c *op.Exit) error {
	at, err := s.signer(e)
	if err != nil {
		return err
	}
	i, err := s.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	p := &s.proposals[i]
	if err := s.mayExit(p, at); err != nil {
		return err
	}
	refund := s.refundOf(p, at)
	shares := s.refundShares(refund)
	for _, r := range shares {
		s.poolSats[r.pool] -= r.sat + r.feeSat
		s.owe(stableID("exit", e.Event.ID.String(), s.constitution.Pools[r.pool].Name), at, r.pool, r.sat, r.feeSat, "exit", actionRef{proposal: -1}, op.NodeKey{})
	}
	p.exits.count++
	p.exits.leftSat += refund.OwnSat
	return s.leave(e, at)
}

// mayExit checks that the agent voted against a decision that is not executed
// yet, and that everything of it can be let go now.
func (s *State) mayExit(p *proposal, at slot) error {
	phase := s.phase(p)
	switch {
	case !p.track.RageQuit || len(s.constitution.Exit.Pools) == 0:
		return refuse(ErrRule, "content.proposal", "exit-track", "track %s does not let agents leave with a share", p.track.Name)
	case phase != voting.Queued && (phase != voting.Disputed || p.life.End != voting.NotEnded):
		return refuse(ErrPhase, "content.proposal", "exit-phase", "it is %s; agents can leave from the close of the vote to the execution", phase)
	}
	n, voted := p.ballotAt[at]
	if !voted {
		return refuse(ErrRule, "pubkey", "exit-ballot", "has no ballot in this vote; only who voted against can leave with a share")
	}
	if a := p.answers(n, p.ballots[n].weight); a.Against <= a.For {
		return refuse(ErrRule, "pubkey", "exit-ballot", "voted %s: weight %d against, %d for; only who voted against can leave with a share", p.ballots[n].choice, a.Against, a.For)
	}
	for _, k := range s.agents[at].holds {
		if h := &s.holds[k]; h.purpose == forStake && h.state == stake.Requested || h.purpose == forJuror && h.state == stake.Requested {
			return refuse(ErrPhase, "pubkey", "hold-life", "the invoice of hold %s is being made; try again in a moment", h.id)
		}
	}
	return nil
}

// refundOf is the agent's share of the pools: the least that it had locked at any
// time from seniority_s before the vote started, over all that is locked.
func (s *State) refundOf(p *proposal, at slot) voting.Refund {
	start := p.life.VoteStart(p.track)
	own := s.agents[at].stakeSat.least(start - s.constitution.Exit.SeniorityS*1000)
	return voting.Refund{OwnSat: own, Then: s.lockedSat.before(start), Left: p.exits.leftSat, Now: s.lockedSat.now()}
}

// refundShare is what is paid from one pool: both together are the share of it.
type refundShare struct {
	pool        int
	sat, feeSat int64
}

// refundShares lists the shares of the pools. What the route of the payment may
// cost comes out of the share, so that who stays pays nothing for it; what the
// route does not cost returns to the pool. A share that the route would eat up
// stays there.
func (s *State) refundShares(r voting.Refund) []refundShare {
	var list []refundShare
	for _, name := range s.constitution.Exit.Pools {
		pool, err := s.poolByName("exit", name)
		if err != nil {
			continue // validated; pools never go away
		}
		if sat, fee := s.constitution.Payouts.within(r.Of(s.poolSats[pool])); sat > 0 {
			list = append(list, refundShare{pool, sat, fee})
		}
	}
	return list
}

// within is the most that can be paid of so many sats with the route's cost
// among them, and that cost.
func (r PayoutRules) within(sat int64) (pay, fee int64) {
	pay = mulDiv(max(0, sat-r.FeeLimitSat(0)), 1_000_000, 1_000_000+orElse(r.FeePpm, 10_000))
	for pay+1+r.FeeLimitSat(pay+1) <= sat {
		pay++ // the fee is rounded down, so at most twice
	}
	return pay, r.FeeLimitSat(pay)
}

// leave takes an agent out of the economy. Weights of the past stay as they
// were; ballots of its own in votes that are still open are taken out, for its
// stake no longer stands behind them.
func (s *State) leave(e *op.Entry, at slot) error {
	a := &s.agents[at]
	for _, k := range a.holds {
		h := &s.holds[k]
		if h.purpose == forStake && (h.state == stake.Locked || h.state == stake.Offered) {
			if err := s.releaseHold(k, "its agent left"); err != nil {
				panic("ledger: hold of an agent that leaves: " + err.Error())
			}
		}
	}
	s.withdrawBallots(at)
	basis := s.basisNow(a)
	for i := range s.classes {
		c := &s.classes[i]
		if w := c.rule.Weight(basis); w != 0 {
			c.total.set(s.clock.TimeMs, c.total.now()-w)
		}
	}
	a.leftSeq, a.leftMs = e.Seq, s.clock.TimeMs
	s.leavers = append(s.leavers, a.leftMs)
	for i := range a.scopes {
		a.scopes[i].edges, a.scopes[i].removed = nil, true
	}
	s.dismissLeaver(at)
	return nil
}

// leftBefore tells whether the agent left strictly before an instant.
func (a *agent) leftBefore(atMs int64) bool { return a.leftMs != 0 && a.leftMs < atMs }

// leaversBefore is the number of agents that left strictly before an instant.
func (s *State) leaversBefore(atMs int64) int {
	return sort.Search(len(s.leavers), func(i int) bool { return s.leavers[i] >= atMs })
}

// dismissLeaver takes the agent off the roll of jurors, or once the dispute that
// it sits on has ended.
func (s *State) dismissLeaver(at slot) {
	i, ok := s.jurorAt[at]
	if !ok || s.jurors[i].gone {
		return
	}
	if s.jurors[i].seat >= 0 {
		s.jurors[i].leaves = true
		return
	}
	s.dismiss(i, "its agent left")
}

// withdrawBallots takes an agent's ballots out of the votes that are open, the
// last proposals first until all are found. Votes on conviction tracks keep
// theirs, with the stake that is left behind them: none.
func (s *State) withdrawBallots(at slot) {
	a := &s.agents[at]
	for i, left := len(s.proposals)-1, a.boundVotes(); i >= 0 && left > 0; i-- {
		p := &s.proposals[i]
		n, voted := p.ballotAt[at]
		if !voted || p.gather != nil || p.close != nil || p.life.End != voting.NotEnded {
			continue
		}
		left--
		if p.life.Early || p.life.DeadlineMs < s.clock.TimeMs {
			continue // what was cast decides, its close is due
		}
		p.withdraw(n)
		a.openVotes--
	}
}

// withdraw takes the n-th ballot out of the count; the last takes its place.
func (p *proposal) withdraw(n int) {
	gone := p.answers(n, p.ballots[n].weight)
	p.counts.For -= gone.For
	p.counts.Against -= gone.Against
	p.counts.Abstain -= gone.Abstain
	delete(p.ballotAt, p.ballots[n].voter)
	last := len(p.ballots) - 1
	if n != last {
		p.ballots[n] = p.ballots[last]
		p.ballotAt[p.ballots[n].voter] = n
	}
	p.ballots = p.ballots[:last]
	if p.filled != nil {
		p.filled[n] = p.filled[last]
		p.filled = p.filled[:last]
	}
}

// outlivesExit tells whether who left may still send an operation: what it needs
// to get what it is owed.
func outlivesExit(k op.Kind) bool { return k == op.KindClaim || k == op.KindDrawGrant }
