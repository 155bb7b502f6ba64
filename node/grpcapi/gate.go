package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
)

// maxMacaroons is how many values of the metadata key macaroon are looked at.
// aperture's client repeats its one when it tries again.
const maxMacaroons = 2

func (s *Server) admitUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := s.admit(ctx, info.FullMethod, asksPast(req)); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (s *Server) admitStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := s.admit(ss.Context(), info.FullMethod, false); err != nil {
		return err
	}
	return handler(srv, ss)
}

// admit lets a call of a priced method pass if it carries a token for it, and
// answers it with a challenge otherwise, as aperture answers gRPC calls: code
// INTERNAL, "payment required" and the challenge as www-authenticate in the
// trailer. Tokens are bearer tokens here: operations are authorised by their
// signatures alone.
func (s *Server) admit(ctx context.Context, method string, past bool) error {
	resource, _ := ResourceOf(method)
	if past {
		if resource == "" && s.cfg.Mode == ModeAperture {
			return &refusal{code: codes.FailedPrecondition, kind: "phase", rule: "free-past", field: string(atField),
				message: "this call is free, and the aperture in front of it cannot tell that the past has a price; read it over HTTP"}
		}
		resource = node.ResourceOfPast(resource)
	}
	if s.cfg.Mode != ModeDirect || resource == "" {
		return nil
	}
	var sat int64
	s.cfg.Node.View(func(st *ledger.State, _ int64) { sat = st.PriceSat(resource) })
	if sat == 0 {
		return nil
	}
	need := l402.Need{Service: s.cfg.Service, Capability: resource}
	err := s.checkToken(ctx, need)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, l402.ErrUnavailable):
		return err
	case !l402.NeedsPayment(err):
		return tokenRefusal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.Request)
	defer cancel()
	challenge, err := s.cfg.Gate.Challenge(ctx, s.cfg.Now(), callerOf(ctx), need, sat*1000)
	if err != nil {
		return challengeRefusal(err)
	}
	s.cfg.Metrics.challenges.Inc()
	return &refusal{code: codes.Internal, kind: "payment-required", message: "payment required",
		extra:   map[string]string{"resource": resource, "price_sat": strconv.FormatInt(sat, 10)},
		trailer: metadata.Pairs("www-authenticate", challenge.Header())}
}

// checkToken looks for a token in the metadata authorization, then macaroon.
func (s *Server) checkToken(ctx context.Context, need l402.Need) error {
	md, _ := metadata.FromIncomingContext(ctx)
	now := s.cfg.Now()
	_, first := s.cfg.Gate.Check(now, md.Get("authorization"), need)
	if first == nil {
		return nil
	}
	macaroons := md.Get("macaroon")
	for _, value := range macaroons[:min(len(macaroons), maxMacaroons)] {
		_, err := s.cfg.Gate.CheckMacaroon(now, value, need)
		if err == nil {
			return nil
		}
		if errors.Is(first, l402.ErrNoCredentials) {
			first = err
		}
	}
	return first
}

// tokenRefusal refuses a credential that paying again would not cure.
func tokenRefusal(err error) error {
	text := "the L402 credential is not valid"
	var e *l402.Error
	if errors.As(err, &e) {
		text = e.Error()
	}
	return &refusal{code: codes.Unauthenticated, kind: "l402-credential", field: "metadata",
		message: text + "; leave it away to get a new challenge"}
}

func challengeRefusal(err error) error {
	var limited *l402.RateLimitError
	if !errors.As(err, &limited) {
		return err
	}
	return &refusal{code: codes.ResourceExhausted, kind: "challenge-rate", retry: limited.RetryAfter,
		message: fmt.Sprintf("too many challenges were asked for and not paid; pay one of them, or wait %d s", limited.Seconds())}
}

// callerOf is the peer as the rate limit knows it.
func callerOf(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok || p.Addr == nil {
		return l402.CallerOf("")
	}
	host, _, err := net.SplitHostPort(p.Addr.String())
	if err != nil {
		return l402.CallerOf("")
	}
	return l402.CallerOf(host)
}
