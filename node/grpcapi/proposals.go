package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

const maxTrack = 40 // characters of a track's name

// GetProposal answers with one proposal as it is now.
func (s *Server) GetProposal(ctx context.Context, req *econdv1.GetProposalRequest) (*econdv1.GetProposalResponse, error) {
	id, err := idField("id", req.Id)
	if err != nil {
		return nil, err
	}
	var v view.Proposal
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { v, ok = st.Proposal(id, nowMs) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "proposal", "no proposal has this id")
	}
	if err := s.cfg.Node.Recall(&v); err != nil {
		return nil, err
	}
	return &econdv1.GetProposalResponse{Proposal: proposalOf(v)}, nil
}

// ListProposals answers with one page of the proposals that match.
func (s *Server) ListProposals(ctx context.Context, req *econdv1.ListProposalsRequest) (*econdv1.ListProposalsResponse, error) {
	at, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	if _, ok := econdv1.ProposalState_name[int32(req.State)]; !ok {
		return nil, badRequest("state", "state", "is no value of ProposalState")
	}
	if len(req.Track) > maxTrack {
		return nil, badRequest("track", "length", "must have at most 40 characters")
	}
	fits := func(on, is string) bool {
		return (req.Track == "" || on == req.Track) && (req.State == 0 || proposalStateOf(is) == req.State)
	}
	var list []view.Proposal
	var next int
	err = s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { list, next = st.ProposalsPage(at, limit, nowMs, fits) })
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListProposalsResponse{NextPageToken: nextToken(req, next)}
	for i := range list {
		if err := s.cfg.Node.Recall(&list[i]); err != nil {
			return nil, err
		}
		p.Proposals = append(p.Proposals, proposalOf(list[i]))
	}
	return p, nil
}

// ListBallots lists ballots as they count, in order of voter key; the page
// token is the last key of the page, so that pages neither skip nor repeat a
// voter while others vote.
func (s *Server) ListBallots(ctx context.Context, req *econdv1.ListBallotsRequest) (*econdv1.ListBallotsResponse, error) {
	id, err := idField("proposal", req.Proposal)
	if err != nil {
		return nil, err
	}
	limit, err := pageSize(req.PageSize)
	if err != nil {
		return nil, err
	}
	var after op.PublicKey
	if req.PageToken != "" {
		last, err := placeOf(req, len(after))
		if err != nil {
			return nil, err
		}
		after = op.PublicKey(last)
	}
	var list []view.Ballot
	var more, ok bool
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, more, ok = st.BallotsPage(id, after, limit) })
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("proposal", "proposal", "no proposal has this id")
	}
	p := new(econdv1.ListBallotsResponse)
	for _, v := range list {
		p.Ballots = append(p.Ballots, ballotOf(v))
	}
	if more {
		p.NextPageToken = listOf(req).Text(list[len(list)-1].Voter[:])
	}
	return p, nil
}
