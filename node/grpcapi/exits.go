package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// QuoteExit says what leaving would bring an agent.
func (s *Server) QuoteExit(ctx context.Context, req *econdv1.QuoteExitRequest) (*econdv1.QuoteExitResponse, error) {
	id, err := idField("proposal", req.Proposal)
	if err != nil {
		return nil, err
	}
	key, err := keyField("agent", req.Agent)
	if err != nil {
		return nil, err
	}
	var q view.ExitQuote
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, now int64) { q, ok = st.ExitQuote(id, key, now) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("proposal", "exit", "no proposal has this id, or no agent this key")
	}
	p := &econdv1.QuoteExitResponse{OwnSat: q.OwnSat, OfSat: q.OfSat, Share: q.Share, Refusal: q.Refusal}
	for _, x := range q.Payouts {
		p.Payouts = append(p.Payouts, &econdv1.ExitShare{Pool: x.Pool, AmountSat: x.AmountSat, FeeLimitSat: x.FeeLimitSat})
	}
	return p, nil
}

// exitsOf returns nil where nobody can leave.
func exitsOf(v view.Exits) *econdv1.ExitCount {
	if v == (view.Exits{}) {
		return nil
	}
	return &econdv1.ExitCount{Count: uint32(v.Count), LeftSat: v.LeftSat, ElsewhereSat: v.ElsewhereSat, MarkSat: v.MarkSat, MostSat: v.MostSat}
}
