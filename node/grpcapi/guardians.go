package grpcapi

import (
	"context"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// ListPauses answers with one page of the pauses that came into force.
func (s *Server) ListPauses(ctx context.Context, req *econdv1.ListPausesRequest) (*econdv1.ListPausesResponse, error) {
	list, next, err := sliced(ctx, s, req, req.At, (*ledger.State).Pauses)
	if err != nil {
		return nil, err
	}
	p := &econdv1.ListPausesResponse{NextPageToken: next}
	for _, v := range list {
		p.Pauses = append(p.Pauses, &econdv1.Pause{Track: v.Track, SinceMs: v.SinceMs, UntilMs: v.UntilMs, Reason: v.Reason, Seq: v.Seq})
	}
	return p, nil
}

// ListPauseMotions answers with one page of what not enough guardians have
// signed; the page token is the entry of the first signature of the motion after
// the page.
func (s *Server) ListPauseMotions(ctx context.Context, req *econdv1.ListPauseMotionsRequest) (*econdv1.ListPauseMotionsResponse, error) {
	from, limit, err := startOf(req)
	if err != nil {
		return nil, err
	}
	var list []view.PauseMotion
	var next uint64
	err = s.view(ctx, req.At, func(st *ledger.State, _ int64) { list, next = st.PauseMotionsPage(uint64(from), limit) })
	if err != nil {
		return nil, err
	}
	p := new(econdv1.ListPauseMotionsResponse)
	for _, v := range list {
		p.Motions = append(p.Motions, &econdv1.PauseMotion{Tracks: v.Tracks, UntilMs: v.UntilMs,
			Signed: assentsOf(v.Signed), Needed: uint32(v.Needed)})
	}
	if next != 0 {
		p.NextPageToken = listOf(req.ProtoReflect()).Index(int(next))
	}
	return p, nil
}

func assentsOf(list []view.Assent) []*econdv1.Assent {
	var out []*econdv1.Assent
	for _, v := range list {
		out = append(out, &econdv1.Assent{Guardian: v.Guardian[:], Reason: v.Reason, Seq: v.Seq})
	}
	return out
}
