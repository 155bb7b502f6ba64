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
	from, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var list ledger.HoldPage
	known, height := false, s.tip(req.At)
	err = s.view(ctx, req.At, func(st *ledger.State, nowMs int64) {
		list, known = st.HoldsPage(key, ledger.Moment{NowMs: nowMs, Height: height}, uint64(from), limit)
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, notFound("agent", "agent", "no agent with this key is registered")
	}
	p := &econdv1.ListStakesResponse{Height: list.Height}
	for _, v := range list.Holds {
		p.Holds = append(p.Holds, holdOf(v))
	}
	if list.Next != 0 {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(int(list.Next))
	}
	return p, nil
}
