package grpcapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// groupBytes is how much of the log is read before it is sent, one entry more:
// beside gRPC's own buffers all the memory that a slow reader can hold.
const groupBytes = 64 << 10

var errFull = errors.New("enough for one group")

// Subscribe streams entries at the reader's pace.
func (s *Server) Subscribe(req *econdv1.SubscribeRequest, stream econdv1.Econd_SubscribeServer) error {
	next, err := s.firstEntry(req)
	if err != nil {
		return err
	}
	leave, err := s.rooms.follows.Enter(s.who(stream.Context()))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := s.lifetime(stream.Context())
	defer cancel()
	if err := s.begin(ctx, func() error { return stream.Send(&econdv1.SubscribeResponse{Place: int64(next) - 1}) }); err != nil {
		return err
	}
	for {
		size, err := s.cfg.Node.WaitSize(ctx, next)
		if err != nil {
			return s.broken(ctx, err)
		}
		var group []*econdv1.SubscribeResponse
		if group, next, err = s.readGroup(next, size); err != nil {
			return err
		}
		err = sendWithin(ctx, s.cfg.Limits.Stall, func() error {
			for _, r := range group {
				if err := stream.Send(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return s.broken(ctx, err)
		}
	}
}

// begin sends the place where a stream begins, before anything is waited for: a break
// before the first entry or notice loses nothing.
func (s *Server) begin(ctx context.Context, send func() error) error {
	if err := sendWithin(ctx, s.cfg.Limits.Stall, send); err != nil {
		return s.broken(ctx, err)
	}
	return nil
}

// broken is why a subscription ended.
func (s *Server) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, node.ErrStopping) {
		return s.ended(ctx)
	}
	return err
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

func (s *Server) readGroup(at, to uint64) ([]*econdv1.SubscribeResponse, uint64, error) {
	var group []*econdv1.SubscribeResponse
	size := 0
	err := s.cfg.Node.Entries(at, to, func(seq uint64, line []byte) error {
		group = append(group, &econdv1.SubscribeResponse{Entry: entryOf(seq, kindOf(line), line), Place: int64(seq)})
		at = seq + 1
		if size += len(line); size >= groupBytes {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return group, at, err
}

// entryOf copies the line.
func entryOf(seq uint64, kind op.Kind, line []byte) *econdv1.Entry {
	return &econdv1.Entry{Seq: seq, Kind: uint32(kind), Operation: kind.String(), Line: bytes.Clone(line)}
}

// kindOf finds the kind in a canonical entry: the first member of that name,
// since only numbers and hex come before it.
func kindOf(line []byte) op.Kind {
	_, rest, _ := bytes.Cut(line, []byte(`,"kind":`))
	digits, _, _ := bytes.Cut(rest, []byte{','})
	n, err := strconv.ParseUint(string(digits), 10, 16)
	if err != nil {
		return 0
	}
	return op.Kind(n)
}
