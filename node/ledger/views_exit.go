package ledger

import (
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

func (s *State) exitsView(p *proposal) view.Exits {
	if !p.letsLeave() || p.close == nil {
		return view.Exits{}
	}
	x := p.exits
	if p.life.End == voting.NotEnded {
		x.elsewhereSat = s.leftElsewhere(p)
	}
	return view.Exits{Count: x.count, LeftSat: x.leftSat, ElsewhereSat: x.elsewhereSat, MarkSat: x.markSat,
		// The share that must stay is rounded up, what may go down.
		MostSat: muldiv.Floor(x.markSat, uint64(1_000_000-s.constitution.Exit.RetentionPpm), 1_000_000)}
}

// ExitQuote computes what exit would do at an instant, the last entry's if that is
// later, or why it would be refused; ok is false if there is no such proposal or
// agent.
func (s *State) ExitQuote(id op.ID, key op.PublicKey, nowMs int64) (q view.ExitQuote, ok bool) {
	i, there := s.proposals.at[id]
	at, registered := s.agents.at[key]
	if !there || !registered {
		return view.ExitQuote{}, false
	}
	p := &s.proposals.list[i]
	q = view.ExitQuote{Proposal: id, Agent: key, Share: s.constitution.Exit.RestsOn(), Payouts: []view.ExitShare{}}
	err := s.mayExit(p, at)
	if left := s.agents.list[at].leftSeq; left != 0 {
		err = refusal.New(refusal.ErrForbidden, "pubkey", "left", "%s left the economy by entry %d", key, left)
	}
	if err != nil {
		q.Refusal = err.Error()
		return q, true
	}
	nowMs = max(nowMs, s.clock.TimeMs)
	q.OwnSat, q.OfSat = s.shareOf(p, at, nowMs)
	for _, x := range s.exitShares(p, at, nowMs) {
		q.Payouts = append(q.Payouts, view.ExitShare{Pool: s.constitution.Pools[x.pool].Name, AmountSat: x.sat, FeeLimitSat: x.feeSat})
	}
	return q, true
}
