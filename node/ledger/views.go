package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// Views are copies of parts of the state, for the APIs, the auditor and the
// simulator. Times are unix milliseconds; weights and scores are decimal
// strings, because they may pass 2^53.

// Agents is the number of registered agents.
func (s *State) Agents() int { return len(s.agents.list) }

// Agent returns one agent, or false.
func (s *State) Agent(key op.PublicKey) (view.Agent, bool) {
	at, ok := s.agents.at[key]
	if !ok {
		return view.Agent{}, false
	}
	return s.AgentAt(int(at)), true
}

// KeyNow is the key by which the agent speaks that has or had a key, or the key itself where it is
// no agent's.
func (s *State) KeyNow(key op.PublicKey) op.PublicKey {
	if at, ok := s.agents.at[key]; ok {
		return s.agents.list[at].key
	}
	return key
}

// AgentAt returns the i-th agent in order of registration, 0 <= i < Agents().
func (s *State) AgentAt(i int) view.Agent {
	a := &s.agents.list[i]
	r := s.scores.book.Result(slot(i))
	return view.Agent{PubKey: a.key, Name: a.name, RegisteredMs: a.registeredMs, Seq: a.registered,
		Nodes: append([]op.NodeKey{}, a.nodes...), StakeSat: a.stakeSat.Now(), ConfirmedSat: a.confirmedSat.Now(),
		Score: op.Weight(a.score.Now()), Flow: op.Weight(r.Flow),
		QualityPpm: r.Quality / (reputation.FlowOne / voting.PPM),
		Receipts:   a.receipts, OpenHolds: a.openHolds, OpenVotes: s.proposals.openVotes(a), Proposals: a.openProps, LeftMs: a.leftMs,
		Keys: a.keyViews(), RevokedSeq: a.revoked}
}

// keyViews lists the keys by which an agent spoke, none where there was only one.
func (a *agent) keyViews() (list []view.AgentKey) {
	if len(a.before) == 0 && a.revoked == 0 {
		return nil
	}
	shown := func(key op.PublicKey, from, until uint64) {
		if from == 0 {
			from = a.registered
		}
		list = append(list, view.AgentKey{PubKey: key, FromSeq: from, UntilSeq: until})
	}
	for _, b := range a.before {
		shown(b.key, b.from, b.ended)
	}
	shown(a.key, a.keySeq, a.revoked)
	return list
}

// Epoch is the number of reputation epochs closed, and when the next one ends.
func (s *State) Epoch() (closed, nextMs int64) { return s.scores.epoch, s.scores.epochMs }

// Hold returns one stake or collateral by the id of the operation that asked
// for it, or false. Collateral carries the id of its proposal, or of the
// renewal.
func (s *State) Hold(id op.ID) (view.Hold, bool) {
	i, ok := s.holds.at[id]
	if !ok {
		return view.Hold{}, false
	}
	return s.holdView(i), true
}

// Holds lists the holds that have not ended, oldest first.
func (s *State) Holds() []view.Hold {
	var list []view.Hold
	for i := range s.holds.list {
		if !s.holds.list[i].state.Ended() {
			list = append(list, s.holdView(i))
		}
	}
	return list
}

// DustMsat is what the sats' rests of settled holds come to that make no sat of a
// pool yet, below 1,000.
func (s *State) DustMsat() int64 { return s.treasury.dustMsat }

func (s *State) holdView(i int) view.Hold {
	h := &s.holds.list[i]
	v := view.Hold{ID: h.id, Agent: s.agents.list[h.agent].key, Purpose: h.rule().name, AmountSat: h.amountSat, PaidSat: h.paidSat,
		State: h.state.String(), Invoice: h.invoice, ExpiryHeight: h.expiryHeight,
		RequestedMs: h.requestedMs, LockedMs: h.lockedMs, Reason: h.reason}
	if h.renews != 0 {
		v.Renews = s.holds.list[h.renews-1].id
	}
	if h.renewal != 0 {
		v.RenewedBy = s.holds.list[h.renewal].id
	}
	v.Renewal = s.renewalView(h, s.clockMoment())
	s.tellConfirmed(h, &v, s.clock.TimeMs)
	if h.paymentHash != (op.Hash{}) {
		hash := h.paymentHash
		v.PaymentHash = &hash
	}
	return v
}

// Proposals is the number of proposals ever made.
func (s *State) Proposals() int { return len(s.proposals.list) }

// Proposal returns one proposal as it is at nowMs, or false.
func (s *State) Proposal(id op.ID, nowMs int64) (view.Proposal, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return view.Proposal{}, false
	}
	return s.ProposalAt(i, nowMs), true
}

// ProposalAt returns the i-th proposal in order of entry, 0 <= i < Proposals(). See
// Recalled for the texts of one that ended.
func (s *State) ProposalAt(i int, nowMs int64) view.Proposal {
	p := &s.proposals.list[i]
	v := view.Proposal{ID: p.id, Seq: p.seq, Track: p.track.Name, Proposer: s.agents.proposerKey(p),
		Title: p.title, Text: p.text, Actions: p.raw, State: p.life.Phase(p.track, nowMs).String(),
		Reason: p.reason, For: op.Weight(p.counts.For), Against: op.Weight(p.counts.Against),
		Abstain: op.Weight(p.counts.Abstain), Ballots: len(p.ballots), Outcome: p.close, CloseSeq: p.closeSeq,
		Counting: p.track.Counting, Options: p.options, DecidedEarly: p.life.Early,
		Conviction: s.convictionView(p, nowMs), Exits: s.exitsView(p), Results: resultViews(p), Vetoes: assentViews(p.vetoes), Cancels: assentViews(p.cancels),
		Evaluation: p.evaluationView(s), Template: p.template, Terms: p.terms, Rule: p.firing.view(p.byRule), Ended: p.forgotten, ReasonSeq: p.reasonSeq}
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
		h.Renewal = view.Renewal{} // rests on the chain, which nobody was asked about
		v.Collateral = &h
	}
	return v
}

// Ballots lists the ballots of a proposal as they count, in order of voter
// key, which is the order of its ballot root; false if there is no such
// proposal.
func (s *State) Ballots(id op.ID) ([]view.Ballot, bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return nil, false
	}
	p := &s.proposals.list[i]
	list := make([]view.Ballot, 0, len(p.ballots))
	for _, at := range s.ballotOrder(p) {
		list = append(list, s.ballotView(p, at))
	}
	return list, true
}

func (s *State) ballotView(p *proposal, at int) view.Ballot {
	b := p.ballots[at]
	v := view.Ballot{Voter: s.agents.keyNumbered(b.voter, b.signed.by), Choice: b.choice.String(), Weight: op.Weight(b.weight), Seq: b.seq}
	if b.choice == Filled {
		v.Ballot = p.filled[at].raw
	}
	return v
}

// BallotProof is the place of one ballot under the root of its proposal's
// close entry.
type BallotProof struct {
	Ballot   view.Ballot
	Index    int       // among the ballots in order of voter key
	Size     int       // ballots counted
	Path     []op.Hash // RFC 6962 audit path, from the leaf's sibling up
	CloseSeq uint64
}

// Pools lists the treasury pools.
func (s *State) Pools() []view.Pool {
	list := make([]view.Pool, len(s.treasury.poolSats))
	for i, p := range s.constitution.Pools {
		list[i] = view.Pool{Name: p.Name, SharePpm: p.SharePpm, Sat: s.treasury.poolSats[i]}
	}
	return list
}
