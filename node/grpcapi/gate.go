package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// maxMacaroons is how many values of the metadata key macaroon are looked at.
// aperture's client repeats its one when it tries again.
const maxMacaroons = 2

// passKey finds the pass of a call that submits operations in its context.
type passKey struct{}

func passOf(ctx context.Context) *admission.Pass {
	p, _ := ctx.Value(passKey{}).(*admission.Pass)
	return p
}

// counts tells whether an answer uses a token up, as httpapi has it: not what
// could not be read, nor what this node could not do now.
func counts(err error) bool {
	if err == nil {
		return true
	}
	r := failureOf(err)
	switch r.code {
	case codes.Unavailable, codes.ResourceExhausted, codes.Internal, codes.DeadlineExceeded, codes.Canceled, codes.Unimplemented:
		return false
	}
	return r.kind != "malformed" && r.kind != "oversize"
}

func (s *Server) admitUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if s.operatorsOwn(ctx, req) {
		return handler(ctx, req)
	}
	p, err := s.admit(ctx, info.FullMethod, asksPast(req))
	if err != nil {
		return nil, err
	}
	if p == nil || p.Resource == constitution.ResourceOperations {
		return handler(context.WithValue(ctx, passKey{}, p), req)
	}
	if err := s.pay(ctx, p); err != nil {
		return nil, err
	}
	answer, err := handler(ctx, req)
	if !counts(err) {
		p.GiveBack(1)
	}
	return answer, err
}

// operatorsOwn tells whether a call without credentials submits an operation that
// the operator's key signed, which costs nothing; see httpapi.
func (s *Server) operatorsOwn(ctx context.Context, req any) bool {
	submit, ok := req.(*econdv1.SubmitRequest)
	md, _ := metadata.FromIncomingContext(ctx)
	if !ok || s.cfg.Mode == admission.Off || len(md.Get("authorization")) > 0 || len(md.Get("macaroon")) > 0 {
		return false
	}
	return s.cfg.OperatorsOwn(submit.Event)
}

// passed is a stream whose context has its pass.
type passed struct {
	grpc.ServerStream
	ctx context.Context
}

func (p passed) Context() context.Context { return p.ctx }

func (s *Server) admitStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	p, err := s.admit(ss.Context(), info.FullMethod, false)
	if err != nil {
		return err
	}
	if p != nil && p.Resource == constitution.ResourceOperations {
		if p.UsedUp() {
			return s.challenge(ss.Context(), p, l402.ErrUsedUp)
		}
		return handler(srv, passed{ss, context.WithValue(ss.Context(), passKey{}, p)})
	}
	if p == nil {
		return handler(srv, ss)
	}
	if err := s.pay(ss.Context(), p); err != nil {
		return err
	}
	opened := &opening{ServerStream: ss}
	err = handler(srv, opened)
	if !opened.sent.Load() && !counts(err) && ss.Context().Err() == nil && failureOf(err).kind != "stream-lifetime" {
		p.GiveBack(1) // it was never open
	}
	return err
}

// opening is a stream that knows whether anything was sent on it.
type opening struct {
	grpc.ServerStream
	sent atomic.Bool
}

func (o *opening) SendMsg(m any) error {
	o.sent.Store(true)
	return o.ServerStream.SendMsg(m)
}

// admit looks at the token of a call of a priced method and takes nothing yet. A
// token that is used up is admitted with nothing left. Without a good one the
// answer is a challenge, as aperture answers gRPC calls: code INTERNAL, "payment
// required" and the challenge as www-authenticate in the trailer.
func (s *Server) admit(ctx context.Context, method string, past bool) (*admission.Pass, error) {
	resource, _ := ResourceOf(method)
	if past {
		if resource == "" && s.cfg.Mode == admission.Aperture {
			return nil, &failure{code: codes.FailedPrecondition, kind: "phase", rule: "free-past", field: string(atField),
				message: "this call is free, and the aperture in front of it cannot tell that the past has a price; read it over HTTP"}
		}
		resource = read.ResourceOfPast(resource)
	}
	p, err := s.desk.Admit(resource, func(need l402.Need) (l402.Grant, error) { return s.checkToken(ctx, need) })
	switch {
	case err != nil:
		return nil, err
	case p != nil && p.Unpaid != nil:
		return nil, s.challenge(ctx, p, p.Unpaid)
	}
	return p, nil
}

// pay takes the use that a call other than an operation costs. A call proves no
// key, so a token that is bound to one pays for operations alone.
func (s *Server) pay(ctx context.Context, p *admission.Pass) error {
	if p.Bound() {
		return &failure{code: codes.PermissionDenied, kind: "token-agent", field: credentialField,
			message: fmt.Sprintf("the token is bound to %s and pays here for operations that this key signed; read over HTTP with a NIP-98 event, or with another token", p.Grant.Agent)}
	}
	_, err := p.Take(1)
	return s.orChallenge(ctx, p, err)
}

// usedUp is the answer to an operation of a stream that the token does not pay
// for.
func usedUp(p *admission.Pass) error {
	return &failure{code: codes.FailedPrecondition, kind: "token-used-up", field: credentialField,
		message: fmt.Sprintf("the token was good for %d uses, and all are taken; send the rest in a stream with a new one, "+
			"asking for enough with %s: <number>", p.Grant.Uses, l402.UsesHeader)}
}

// orChallenge answers a call whose token has nothing left with a challenge, and passes
// other errors on.
func (s *Server) orChallenge(ctx context.Context, p *admission.Pass, err error) error {
	if !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return s.challenge(ctx, p, err)
}

// challenge is the answer to a call that is not paid.
func (s *Server) challenge(ctx context.Context, p *admission.Pass, why error) error {
	md, _ := metadata.FromIncomingContext(ctx)
	header := http.Header{}
	for _, name := range []string{l402.UsesHeader, l402.AgentHeader, l402.CustomerHeader} {
		for _, v := range md.Get(name) {
			header.Add(name, v)
		}
	}
	ask, err := p.Ask(callerOf(ctx), header, nil, false)
	if err != nil {
		return err
	}
	extra := map[string]string{"resource": p.Resource, "price_sat": strconv.FormatInt(p.Sat, 10), "uses": strconv.FormatInt(ask.Uses, 10)}
	if s.cfg.Mode == admission.Aperture {
		// aperture sells for HTTP paths; see Pricer.
		return &failure{code: codes.FailedPrecondition, kind: "token-used-up", field: credentialField, extra: extra,
			message: fmt.Sprintf("%q costs %d sat each, and the call has no token that pays for it: buy one over HTTP at the aperture in front of this node", p.Resource, p.Sat),
			cause:   why}
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.Request)
	defer cancel()
	challenge, err := s.cfg.Gate.Challenge(ctx, s.cfg.Now(), ask)
	if err != nil {
		return err
	}
	s.cfg.Metrics.challenges.Inc()
	return &failure{code: codes.Internal, kind: "payment-required", message: "payment required", extra: extra,
		trailer: metadata.Pairs("www-authenticate", challenge.Header())}
}

// checkToken looks for a token in the metadata authorization, then macaroon. The
// grant of one that is used up comes with ErrUsedUp.
func (s *Server) checkToken(ctx context.Context, need l402.Need) (l402.Grant, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	now := s.cfg.Now()
	best, first := s.cfg.Gate.Check(ctx, now, md.Get("authorization"), need)
	if first == nil {
		return best, nil
	}
	macaroons := md.Get("macaroon")
	for _, value := range macaroons[:min(len(macaroons), maxMacaroons)] {
		grant, err := s.cfg.Gate.CheckMacaroon(ctx, now, value, need)
		if err == nil {
			return grant, nil
		}
		if errors.Is(first, l402.ErrNoCredentials) || errors.Is(err, l402.ErrUsedUp) {
			best, first = grant, err
		}
	}
	return best, first
}

// callerOf is the peer as the rate limit knows it.
func callerOf(ctx context.Context) l402.Caller {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return l402.CallerOf("")
	}
	return shares.OfAddress(p.Addr, false).Caller
}
