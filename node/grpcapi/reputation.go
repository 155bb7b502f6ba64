package grpcapi

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// GetReputation answers with a standing as of the last epoch.
func (s *Server) GetReputation(ctx context.Context, req *econdv1.GetReputationRequest) (*econdv1.GetReputationResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var v view.Reputation
	var refused error
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { v, refused = st.Reputation(key) }); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	return &econdv1.GetReputationResponse{Standing: standingOf(v.Standing), UntilMs: v.UntilMs, ReceiptsSince: uint64(v.ReceiptsSince)}, nil
}

// ListSources answers with one page of what a standing rests on. It is worked
// through after the state has been let go.
func (s *Server) ListSources(ctx context.Context, req *econdv1.ListSourcesRequest) (*econdv1.ListSourcesResponse, error) {
	key, limit, err := keyAndPage(req.Pubkey, req.PageSize)
	if err != nil {
		return nil, err
	}
	epoch, from := int64(-1), uint32(0)
	if req.PageToken != "" {
		place, err := placeOf(req, 12)
		if err != nil {
			return nil, err
		}
		epoch, from = int64(binary.BigEndian.Uint64(place)&(1<<63-1)), binary.BigEndian.Uint32(place[8:])
	}
	var evidence ledger.Evidence
	var refused error
	if err := s.view(ctx, req.At, func(st *ledger.State, _ int64) { evidence, refused = st.Evidence(key) }); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	if epoch >= 0 && epoch != evidence.Epoch {
		return nil, badRequest("page_token", "token-epoch", fmt.Sprintf("is of epoch %d, and epoch %d has ended since; start without one, or read that epoch with at", epoch, evidence.Epoch))
	}
	list, next, more := evidence.Sources(from, limit)
	p := &econdv1.ListSourcesResponse{Epoch: evidence.Epoch}
	for _, v := range list {
		p.Sources = append(p.Sources, sourceOf(v))
	}
	if more {
		place := binary.BigEndian.AppendUint64(nil, uint64(evidence.Epoch))
		p.NextPageToken = listOf(req.ProtoReflect()).Text(binary.BigEndian.AppendUint32(place, next))
	}
	return p, nil
}

func keyAndPage(raw []byte, size uint32) (key op.PublicKey, limit int, err error) {
	if key, err = keyField("pubkey", raw); err == nil {
		limit, err = pageSize(size)
	}
	return key, limit, err
}

// ListStandings answers with one page of an agent's past.
func (s *Server) ListStandings(ctx context.Context, req *econdv1.ListStandingsRequest) (*econdv1.ListStandingsResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	from, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var list []view.Standing
	var more bool
	var refused error
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) {
		list, more, refused = st.ReputationHistory(key, int64(from), limit)
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	p := new(econdv1.ListStandingsResponse)
	for _, v := range list {
		p.Standings = append(p.Standings, standingOf(v))
	}
	if more {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(int(list[len(list)-1].Epoch) + 1)
	}
	return p, nil
}

// GetStatement answers with the standing signed by the operator.
func (s *Server) GetStatement(_ context.Context, req *econdv1.GetStatementRequest) (*econdv1.GetStatementResponse, error) {
	key, err := keyField("pubkey", req.Pubkey)
	if err != nil {
		return nil, err
	}
	var form statement.Form
	switch req.Form {
	case econdv1.StatementForm_STATEMENT_FORM_NIP85:
		form = statement.NIP85
	case econdv1.StatementForm_STATEMENT_FORM_VC_JWT:
		form = statement.VCJWT
	default:
		return nil, badRequest("form", "form", fmt.Sprintf("is %v, must be STATEMENT_FORM_NIP85 or STATEMENT_FORM_VC_JWT", req.Form))
	}
	text, err := s.cfg.Node.Attest(key, form)
	if err != nil {
		return nil, err
	}
	return &econdv1.GetStatementResponse{Statement: text, MediaType: form.MediaType()}, nil
}

func standingOf(v view.Standing) *econdv1.Standing {
	return &econdv1.Standing{Epoch: v.Epoch, Seq: v.Seq, TimeMs: v.TimeMs, Score: uint64(v.Score), Flow: uint64(v.Flow),
		Quality: uint64(v.Quality), Positive: uint64(v.Positive), Negative: uint64(v.Negative)}
}

func sourceOf(v view.Source) *econdv1.Source {
	s := &econdv1.Source{Consumer: v.Consumer[:], ConsumerFlow: uint64(v.ConsumerFlow), Trust: uint64(v.Trust),
		EdgeWeight: v.EdgeWeight, EdgeTotal: v.EdgeTotal, FlowGiven: uint64(v.FlowGiven),
		Positive: uint64(v.Positive), Negative: uint64(v.Negative)}
	for _, r := range v.Receipts {
		s.Receipts = append(s.Receipts, &econdv1.WeighedReceipt{Seq: r.Seq, TimeMs: r.TimeMs, Sats: r.Sats, Rating: int32(r.Rating),
			Part: r.Part, AgeDays: r.AgeDays, Decay: uint32(r.Decay), Positive: uint64(r.Positive), Negative: uint64(r.Negative)})
	}
	return s
}
