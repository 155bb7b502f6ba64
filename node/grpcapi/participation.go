package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// GetParticipation answers with an agent's part in the closed votes of each
// track, or of one.
func (s *Server) GetParticipation(ctx context.Context, req *econdv1.GetParticipationRequest) (*econdv1.GetParticipationResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var list []view.Participation
	var refused error
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, refused = st.Participation(key, req.Track) }); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	p := new(econdv1.GetParticipationResponse)
	for _, v := range list {
		part := &econdv1.TrackPart{Voter: voterOf(v.Voter), Delegated: v.Delegated}
		for i := range v.Delegates {
			part.Delegates = append(part.Delegates, &econdv1.DelegateUse{Agent: v.Delegates[i].Agent[:], Votes: v.Delegates[i].Votes})
		}
		p.Parts = append(p.Parts, part)
	}
	return p, nil
}

// GetDelegateReport answers with what an agent did with the weight of others.
func (s *Server) GetDelegateReport(ctx context.Context, req *econdv1.GetDelegateReportRequest) (*econdv1.GetDelegateReportResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var list []view.Delegate
	var refused error
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, refused = st.DelegateReport(key) }); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	p := new(econdv1.GetDelegateReportResponse)
	for _, v := range list {
		p.Reports = append(p.Reports, &econdv1.DelegateReport{Voter: voterOf(v.Voter), Entrusted: v.Entrusted, Spoke: v.Spoke,
			PassedOn: v.PassedOn, Carried: v.Carried, LastWeight: uint64(v.LastWeight), MostWeight: uint64(v.MostWeight),
			AverageWeight: uint64(v.AverageWeight), Overrides: v.Overrides, Contrary: v.Contrary})
	}
	return p, nil
}

// ListTurnout answers with the turnout of a track and one page of its votes.
func (s *Server) ListTurnout(ctx context.Context, req *econdv1.ListTurnoutRequest) (*econdv1.ListTurnoutResponse, error) {
	from, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var v view.TrackParticipation
	var list []view.ClosedVote
	var more bool
	var refused error
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		v, list, more, refused = st.TrackParticipation(req.Track, from, limit)
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	p := &econdv1.ListTurnoutResponse{Votes: uint64(v.Votes), Passed: v.Passed, TurnoutPpm: v.TurnoutPPM, HeadsPpm: v.HeadsPPM, MovingPpm: v.MovingPPM}
	for _, x := range list {
		p.Turnouts = append(p.Turnouts, turnoutOf(x))
	}
	if more {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(from + len(list))
	}
	return p, nil
}

func voterOf(v view.Voter) *econdv1.VoterRecord {
	return &econdv1.VoterRecord{Track: v.Track, Votes: uint64(v.Votes), Possible: uint64(v.Possible), Cast: uint64(v.Cast),
		TurnoutPpm: v.TurnoutPPM, Ballots: v.Ballots, Agreed: v.Agreed, Differed: v.Differed, AgreementPpm: v.AgreementPPM}
}

func turnoutOf(v view.ClosedVote) *econdv1.VoteTurnout {
	return &econdv1.VoteTurnout{Proposal: v.Proposal[:], Seq: v.Seq, TimeMs: v.TimeMs, Passed: v.Passed,
		Eligible: uint64(v.Eligible), Counted: uint64(v.Counted), Delegated: uint64(v.Delegated), TurnoutPpm: v.TurnoutPPM,
		Registered: uint64(v.Registered), Ballots: v.Ballots, Delegators: v.Delegators, HeadsPpm: v.HeadsPPM,
		GiniPpm: v.GiniPPM, Nakamoto: v.Nakamoto}
}
