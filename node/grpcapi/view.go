package grpcapi

import (
	"context"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/node/ledger"
)

// view calls fn with the state that a request asks about and its time: the
// present, or what was right after entry at. Every handler that reads state
// reads it here.
func (s *Server) view(ctx context.Context, at *uint64, fn func(st *ledger.State, nowMs int64)) error {
	var seq uint64
	seen := func(st *ledger.State, nowMs int64) {
		seq = st.Next() - 1
		fn(st, nowMs)
	}
	if at == nil {
		s.cfg.Node.View(seen)
	} else if err := s.cfg.Node.ViewAt(ctx, *at, seen); err != nil {
		return err
	}
	return grpc.SetHeader(ctx, metadata.Pairs(seqHeader, strconv.FormatUint(seq, 10)))
}

// tip is the height at which a look is taken: the best block known, or 0 for one
// into the past, which has its last entry's.
func (s *Server) tip(at *uint64) uint32 {
	if at != nil {
		return 0
	}
	return s.cfg.Node.Height()
}
