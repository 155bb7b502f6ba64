package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListStakes answers with one page of an agent's holds; the page token is the
// entry of the hold after the page.
func (s *Server) ListStakes(ctx context.Context, req *econdv1.ListStakesRequest) (*econdv1.ListStakesResponse, error) {
	key, err := keyField("agent", req.Agent)
	if err != nil {
		return nil, err
	}
	from, limit, err := startOf(listStakes, req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	var list []ledger.HoldView
	var next uint64
	p, known := new(econdv1.ListStakesResponse), false
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		list, next, known = st.HoldsPage(key, uint64(from), limit)
		p.Height = st.Clock().Height
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, notFound("agent", "agent", "no agent with this key is registered")
	}
	for _, v := range list {
		p.Holds = append(p.Holds, holdOf(v))
	}
	if next != 0 {
		p.NextPageToken = indexToken(listStakes, int(next))
	}
	return p, nil
}
