package ledger

import "github.com/econd/econd/node/op"

// PayoutView is one payout from a pool to an agent.
type PayoutView struct {
	ID        string       `json:"id"`
	Agent     op.PublicKey `json:"agent"`
	Pool      string       `json:"pool"`
	AmountSat int64        `json:"amount_sat"`
	FeeSat    int64        `json:"fee_limit_sat"` // set aside for the route
	Purpose   string       `json:"purpose"`
	Proposal  op.ID        `json:"proposal,omitzero"`
	Node      op.NodeKey   `json:"node,omitzero"` // of a keysend
	State     string       `json:"state"`         // claimable, sending, paid or failed
	UntilMs   int64        `json:"until_ms"`      // last instant to claim
	Claims    int64        `json:"claims"`
	Preimage  op.Hash      `json:"preimage,omitzero"`
	FeeMsat   int64        `json:"fee_msat,omitempty"` // what the route cost
	Reason    string       `json:"reason,omitempty"`   // of the last failure
	Seq       uint64       `json:"seq"`
	Grant     string       `json:"grant,omitempty"` // that it was drawn from
}

// ResultView says how far one action of an executed proposal is.
type ResultView struct {
	Action string `json:"action"`
	State  string `json:"state"` // pending, done or failed
	Reason string `json:"reason,omitempty"`
	Ref    string `json:"ref,omitempty"` // of the payout or effect
}

func resultViews(p *proposal) []ResultView {
	var list []ResultView
	for i, r := range p.results {
		list = append(list, ResultView{p.actionKinds()[i], actionStates[r.state], r.reason, r.ref})
	}
	return list
}

// Payouts is the number of payouts ever made.
func (s *State) Payouts() int { return len(s.payouts) }

// Payout returns one payout by its id, or false.
func (s *State) Payout(id string) (PayoutView, bool) {
	i, ok := s.payoutAt[id]
	if !ok {
		return PayoutView{}, false
	}
	return s.PayoutAt(i), true
}

// PayoutAt returns the i-th payout in order of entry, 0 <= i < Payouts().
func (s *State) PayoutAt(i int) PayoutView {
	p := &s.payouts[i]
	v := PayoutView{ID: p.id, Agent: s.agents[p.agent].key, Pool: s.constitution.Pools[p.pool].Name, AmountSat: p.amountSat,
		FeeSat: p.feeSat, Purpose: p.purpose, Node: p.node, State: p.state.String(), UntilMs: p.untilMs, Claims: p.claims,
		Preimage: p.preimage, FeeMsat: p.feeMsat, Reason: p.reason, Seq: p.seq}
	if p.from.proposal >= 0 {
		v.Proposal = s.proposals[p.from.proposal].id
	}
	if p.grant > 0 {
		v.Grant = s.grants[p.grant-1].id
	}
	return v
}

// ReturnOf returns the payout that owes an agent the sats of a hold back that LND
// settled though no rule forfeited it, or false.
func (s *State) ReturnOf(hold op.ID) (PayoutView, bool) {
	return s.Payout(stableID(purposeReturned, hold.String()))
}
