package grpcapi

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
)

// rooms are the limits on what is in work at once; see httpapi.
type rooms struct {
	requests shares.Room // unary calls that are not heavy
	heavy    shares.Room // what rebuilds something: proofs, the past, explanations
	submits  shares.Room // submit streams
	follows  shares.Room // subscriptions
}

func newRooms(l Limits) rooms {
	return rooms{
		requests: shares.Room{Rule: "requests", What: "calls", Places: shares.New(l.Requests)},
		heavy:    shares.Room{Rule: "heavy-requests", What: "calls for proofs, explanations and the past", Places: shares.New(l.Heavy)},
		submits:  shares.Room{Rule: "submit-streams", What: "submit streams", Places: shares.New(l.SubmitStreams)},
		follows:  shares.Room{Rule: "subscribers", What: "subscriptions", Places: shares.New(l.Subscribers)},
	}
}

// of is the room that a unary call needs; nil for other services, such as health.
func (r *rooms) of(full string, past bool) *shares.Room {
	m := methods[full]
	switch {
	case !strings.HasPrefix(full, methodPrefix):
		return nil
	case past, m != nil && m.route.Room == read.Heavy:
		return &r.heavy
	}
	return &r.requests
}

// roomUnary puts the caller's share before a unary call.
func (s *Server) roomUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if r := s.rooms.of(info.FullMethod, asksPast(req)); r != nil {
		leave, err := r.Enter(s.who(ctx))
		if err != nil {
			return nil, err
		}
		defer leave()
	}
	return handler(ctx, req)
}

// who is the caller as places are shared among. Behind aperture, on loopback, it is
// whom aperture asks for.
func (s *Server) who(ctx context.Context) shares.Who {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return shares.Who{}
	}
	who := shares.OfAddress(p.Addr, s.cfg.Mode == admission.Aperture)
	if who.Front {
		md, _ := metadata.FromIncomingContext(ctx)
		who = shares.Who{Caller: l402.CallerOf(l402.ForwardedFor(md.Get("x-forwarded-for"), "127.0.0.1"))}
	}
	return who
}
