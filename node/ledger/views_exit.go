package ledger

import (
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// ExitsView says how many agents left for a proposal, and how many may. Stakes
// are in sats.
type ExitsView struct {
	Count   int    `json:"count"`
	LeftSat uint64 `json:"left_sat"` // stakes of those who leave by it, as far as they count
	// ElsewhereSat are the stakes of those who left by other proposals since the
	// vote started; both together must not exceed MostSat. Those who left because
	// they made one fail are not among them.
	ElsewhereSat uint64 `json:"elsewhere_sat"`
	// MarkSat is the high-water mark of all locked stake from the start of the
	// vote to its close. With more than MostSat of it gone the execution fails.
	MarkSat uint64 `json:"mark_sat"`
	MostSat uint64 `json:"most_sat"`
}

func (s *State) exitsView(p *proposal) ExitsView {
	if !p.letsLeave() || p.close == nil {
		return ExitsView{}
	}
	x := p.exits
	if p.life.End == voting.NotEnded {
		x.elsewhereSat = s.leftElsewhere(p)
	}
	return ExitsView{Count: x.count, LeftSat: x.leftSat, ElsewhereSat: x.elsewhereSat, MarkSat: x.markSat,
		// The share that must stay is rounded up, what may go down.
		MostSat: muldiv.Floor(x.markSat, uint64(1_000_000-s.constitution.Exit.RetentionPpm), 1_000_000)}
}

// ExitQuote is what leaving would bring an agent now: by stake, OwnSat over OfSat
// of each pool; by what was brought in, what is left in each pool of what the
// agent brought there.
type ExitQuote struct {
	Proposal op.ID        `json:"proposal"`
	Agent    op.PublicKey `json:"agent"`
	Share    string       `json:"share"`   // stake or brought-in
	OwnSat   uint64       `json:"own_sat"` // least that was locked all the time that counts, or brought into the pools
	OfSat    uint64       `json:"of_sat"`  // all that is locked, or that came in
	Payouts  []ExitShare  `json:"payouts"`
	// Refusal says why the agent cannot leave now, and by which rule; absent
	// where it can.
	Refusal string `json:"refusal,omitempty"`
}

// ExitShare is what would be paid from one pool. What the route may cost is set
// aside beside it, out of the same share.
type ExitShare struct {
	Pool        string `json:"pool"`
	AmountSat   int64  `json:"amount_sat"`
	FeeLimitSat int64  `json:"fee_limit_sat"`
}

// ExitQuote computes what exit would do at an instant, the last entry's if that is
// later, or why it would be refused; ok is false if there is no such proposal or
// agent.
func (s *State) ExitQuote(id op.ID, key op.PublicKey, nowMs int64) (q ExitQuote, ok bool) {
	i, there := s.proposalAt[id]
	at, registered := s.agentAt[key]
	if !there || !registered {
		return ExitQuote{}, false
	}
	p := &s.proposals[i]
	q = ExitQuote{Proposal: id, Agent: key, Share: s.constitution.Exit.share(), Payouts: []ExitShare{}}
	err := s.mayExit(p, at)
	if left := s.agents[at].leftSeq; left != 0 {
		err = refusal.New(refusal.ErrForbidden, "pubkey", "left", "%s left the economy by entry %d", key, left)
	}
	if err != nil {
		q.Refusal = err.Error()
		return q, true
	}
	nowMs = max(nowMs, s.clock.TimeMs)
	q.OwnSat, q.OfSat = s.shareOf(p, at, nowMs)
	for _, x := range s.exitShares(p, at, nowMs) {
		q.Payouts = append(q.Payouts, ExitShare{s.constitution.Pools[x.pool].Name, x.sat, x.feeSat})
	}
	return q, true
}
