package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
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

// pageScan bounds how many payouts one page looks at, so that a filter which
// matches little does not hold the state for long.
const pageScan = 10_000

// ListPayouts answers with one page of payouts.
func (s *Server) ListPayouts(ctx context.Context, req *econdv1.ListPayoutsRequest) (*econdv1.ListPayoutsResponse, error) {
	at, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var agent op.PublicKey
	if len(req.Agent) > 0 {
		if agent, err = keyField("agent", req.Agent); err != nil {
			return nil, err
		}
	}
	p := new(econdv1.ListPayoutsResponse)
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		end := min(st.Payouts(), at+pageScan)
		for ; at < end && len(p.Payouts) < limit; at++ {
			v := payoutOf(st.PayoutAt(at))
			if (len(req.Agent) == 0 || op.PublicKey(v.Agent) == agent) && (req.State == 0 || req.State == v.State) {
				p.Payouts = append(p.Payouts, v)
			}
		}
		if at < st.Payouts() {
			p.NextPageToken = listOf(req).Index(at)
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// GetPayout answers with one payout.
func (s *Server) GetPayout(ctx context.Context, req *econdv1.GetPayoutRequest) (*econdv1.GetPayoutResponse, error) {
	var v ledger.PayoutView
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, ok = st.Payout(req.Id) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "payout", "no payout has this id")
	}
	return &econdv1.GetPayoutResponse{Payout: payoutOf(v)}, nil
}

func payoutOf(v ledger.PayoutView) *econdv1.Payout {
	p := &econdv1.Payout{Id: v.ID, Agent: v.Agent[:], Pool: v.Pool, AmountSat: v.AmountSat, FeeLimitSat: v.FeeSat, Purpose: v.Purpose,
		State:   enumOf[econdv1.PayoutState](econdv1.PayoutState_value, "PAYOUT_STATE_", v.State),
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
