package grpcapi

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/shares"
)

// room is a limited number of calls of one sort at once, shared among callers.
type room struct {
	rule   string // of the refusal
	what   string // is in work
	places *shares.Places
}

// rooms are the limits on what is in work at once; see httpapi.
type rooms struct {
	requests room // unary calls that are not heavy
	heavy    room // what rebuilds something: proofs, the past, explanations
	submits  room // submit streams
	follows  room // subscriptions
}

func newRooms(l Limits) rooms {
	return rooms{
		requests: room{"requests", "calls", shares.New(l.Requests)},
		heavy:    room{"heavy-requests", "calls for proofs, explanations and the past", shares.New(l.Heavy)},
		submits:  room{"submit-streams", "submit streams", shares.New(l.SubmitStreams)},
		follows:  room{"subscribers", "subscriptions", shares.New(l.Subscribers)},
	}
}

// of is the room that a unary call needs; nil for other services, such as health.
func (r *rooms) of(method string, past bool) *room {
	switch {
	case !strings.HasPrefix(method, methodPrefix):
		return nil
	case past, strings.HasSuffix(method, "Proof"), strings.HasSuffix(method, "/ExplainProposal"):
		return &r.heavy
	}
	return &r.requests
}

// enter takes a place in a room, or refuses.
func (s *Server) enter(ctx context.Context, r *room) (leave func(), err error) {
	leave, err = r.places.Take(s.who(ctx))
	if err != nil {
		return nil, busy(r.rule, "too many "+r.what+" are in work: "+err.Error())
	}
	return leave, nil
}

// roomUnary puts the caller's share before a unary call.
func (s *Server) roomUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if r := s.rooms.of(info.FullMethod, asksPast(req)); r != nil {
		leave, err := s.enter(ctx, r)
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
	who := shares.OfAddress(p.Addr, s.cfg.Mode == ModeAperture)
	if who.Front {
		md, _ := metadata.FromIncomingContext(ctx)
		who = shares.Who{Caller: l402.CallerOf(l402.ForwardedFor(md.Get("x-forwarded-for"), "127.0.0.1"))}
	}
	return who
}
