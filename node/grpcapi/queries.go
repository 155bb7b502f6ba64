package grpcapi

import (
	"context"
	"fmt"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// GetInfo answers what a newcomer needs.
func (s *Server) GetInfo(ctx context.Context, req *econdv1.GetInfoRequest) (*econdv1.GetInfoResponse, error) {
	v := &econdv1.GetInfoResponse{Version: s.cfg.Version, L402Service: s.cfg.Service,
		L402Mode: enumOf[econdv1.L402Mode](econdv1.L402Mode_value, "L402_MODE_", string(s.cfg.Mode)),
		Outside:  outsideView(s.cfg.Node.Outside())}
	err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) {
		at, operator, rules := st.Clock(), st.Operator(), st.Constitution()
		v.Economy, v.Network, v.Operator = st.Economy(), st.Network(), operator[:]
		v.LogOrigin, v.LogVerifierKey = ledger.Origin(st.Economy()), st.LogVerifier()
		v.TimeMs, v.Height, v.Block, v.NowMs = at.TimeMs, at.Height, at.BlockHash[:], nowMs
		v.Size, v.Agents, v.Proposals = st.Next(), uint64(st.Agents()), uint64(st.Proposals())
		v.EpochsClosed, v.NextEpochMs = st.Epoch()
		for _, p := range rules.Prices {
			v.Prices = append(v.Prices, &econdv1.Price{Resource: p.Resource, Sat: p.Sat})
		}
		for _, p := range st.Pools() {
			v.Pools = append(v.Pools, &econdv1.Pool{Name: p.Name, SharePpm: p.SharePpm, Sat: p.Sat})
		}
		for i := range rules.Tracks {
			t := &rules.Tracks[i]
			v.Tracks = append(v.Tracks, &econdv1.Track{Name: t.Name, CollateralSat: st.CollateralSat(t.Name, nowMs),
				VotingDelayS: t.VotingDelayS, VotingPeriodS: t.VotingPeriodS, TimelockS: t.TimelockS,
				Weight: string(t.Weight.Kind), Vetoable: t.Vetoable, Actions: append([]string{}, t.Actions...),
				Counting: string(t.Method())})
		}
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func outsideView(o view.Outside) *econdv1.Outside {
	return &econdv1.Outside{Payments: o.Payments, PaymentsPending: uint64(o.PaymentsPending),
		Webhooks: o.Webhooks, WebhooksPending: uint64(o.WebhooksPending), Recovery: o.Recovery}
}

// GetConstitution answers with the constitution in force.
func (s *Server) GetConstitution(ctx context.Context, req *econdv1.GetConstitutionRequest) (*econdv1.GetConstitutionResponse, error) {
	var text string
	err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { text = op.EncodeContent(st.Constitution()) })
	if err != nil {
		return nil, err
	}
	return &econdv1.GetConstitutionResponse{Constitution: []byte(text)}, nil
}

// lookup finds the entry of an operation.
func (s *Server) lookup(raw []byte) (uint64, error) {
	id, err := idField("id", raw)
	if err != nil {
		return 0, err
	}
	var seq uint64
	var ok bool
	s.cfg.Node.View(func(st *ledger.State, _ int64) { seq, ok = st.Lookup(id) })
	if !ok {
		return 0, notFound("id", "operation", "no operation with this id is recorded")
	}
	return seq, nil
}

// GetOperation answers with the receipt and the entry as it is in the log.
func (s *Server) GetOperation(_ context.Context, req *econdv1.GetOperationRequest) (*econdv1.GetOperationResponse, error) {
	seq, err := s.lookup(req.Id)
	if err != nil {
		return nil, err
	}
	e, line, err := s.cfg.Node.Entry(seq)
	if err != nil {
		return nil, err
	}
	receipt := view.Receipt{ID: e.Event.ID, Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height, Block: e.Stamp.BlockHash}
	return &econdv1.GetOperationResponse{Receipt: receiptOf(&receipt), Entry: entryOf(seq, e.Event.Kind, line)}, nil
}

// GetOperationProof answers with the C2SP tlog-proof of the entry.
func (s *Server) GetOperationProof(ctx context.Context, req *econdv1.GetOperationProofRequest) (*econdv1.GetOperationProofResponse, error) {
	seq, err := s.lookup(req.Id)
	if err != nil {
		return nil, err
	}
	proof, err := s.cfg.Node.EntryProof(ctx, seq)
	if err != nil {
		return nil, err
	}
	return &econdv1.GetOperationProofResponse{Seq: seq, TlogProof: proof}, nil
}

// GetAgent answers with one agent.
func (s *Server) GetAgent(ctx context.Context, req *econdv1.GetAgentRequest) (*econdv1.GetAgentResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var v view.Agent
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, ok = st.Agent(key) }); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("pubkey", "agent", "no agent with this key is registered")
	}
	return &econdv1.GetAgentResponse{Agent: agentOf(v)}, nil
}

// ListAgents answers with one page of agents.
func (s *Server) ListAgents(ctx context.Context, req *econdv1.ListAgentsRequest) (*econdv1.ListAgentsResponse, error) {
	list, next, err := listed(ctx, s, req, req.At, (*ledger.State).Agents,
		func(st *ledger.State, i int, _ int64) (view.Agent, bool) { return st.AgentAt(i), true })
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListAgentsResponse{NextPageToken: next}
	for _, v := range list {
		p.Agents = append(p.Agents, agentOf(v))
	}
	return p, nil
}

// GetStake answers for stakes by the id of their lock-stake operation, and for
// collateral by the id of its proposal.
func (s *Server) GetStake(ctx context.Context, req *econdv1.GetStakeRequest) (*econdv1.GetStakeResponse, error) {
	id, err := idField("id", req.Id)
	if err != nil {
		return nil, err
	}
	height := s.tip(req.At)
	var v view.Hold
	var ok bool
	if err := s.view(ctx, req.At, func(st *ledger.State, nowMs int64) {
		v, ok = st.HoldSeen(id, ledger.Moment{NowMs: nowMs, Height: height})
	}); err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound("id", "stake", "no stake or collateral has this id")
	}
	return &econdv1.GetStakeResponse{Hold: holdOf(v)}, nil
}

// LatestCheckpoint answers with the signed note over everything durable now.
func (s *Server) LatestCheckpoint(ctx context.Context, _ *econdv1.LatestCheckpointRequest) (*econdv1.LatestCheckpointResponse, error) {
	size, note, err := s.cfg.Node.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return &econdv1.LatestCheckpointResponse{Size: size, Note: note}, nil
}

// GetConsistencyProof proves that the log only grew from one size to another.
func (s *Server) GetConsistencyProof(_ context.Context, req *econdv1.GetConsistencyProofRequest) (*econdv1.GetConsistencyProofResponse, error) {
	if have := s.cfg.Node.Size(); req.Size > have {
		return nil, badRequest("size", "range", fmt.Sprintf("is %d, the log has %d entries", req.Size, have))
	}
	if req.Old > req.Size {
		return nil, badRequest("old", "range", fmt.Sprintf("is %d, must be at most size, which is %d", req.Old, req.Size))
	}
	proof, err := s.cfg.Node.ConsistencyProof(req.Old, req.Size)
	if err != nil {
		return nil, err
	}
	p := new(econdv1.GetConsistencyProofResponse)
	for i := range proof {
		p.Hashes = append(p.Hashes, proof[i][:])
	}
	return p, nil
}

// ListAnchors answers with one page of anchors.
func (s *Server) ListAnchors(ctx context.Context, req *econdv1.ListAnchorsRequest) (*econdv1.ListAnchorsResponse, error) {
	list, next, err := sliced(ctx, s, req, req.At, (*ledger.State).Anchors)
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListAnchorsResponse{NextPageToken: next}
	for _, v := range list {
		p.Anchors = append(p.Anchors, anchorOf(v))
	}
	return p, nil
}
