package grpcapi

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func explanationOf(x view.Explanation) *econdv1.Explanation {
	m := &econdv1.Explanation{Proposal: x.Proposal[:], AtMs: x.AtMs, NextMs: x.NextMs, Sentences: x.Sentences,
		State: enumOf[econdv1.ProposalState](econdv1.ProposalState_value, "PROPOSAL_STATE_", x.State)}
	if c := x.Collateral; c != nil {
		m.Collateral = &econdv1.CollateralExplained{AmountSat: c.AmountSat, PayByMs: c.PayByMs,
			State: enumOf[econdv1.HoldState](econdv1.HoldState_value, "HOLD_STATE_", c.State)}
	}
	if v := x.Vote; v != nil {
		m.Vote = &econdv1.VoteExplained{DeadlineMs: v.DeadlineMs, ForWeight: uint64(v.For), AgainstWeight: uint64(v.Against),
			AbstainWeight: uint64(v.Abstain), DelegatedWeight: uint64(v.Delegated), DelegatedLeftOut: v.DelegatedLeftOut, EligibleWeight: uint64(v.Eligible),
			QuorumHave: uint64(v.QuorumHave), QuorumNeed: maybe(v.QuorumNeed), QuorumMissing: uint64(v.QuorumMissing),
			PassNeed: maybe(v.PassNeed), PassMissing: uint64(v.PassMissing), Winner: uint32(v.Winner)}
	}
	if q := x.Queue; q != nil {
		m.Queue = &econdv1.QueueExplained{ExecuteAfterMs: q.ExecuteAfterMs, GraceEndMs: q.GraceEndMs, OppositionMs: q.OppositionMs,
			PausedUntilMs: q.PausedUntilMs, VetoUntilMs: q.VetoUntilMs, VetoesSigned: uint32(q.VetoesSigned),
			VetoesNeeded: uint32(q.VetoesNeeded), Refusal: q.Refusal}
	}
	if x.Conviction != nil {
		m.Conviction = convictionOf(*x.Conviction)
	}
	return m
}

func maybe(w *op.Weight) *uint64 {
	if w == nil {
		return nil
	}
	n := uint64(*w)
	return &n
}
