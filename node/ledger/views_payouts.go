package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func resultViews(p *proposal) []view.ActionResult {
	var list []view.ActionResult
	for i, r := range p.results {
		list = append(list, view.ActionResult{Action: p.actionKinds()[i], State: actionStates[r.state], Reason: r.reason, Ref: r.ref})
	}
	return list
}

// Payouts is the number of payouts ever made.
func (s *State) Payouts() int { return len(s.treasury.payouts) }

// Payout returns one payout by its id, or false.
func (s *State) Payout(id string) (view.Payout, bool) {
	i, ok := s.treasury.payoutAt[id]
	if !ok {
		return view.Payout{}, false
	}
	return s.PayoutAt(i), true
}

// PayoutAt returns the i-th payout in order of entry, 0 <= i < Payouts().
func (s *State) PayoutAt(i int) view.Payout {
	p := &s.treasury.payouts[i]
	v := view.Payout{ID: p.id, Agent: s.agents.list[p.agent].key, Pool: s.constitution.Pools[p.pool].Name, AmountSat: p.amountSat,
		FeeSat: p.feeSat, Purpose: p.purpose, Node: p.node, State: p.state.String(), UntilMs: p.untilMs, Claims: p.claims,
		Preimage: p.preimage, FeeMsat: p.feeMsat, Reason: p.reason, Seq: p.seq}
	if p.from.proposal >= 0 {
		v.Proposal = s.proposals.list[p.from.proposal].id
	}
	if p.grant > 0 {
		v.Grant = s.treasury.grants[p.grant-1].id
	}
	return v
}

// ReturnOf returns the payout that owes an agent the sats of a hold back that LND
// settled though no rule forfeited it, or false.
func (s *State) ReturnOf(hold op.ID) (view.Payout, bool) {
	return s.Payout(stableID(purposeReturned, hold.String()))
}
