package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListDelegations answers with one page of what an agent gave and received; the
// page token is the entry of the delegation after the page.
func (s *Server) ListDelegations(ctx context.Context, req *econdv1.ListDelegationsRequest) (*econdv1.ListDelegationsResponse, error) {
	key, err := keyField("agent", req.Agent)
	if err != nil {
		return nil, err
	}
	from, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var list []view.Delegation
	var next uint64
	var ok bool
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, next, ok = st.DelegationsPage(key, uint64(from), limit) })
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("agent", "agent", "no agent with this key is registered")
	}
	p := new(econdv1.ListDelegationsResponse)
	for _, v := range list {
		p.Delegations = append(p.Delegations, delegationOf(v))
	}
	if next != 0 {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(int(next))
	}
	return p, nil
}

// ListStatements answers with what an agent says to those who delegate to it.
func (s *Server) ListStatements(ctx context.Context, req *econdv1.ListStatementsRequest) (*econdv1.ListStatementsResponse, error) {
	key, err := keyField("agent", req.Agent)
	if err != nil {
		return nil, err
	}
	var list []view.Statement
	known := false
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		_, known = st.Agent(key)
		list = st.Statements(key)
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, notFound("agent", "agent", "no agent with this key is registered")
	}
	p := new(econdv1.ListStatementsResponse)
	for _, v := range list {
		p.Statements = append(p.Statements, &econdv1.DelegateStatement{Track: v.Track, Text: v.Text, Seq: v.Seq})
	}
	return p, nil
}

func delegationOf(v view.Delegation) *econdv1.Delegation {
	return &econdv1.Delegation{From: v.From[:], To: v.To[:], Track: v.Track, SharePpm: v.SharePPM,
		SinceMs: v.SinceMs, ExpiresMs: v.ExpiresMs, Seq: v.Seq}
}
