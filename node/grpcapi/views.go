package grpcapi

import (
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// enumOf finds the value of an enum by the word that views use for it:
// "juror-bond" is HOLD_PURPOSE_JUROR_BOND. Words that the enum lacks are 0,
// UNSPECIFIED.
func enumOf[E ~int32](values map[string]int32, prefix, word string) E {
	return E(values[prefix+strings.ToUpper(strings.ReplaceAll(word, "-", "_"))])
}

func receiptOf(r *view.Receipt) *econdv1.Receipt {
	return &econdv1.Receipt{Id: r.ID[:], Seq: r.Seq, TimeMs: r.TimeMs, Height: r.Height, Block: r.Block[:], Replay: r.Replay}
}

func agentOf(v view.Agent) *econdv1.Agent {
	a := &econdv1.Agent{Pubkey: v.PubKey[:], Name: v.Name, RegisteredMs: v.RegisteredMs, Seq: v.Seq,
		StakeSat: v.StakeSat, Score: uint64(v.Score), Flow: uint64(v.Flow), QualityPpm: v.QualityPpm,
		Receipts: v.Receipts, OpenHolds: uint32(v.OpenHolds), OpenVotes: uint32(v.OpenVotes), OpenProposals: uint32(v.Proposals), LeftMs: v.LeftMs}
	for i := range v.Nodes {
		a.Nodes = append(a.Nodes, v.Nodes[i][:])
	}
	return a
}

func proposalOf(v view.Proposal) *econdv1.Proposal {
	p := &econdv1.Proposal{Id: v.ID[:], Seq: v.Seq, Track: v.Track, Proposer: v.Proposer[:], Title: v.Title, Text: v.Text,
		State:  proposalStateOf(v.State),
		Reason: v.Reason, VoteStartMs: v.VoteStartMs, DeadlineMs: v.DeadlineMs, ExecuteAfterMs: v.ExecuteAfter,
		EligibleWeight: uint64(v.Eligible), ForWeight: uint64(v.For), AgainstWeight: uint64(v.Against),
		AbstainWeight: uint64(v.Abstain), Ballots: uint64(v.Ballots)}
	for _, a := range v.Actions {
		p.Actions = append(p.Actions, a)
	}
	p.Counting, p.Options, p.DecidedEarly = string(v.Counting), v.Options, v.DecidedEarly
	p.Vetoes, p.Cancels = assentsOf(v.Vetoes), assentsOf(v.Cancels)
	for _, r := range v.Results {
		p.Results = append(p.Results, &econdv1.ActionResult{Action: r.Action, Reason: r.Reason, Ref: r.Ref,
			State: enumOf[econdv1.ActionState](econdv1.ActionState_value, "ACTION_STATE_", r.State)})
	}
	if v.Proposer == (op.PublicKey{}) {
		p.Proposer = nil
	}
	p.Rule = firingOf(v.Rule)
	p.Evaluation, p.Template, p.Terms = evaluationOf(v.Evaluation), v.Template, v.Terms
	if v.Outcome != nil {
		p.Outcome = outcomeOf(v.Outcome, v.CloseSeq)
	}
	p.Conviction, p.Exits = convictionOf(v.Conviction), exitsOf(v.Exits)
	if v.Collateral != nil {
		p.Collateral = holdOf(*v.Collateral)
	}
	return p
}

func outcomeOf(c *op.Close, seq uint64) *econdv1.Outcome {
	o := &econdv1.Outcome{Passed: c.Passed, Reason: c.Reason, ForWeight: uint64(c.For), AgainstWeight: uint64(c.Against),
		AbstainWeight: uint64(c.Abstain), EligibleWeight: uint64(c.Eligible), Ballots: c.Ballots,
		BallotRoot: append([]byte{}, c.BallotRoot[:]...), CloseSeq: seq,
		Scores: c.Scores.List(), Winner: uint32(c.Winner)}
	if d := c.Delegation; d != (op.CloseDelegation{}) {
		o.Delegation = &econdv1.DelegatedOutcome{Delegators: d.Delegators, DelegatedWeight: uint64(d.Delegated),
			UnrepresentedWeight: uint64(d.Unrepresented), GiniPpm: d.GiniPPM, Nakamoto: d.Nakamoto}
	}
	return o
}

func ballotOf(v view.Ballot) *econdv1.Ballot {
	return &econdv1.Ballot{Voter: v.Voter[:], Weight: uint64(v.Weight), Seq: v.Seq, Filled: v.Ballot,
		Choice: enumOf[econdv1.Choice](econdv1.Choice_value, "CHOICE_", v.Choice)}
}

func holdOf(v view.Hold) *econdv1.Hold {
	h := &econdv1.Hold{Id: v.ID[:], Agent: v.Agent[:], AmountSat: v.AmountSat, PaidSat: v.PaidSat, Invoice: v.Invoice,
		Purpose:      enumOf[econdv1.HoldPurpose](econdv1.HoldPurpose_value, "HOLD_PURPOSE_", v.Purpose),
		State:        enumOf[econdv1.HoldState](econdv1.HoldState_value, "HOLD_STATE_", v.State),
		ExpiryHeight: v.ExpiryHeight, RequestedMs: v.RequestedMs, LockedMs: v.LockedMs, Reason: v.Reason}
	if v.PaymentHash != nil {
		h.PaymentHash = v.PaymentHash[:]
	}
	if r := v.Renewal; r != (view.Renewal{}) {
		h.Renewal = &econdv1.Renewal{DueHeight: r.DueHeight, EndHeight: r.EndHeight, BlocksLeft: r.BlocksLeft, EstimateMs: r.EstimateMs, AtRisk: r.AtRisk}
	}
	if v.Renews != (op.ID{}) {
		h.Renews = v.Renews[:]
	}
	if v.RenewedBy != (op.ID{}) {
		h.RenewedBy = v.RenewedBy[:]
	}
	return h
}

func anchorOf(v view.Anchor) *econdv1.Anchor {
	a := &econdv1.Anchor{CheckpointSize: v.CheckpointSize, CheckpointHash: v.CheckpointHash[:], Txid: v.Txid[:],
		State:  enumOf[econdv1.AnchorState](econdv1.AnchorState_value, "ANCHOR_STATE_", string(v.State)),
		Height: v.Height, Seq: v.Seq}
	if v.Block != (op.Hash{}) {
		a.Block = v.Block[:]
	}
	return a
}

func proposalStateOf(word string) econdv1.ProposalState {
	return enumOf[econdv1.ProposalState](econdv1.ProposalState_value, "PROPOSAL_STATE_", word)
}
