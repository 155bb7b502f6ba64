package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// Views are copies of parts of the state, for the APIs, the auditor and the
// simulator. Times are unix milliseconds; weights and scores are decimal
// strings, because they may pass 2^53.

// AgentView is one agent.
type AgentView struct {
	PubKey       op.PublicKey `json:"pubkey"`
	Name         string       `json:"name"`
	RegisteredMs int64        `json:"registered_ms"`
	Seq          uint64       `json:"seq"`
	Nodes        []op.NodeKey `json:"nodes"`
	StakeSat     uint64       `json:"stake_sat"`
	Score        op.Weight    `json:"score"`       // of 2^60, as of the last epoch
	Flow         op.Weight    `json:"flow"`        // of 2^60
	QualityPpm   uint64       `json:"quality_ppm"` // rounded down; 500000 is unknown
	Receipts     uint64       `json:"receipts"`    // counted, as provider
	OpenHolds    int          `json:"open_holds"`
	OpenVotes    int          `json:"open_votes"`
	Proposals    int          `json:"open_proposals"`
	LeftMs       int64        `json:"left_ms,omitempty"` // when it left the economy, for good
}

// HoldView is one stake or collateral.
type HoldView struct {
	ID           op.ID        `json:"id"`
	Agent        op.PublicKey `json:"agent"`
	Purpose      string       `json:"purpose"`            // stake, collateral, deposit, bond or juror-bond
	AmountSat    int64        `json:"amount_sat"`         // asked for
	PaidSat      int64        `json:"paid_sat,omitempty"` // locked: what is booked, even if it is more
	State        string       `json:"state"`
	Invoice      string       `json:"invoice,omitempty"`
	PaymentHash  *op.Hash     `json:"payment_hash,omitempty"`
	ExpiryHeight uint32       `json:"expiry_height,omitempty"`
	RequestedMs  int64        `json:"requested_ms"`
	LockedMs     int64        `json:"locked_ms,omitempty"`
	Reason       string       `json:"reason,omitempty"`
	Renews       op.ID        `json:"renews,omitzero"`     // the hold that it is to take the place of
	RenewedBy    op.ID        `json:"renewed_by,omitzero"` // the last that was to take its place
	Renewal      RenewalView  `json:"renewal,omitzero"`    // while it is locked and can be renewed
}

// ProposalView is one proposal with its state at a given instant.
type ProposalView struct {
	ID           op.ID        `json:"id"`
	Seq          uint64       `json:"seq"`
	Track        string       `json:"track"`
	Proposer     op.PublicKey `json:"proposer,omitzero"` // absent where a rule opened it
	Title        string       `json:"title"`
	Text         string       `json:"text"`
	Actions      []op.Raw     `json:"actions"`
	State        string       `json:"state"`
	Reason       string       `json:"reason,omitempty"`
	VoteStartMs  int64        `json:"vote_start_ms,omitempty"`
	DeadlineMs   int64        `json:"deadline_ms,omitempty"`
	ExecuteAfter int64        `json:"execute_after_ms,omitempty"`
	For          op.Weight    `json:"for"`
	Against      op.Weight    `json:"against"`
	Abstain      op.Weight    `json:"abstain"`
	Eligible     op.Weight    `json:"eligible"`
	Ballots      int          `json:"ballots"`
	Outcome      *op.Close    `json:"outcome,omitempty"`
	CloseSeq     uint64       `json:"close_seq,omitempty"`
	Results      []ResultView `json:"results,omitempty"` // of the actions, once executed
	Collateral   *HoldView    `json:"collateral,omitempty"`

	// Counting is the method, where it is not single-choice; Options are
	// those that the vote chooses between.
	Counting voting.Method `json:"counting,omitempty"`
	Options  []string      `json:"options,omitempty"`
	// DecidedEarly says that the vote ended at DeadlineMs because nothing
	// could change its result any more.
	DecidedEarly bool `json:"decided_early,omitempty"`
	// Exits says who may leave before the execution and who did, on tracks
	// with rage_quit once the vote is closed.
	Exits ExitsView `json:"exits,omitzero"`
	// Conviction is that of a proposal on a conviction track: there For is the
	// stake behind it, Eligible all locked stake, and DeadlineMs the instant
	// at which it passes as things stand, or its last one.
	Conviction ConvictionView `json:"conviction,omitzero"`
	// Vetoes and Cancels are those signed by guardians so far.
	Vetoes  []AssentView `json:"vetoes,omitempty"`
	Cancels []AssentView `json:"cancels,omitempty"`

	// Evaluation is how its effect is measured and rewarded.
	Evaluation *EvaluationView `json:"evaluation,omitempty"`
	// Template and Terms are the marketplace template that it fills in.
	Template string `json:"template,omitempty"`
	Terms    op.Raw `json:"terms,omitempty"`
	// Rule says which rule opened it, and the figures that made it do so.
	Rule *FiringView `json:"rule,omitempty"`

	ended     bool   // texts, actions, options and terms are to be recalled from entry Seq
	reasonSeq uint64 // entry of the reason, if that is to be recalled
}

// BallotView is one ballot as it counts.
type BallotView struct {
	Voter  op.PublicKey `json:"voter"`
	Choice string       `json:"choice"`
	Weight op.Weight    `json:"weight"`
	Seq    uint64       `json:"seq"`              // entry of the vote
	Ballot op.Raw       `json:"ballot,omitempty"` // as filled in, where Choice is "ballot"
}

// PoolView is one pool and what it holds.
type PoolView struct {
	Name     string `json:"name"`
	SharePpm int64  `json:"share_ppm"`
	Sat      int64  `json:"sat"`
}

// Agents is the number of registered agents.
func (s *State) Agents() int { return len(s.agents) }

// Agent returns one agent, or false.
func (s *State) Agent(key op.PublicKey) (AgentView, bool) {
	at, ok := s.agentAt[key]
	if !ok {
		return AgentView{}, false
	}
	return s.AgentAt(int(at)), true
}

// AgentAt returns the i-th agent in order of registration, 0 <= i < Agents().
func (s *State) AgentAt(i int) AgentView {
	a := &s.agents[i]
	r := s.book.Result(slot(i))
	return AgentView{PubKey: a.key, Name: a.name, RegisteredMs: a.registeredMs, Seq: a.registered,
		Nodes: append([]op.NodeKey{}, a.nodes...), StakeSat: a.stakeSat.now(),
		Score: op.Weight(a.score.now()), Flow: op.Weight(r.Flow),
		QualityPpm: r.Quality / (reputation.FlowOne / voting.PPM),
		Receipts:   a.receipts, OpenHolds: a.openHolds, OpenVotes: s.openVotes(a), Proposals: a.openProps, LeftMs: a.leftMs}
}

// Epoch is the number of reputation epochs closed, and when the next one ends.
func (s *State) Epoch() (closed, nextMs int64) { return s.epoch, s.epochMs }

// Hold returns one stake or collateral by the id of the operation that asked
// for it, or false. Collateral carries the id of its proposal, or of the
// renewal.
func (s *State) Hold(id op.ID) (HoldView, bool) {
	i, ok := s.holdAt[id]
	if !ok {
		return HoldView{}, false
	}
	return s.holdView(i), true
}

// Holds lists the holds that have not ended, oldest first.
func (s *State) Holds() []HoldView {
	var list []HoldView
	for i := range s.holds {
		if !s.holds[i].state.Ended() {
			list = append(list, s.holdView(i))
		}
	}
	return list
}

// DustMsat is what the sats' rests of settled holds come to that make no sat of a
// pool yet, below 1,000.
func (s *State) DustMsat() int64 { return s.dustMsat }

func (s *State) holdView(i int) HoldView {
	h := &s.holds[i]
	v := HoldView{ID: h.id, Agent: s.agents[h.agent].key, Purpose: purposes[h.purpose], AmountSat: h.amountSat, PaidSat: h.paidSat,
		State: h.state.String(), Invoice: h.invoice, ExpiryHeight: h.expiryHeight,
		RequestedMs: h.requestedMs, LockedMs: h.lockedMs, Reason: h.reason}
	if h.renews != 0 {
		v.Renews = s.holds[h.renews-1].id
	}
	if h.renewal != 0 {
		v.RenewedBy = s.holds[h.renewal].id
	}
	v.Renewal = s.renewalView(h, s.clockMoment())
	if h.paymentHash != (op.Hash{}) {
		hash := h.paymentHash
		v.PaymentHash = &hash
	}
	return v
}

// Proposals is the number of proposals ever made.
func (s *State) Proposals() int { return len(s.proposals) }

// Proposal returns one proposal as it is at nowMs, or false.
func (s *State) Proposal(id op.ID, nowMs int64) (ProposalView, bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return ProposalView{}, false
	}
	return s.ProposalAt(i, nowMs), true
}

// ProposalAt returns the i-th proposal in order of entry, 0 <= i < Proposals(). See
// Recalled for the texts of one that ended.
func (s *State) ProposalAt(i int, nowMs int64) ProposalView {
	p := &s.proposals[i]
	v := ProposalView{ID: p.id, Seq: p.seq, Track: p.track.Name, Proposer: s.proposerKey(p),
		Title: p.title, Text: p.text, Actions: p.raw, State: p.life.Phase(p.track, nowMs).String(),
		Reason: p.reason, For: op.Weight(p.counts.For), Against: op.Weight(p.counts.Against),
		Abstain: op.Weight(p.counts.Abstain), Ballots: len(p.ballots), Outcome: p.close, CloseSeq: p.closeSeq,
		Counting: p.track.Counting, Options: p.options, DecidedEarly: p.life.Early,
		Conviction: s.convictionView(p, nowMs), Exits: s.exitsView(p), Results: resultViews(p), Vetoes: assentViews(p.vetoes), Cancels: assentViews(p.cancels),
		Evaluation: p.evaluationView(s), Template: p.template, Terms: p.terms, Rule: p.firing.view(p.byRule), ended: p.forgotten, reasonSeq: p.reasonSeq}
	if v.Actions == nil {
		v.Actions = []op.Raw{}
	}
	if p.life.LockedMs != 0 {
		v.VoteStartMs, v.DeadlineMs = p.life.VoteStart(p.track), p.life.DeadlineMs
		v.Eligible = op.Weight(s.eligible(p))
	}
	if p.life.ClosedMs != 0 && p.life.Passed && p.life.HasActions {
		v.ExecuteAfter = p.life.ExecuteAfter(p.track)
	}
	if p.hold >= 0 {
		h := s.holdView(p.hold)
		h.Renewal = RenewalView{} // rests on the chain, which nobody was asked about
		v.Collateral = &h
	}
	return v
}

// Ballots lists the ballots of a proposal as they count, in order of voter
// key, which is the order of its ballot root; false if there is no such
// proposal.
func (s *State) Ballots(id op.ID) ([]BallotView, bool) {
	i, ok := s.proposalAt[id]
	if !ok {
		return nil, false
	}
	p := &s.proposals[i]
	list := make([]BallotView, 0, len(p.ballots))
	for _, at := range s.ballotOrder(p) {
		list = append(list, s.ballotView(p, at))
	}
	return list, true
}

func (s *State) ballotView(p *proposal, at int) BallotView {
	b := p.ballots[at]
	v := BallotView{Voter: s.agents[b.voter].key, Choice: b.choice.String(), Weight: op.Weight(b.weight), Seq: b.seq}
	if b.choice == Filled {
		v.Ballot = p.filled[at].raw
	}
	return v
}

// BallotProof is the place of one ballot under the root of its proposal's
// close entry.
type BallotProof struct {
	Ballot   BallotView
	Index    int       // among the ballots in order of voter key
	Size     int       // ballots counted
	Path     []op.Hash // RFC 6962 audit path, from the leaf's sibling up
	CloseSeq uint64
}

// Pools lists the treasury pools.
func (s *State) Pools() []PoolView {
	list := make([]PoolView, len(s.poolSats))
	for i, p := range s.constitution.Pools {
		list[i] = PoolView{p.Name, p.SharePpm, s.poolSats[i]}
	}
	return list
}
