package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/voting"
)

// leaverStake is the least that the agent had locked at any time from seniority_s
// before the vote started.
func (s *State) leaverStake(p *proposal, at slot) uint64 {
	return s.agents.list[at].stakeSat.Least(p.life.VoteStart(p.track) - s.constitution.Exit.SeniorityS*1000)
}

// refundOf is the agent's share of the pools by stake, with everybody counted as
// gone who left since the vote started or announced it, by whichever proposal.
func (s *State) refundOf(p *proposal, at slot) voting.Refund {
	start := p.life.VoteStart(p.track)
	return voting.Refund{OwnSat: s.leaverStake(p, at), Then: s.stakes.lockedSat.Before(start), Left: s.stakes.goneSat(s.leavers.going, start), Now: s.stakes.lockedSat.Now() - s.leavers.leavingSat}
}

// shareOf is what the agent's share rests on and what it is a share of, over all
// pools that are shared, as of an instant.
func (s *State) shareOf(p *proposal, at slot, nowMs int64) (own, of uint64) {
	if s.constitution.Exit.RestsOn() == constitution.ShareStake {
		r := s.refundOf(p, at)
		return r.OwnSat, r.WholeSat()
	}
	for _, name := range s.constitution.Exit.Pools {
		if pool, err := s.poolByName("exit", name); err == nil {
			own += uint64(s.broughtIn(at, pool, nowMs))
			of += uint64(s.cameIn(pool, nowMs))
		}
	}
	return own, of
}

// exitShares lists the shares of the pools as of an instant. What the route of the payment may
// cost comes out of the share, so that who stays pays nothing for it; what the
// route does not cost returns to the pool. A share that the route would eat up
// stays there.
func (s *State) exitShares(p *proposal, at slot, nowMs int64) []refundShare {
	byStake := s.constitution.Exit.RestsOn() == constitution.ShareStake
	var r voting.Refund
	if byStake {
		r = s.refundOf(p, at)
	}
	var list []refundShare
	for _, name := range s.constitution.Exit.Pools {
		pool, err := s.poolByName("exit", name)
		if err != nil {
			continue // validated; pools never go away
		}
		share := r.Of(s.treasury.poolSats[pool])
		if !byStake {
			share = voting.BroughtInShare(s.broughtIn(at, pool, nowMs), s.cameIn(pool, nowMs), s.treasury.poolSats[pool])
		}
		if sat, fee := s.constitution.Payouts.Within(share); sat > 0 {
			list = append(list, refundShare{pool, sat, fee, s.broughtIn(at, pool, nowMs)})
		}
	}
	return list
}
