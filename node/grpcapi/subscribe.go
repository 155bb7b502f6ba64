package grpcapi

import (
	"bytes"
	"context"
	"fmt"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Subscribe streams entries at the reader's pace.
func (s *Server) Subscribe(req *econdv1.SubscribeRequest, stream econdv1.Econd_SubscribeServer) error {
	next, err := s.firstEntry(req)
	if err != nil {
		return err
	}
	return follow(s, stream, &econdv1.SubscribeResponse{Place: int64(next) - 1}, func(ctx context.Context) ([]*econdv1.SubscribeResponse, error) {
		size, err := s.cfg.Node.WaitSize(ctx, next)
		if err != nil {
			return nil, err
		}
		var group []*econdv1.SubscribeResponse
		next, err = s.cfg.Group(next, size, func(seq uint64, line []byte) {
			group = append(group, &econdv1.SubscribeResponse{Entry: entryOf(seq, admission.KindOf(line), line), Place: int64(seq)})
		})
		return group, err
	})
}

// firstEntry is the sequence number at which a subscription starts.
func (s *Server) firstEntry(req *econdv1.SubscribeRequest) (uint64, error) {
	size := s.cfg.Node.Size()
	if req.AfterSeq == nil {
		return size, nil
	}
	after := *req.AfterSeq
	if after < -1 || after >= 0 && uint64(after) >= size {
		return 0, &failure{code: codes.OutOfRange, kind: "range", field: "after_seq",
			message: fmt.Sprintf("after_seq: is %d, must be from -1 to %d, the last entry of the log", after, size-1)}
	}
	return uint64(after + 1), nil
}

// entryOf copies the line.
func entryOf(seq uint64, kind op.Kind, line []byte) *econdv1.Entry {
	return &econdv1.Entry{Seq: seq, Kind: uint32(kind), Operation: kind.String(), Line: bytes.Clone(line)}
}
