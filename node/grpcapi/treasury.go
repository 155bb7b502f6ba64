package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListPools answers with every pool.
func (s *Server) ListPools(ctx context.Context, req *econdv1.ListPoolsRequest) (*econdv1.ListPoolsResponse, error) {
	p := new(econdv1.ListPoolsResponse)
	err := s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		for _, v := range st.Pools() {
			p.Pools = append(p.Pools, &econdv1.Pool{Name: v.Name, SharePpm: v.SharePpm, Sat: v.Sat})
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// ListPayouts answers with one page of payouts.
func (s *Server) ListPayouts(ctx context.Context, req *econdv1.ListPayoutsRequest) (*econdv1.ListPayoutsResponse, error) {
	agent, err := agentField(req.Agent)
	if err != nil {
		return nil, err
	}
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).Payouts,
		func(st *ledger.State, i int, _ int64) (view.Payout, bool) {
			v := st.PayoutAt(i)
			return v, (len(req.Agent) == 0 || v.Agent == agent) && (req.State == 0 || req.State == payoutStateOf(v.State))
		})
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListPayoutsResponse{NextPageToken: next}
	for _, v := range list {
		p.Payouts = append(p.Payouts, payoutOf(v))
	}
	return p, nil
}

// GetPayout answers with one payout.
func (s *Server) GetPayout(ctx context.Context, req *econdv1.GetPayoutRequest) (*econdv1.GetPayoutResponse, error) {
	var v view.Payout
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, ok = st.Payout(req.Id) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "payout", "no payout has this id")
	}
	return &econdv1.GetPayoutResponse{Payout: payoutOf(v)}, nil
}

func payoutStateOf(state string) econdv1.PayoutState {
	return enumOf[econdv1.PayoutState](econdv1.PayoutState_value, "PAYOUT_STATE_", state)
}

func payoutOf(v view.Payout) *econdv1.Payout {
	p := &econdv1.Payout{Id: v.ID, Agent: v.Agent[:], Pool: v.Pool, AmountSat: v.AmountSat, FeeLimitSat: v.FeeSat, Purpose: v.Purpose,
		State:   payoutStateOf(v.State),
		UntilMs: v.UntilMs, Claims: v.Claims, FeeMsat: v.FeeMsat, Reason: v.Reason, Seq: v.Seq, Grant: v.Grant}
	if v.Proposal != (op.ID{}) {
		p.Proposal = v.Proposal[:]
	}
	if v.Node != (op.NodeKey{}) {
		p.Node = v.Node[:]
	}
	if v.Preimage != (op.Hash{}) {
		p.Preimage = v.Preimage[:]
	}
	return p
}
