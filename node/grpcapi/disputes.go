package grpcapi

import (
	"context"
	"slices"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListDisputes answers with one page of disputes, of all or of one proposal.
func (s *Server) ListDisputes(ctx context.Context, req *econdv1.ListDisputesRequest) (*econdv1.ListDisputesResponse, error) {
	at, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	fits := func(is string) bool { return req.State == 0 || disputeStateOf(is) == req.State }
	read := func(st *ledger.State, nowMs int64) ([]view.Dispute, int, bool) {
		list, next := st.DisputesPage(at, limit, nowMs, fits)
		return list, next, true
	}
	if len(req.Proposal) > 0 {
		id, err := idField("proposal", req.Proposal)
		if err != nil {
			return nil, err
		}
		read = func(st *ledger.State, nowMs int64) ([]view.Dispute, int, bool) {
			return st.ProposalDisputesPage(id, at, limit, nowMs, fits)
		}
	}
	var list []view.Dispute
	var next int
	var known bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { list, next, known = read(st, nowMs) }); err != nil {
		return nil, err
	}
	if !known {
		return nil, notFound("proposal", "proposal", "no proposal has this id")
	}
	p := &econdv1.ListDisputesResponse{NextPageToken: nextToken(req, next)}
	for i := range list {
		if err := s.cfg.Node.Recall(&list[i]); err != nil {
			return nil, err
		}
		p.Disputes = append(p.Disputes, disputeOf(list[i]))
	}
	return p, nil
}

// GetDispute answers with one dispute.
func (s *Server) GetDispute(ctx context.Context, req *econdv1.GetDisputeRequest) (*econdv1.GetDisputeResponse, error) {
	id, err := idField("id", req.Id)
	if err != nil {
		return nil, err
	}
	var v view.Dispute
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) { v, ok = st.Dispute(id, nowMs) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "dispute", "no dispute has this id")
	}
	if err := s.cfg.Node.Recall(&v); err != nil {
		return nil, err
	}
	return &econdv1.GetDisputeResponse{Dispute: disputeOf(v)}, nil
}

// ListJurors answers with one page of offers to sit on juries.
func (s *Server) ListJurors(ctx context.Context, req *econdv1.ListJurorsRequest) (*econdv1.ListJurorsResponse, error) {
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).Jurors,
		func(st *ledger.State, i int, _ int64) (view.Juror, bool) {
			v := st.JurorAt(i)
			return v, (req.State == 0 || req.State == jurorStateOf(v.State)) && (req.Field == "" || slices.Contains(v.Fields, req.Field))
		})
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListJurorsResponse{NextPageToken: next}
	for _, v := range list {
		p.Jurors = append(p.Jurors, jurorOf(v))
	}
	return p, nil
}

// GetJuror answers with an agent's last offer.
func (s *Server) GetJuror(ctx context.Context, req *econdv1.GetJurorRequest) (*econdv1.GetJurorResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var v view.Juror
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, ok = st.Juror(key) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("pubkey", "juror", "no agent with this key ever offered itself as juror")
	}
	return &econdv1.GetJurorResponse{Juror: jurorOf(v)}, nil
}

func disputeStateOf(word string) econdv1.DisputeState {
	return enumOf[econdv1.DisputeState](econdv1.DisputeState_value, "DISPUTE_STATE_", word)
}

func disputeOf(v view.Dispute) *econdv1.Dispute {
	d := &econdv1.Dispute{Id: v.ID[:], Proposal: v.Proposal[:], Ground: v.Ground, Text: v.Text, Challenger: v.Challenger[:],
		State:       disputeStateOf(v.State),
		Step:        enumOf[econdv1.DisputeStep](econdv1.DisputeStep_value, "DISPUTE_STEP_", v.Step),
		StepUntilMs: v.StepUntilMs, DrawHeight: v.DrawHeight, AppealSat: v.AppealSat, Reason: v.Reason, Undoing: v.Undoing,
		Field: v.Field, MaxRounds: uint32(v.MaxRounds), LockedMs: v.LockedMs, EndedMs: v.EndedMs, PotSat: v.PotSat, Shared: v.Shared, Seq: v.Seq}
	for _, b := range v.Bonds {
		d.Bonds = append(d.Bonds, &econdv1.DisputeBond{Hold: b.Hold[:], Agent: b.Agent[:], AmountSat: b.AmountSat, Side: sideOf(b.Side),
			State: b.State, Appeals: b.Appeals, Round: uint32(b.Round), Text: b.Text})
	}
	for _, r := range v.Rounds {
		d.Rounds = append(d.Rounds, roundOf(r))
	}
	return d
}

func roundOf(v view.DisputeRound) *econdv1.DisputeRound {
	r := &econdv1.DisputeRound{Round: uint32(v.Round), DrawHeight: v.DrawHeight, Height: v.Height, CommitUntilMs: v.CommitUntilMs,
		RevealUntilMs: v.RevealUntilMs, AppealUntilMs: v.AppealUntilMs, Verdict: v.Verdict,
		Uphold: uint32(v.Uphold), Refuse: uint32(v.Refuse), Absent: uint32(v.Absent)}
	if v.Block != (op.Hash{}) {
		r.Block = v.Block[:]
	}
	for _, j := range v.Jurors {
		seat := &econdv1.JurySeat{Pubkey: j.PubKey[:], Vote: sideOf(j.Vote), Gone: j.Gone, Seats: uint32(j.Seats)}
		if j.Commitment != (op.Hash{}) {
			seat.Commitment = j.Commitment[:]
		}
		r.Jurors = append(r.Jurors, seat)
	}
	return r
}

func sideOf(word string) econdv1.DisputeSide {
	return enumOf[econdv1.DisputeSide](econdv1.DisputeSide_value, "DISPUTE_SIDE_", word)
}

func jurorStateOf(state string) econdv1.JurorState {
	return enumOf[econdv1.JurorState](econdv1.JurorState_value, "JUROR_STATE_", state)
}

func jurorOf(v view.Juror) *econdv1.Juror {
	j := &econdv1.Juror{Pubkey: v.PubKey[:], Fields: v.Fields, State: jurorStateOf(v.State),
		Hold: v.Hold[:], BondSat: v.BondSat, Score: uint64(v.Score), Seq: v.Seq}
	if v.Dispute != (op.ID{}) {
		j.Dispute = v.Dispute[:]
	}
	return j
}
