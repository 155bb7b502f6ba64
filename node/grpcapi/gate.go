package grpcapi

import (
	"bytes"
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
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// maxMacaroons is how many values of the metadata key macaroon are looked at.
// aperture's client repeats its one when it tries again.
const maxMacaroons = 2

// pass is what the token of one priced call still buys. A nil pass is that of a
// call that costs nothing: all its methods let through.
type pass struct {
	server   *Server
	grant    l402.Grant // with nothing left, if the token is used up
	resource string
	sat      int64
	taken    int64 // and not given back
}

// passKey finds the pass of a call that submits operations in its context.
type passKey struct{}

func passOf(ctx context.Context) *pass {
	p, _ := ctx.Value(passKey{}).(*pass)
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
	if p == nil || p.resource == constitution.ResourceOperations {
		return handler(context.WithValue(ctx, passKey{}, p), req)
	}
	if err := p.pay(ctx); err != nil {
		return nil, err
	}
	answer, err := handler(ctx, req)
	if !counts(err) {
		p.giveBack(1)
	}
	return answer, err
}

// operatorsOwn tells whether a call without credentials submits an operation that
// the operator's key signed, which costs nothing; see httpapi.
func (s *Server) operatorsOwn(ctx context.Context, req any) bool {
	submit, ok := req.(*econdv1.SubmitRequest)
	md, _ := metadata.FromIncomingContext(ctx)
	if !ok || s.cfg.Mode == ModeOff || len(md.Get("authorization")) > 0 || len(md.Get("macaroon")) > 0 {
		return false
	}
	operator := s.cfg.Node.Operator()
	if len(submit.Event) > op.MaxEventBytes || !bytes.Contains(submit.Event, []byte(operator.String())) {
		return false
	}
	e, err := op.Decode(submit.Event)
	return err == nil && e.PubKey == operator && e.Verify() == nil
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
	if p != nil && p.resource == constitution.ResourceOperations {
		if p.grant.Left == 0 {
			return p.challenge(ss.Context(), l402.ErrUsedUp)
		}
		return handler(srv, passed{ss, context.WithValue(ss.Context(), passKey{}, p)})
	}
	if p == nil {
		return handler(srv, ss)
	}
	if err := p.pay(ss.Context()); err != nil {
		return err
	}
	opened := &opening{ServerStream: ss}
	err = handler(srv, opened)
	if !opened.sent.Load() && !counts(err) && ss.Context().Err() == nil && failureOf(err).kind != "stream-lifetime" {
		p.giveBack(1) // it was never open
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
func (s *Server) admit(ctx context.Context, method string, past bool) (*pass, error) {
	resource, _ := ResourceOf(method)
	if past {
		if resource == "" && s.cfg.Mode == ModeAperture {
			return nil, &failure{code: codes.FailedPrecondition, kind: "phase", rule: "free-past", field: string(atField),
				message: "this call is free, and the aperture in front of it cannot tell that the past has a price; read it over HTTP"}
		}
		resource = read.ResourceOfPast(resource)
	}
	if s.cfg.Mode == ModeOff || resource == "" {
		return nil, nil
	}
	sat := s.cfg.Node.PriceSat(resource)
	if sat == 0 {
		return nil, nil
	}
	if resource == constitution.ResourceOperations && len(s.cfg.Node.Recovery()) > 0 {
		return nil, node.ErrRecovery // before anybody pays
	}
	p := &pass{server: s, resource: resource, sat: sat}
	var err error
	p.grant, err = s.checkToken(ctx, l402.Need{Service: s.cfg.Service, Capability: resource, AgentLater: true})
	switch {
	case err == nil, errors.Is(err, l402.ErrUsedUp):
		return p, nil
	case errors.Is(err, l402.ErrUnavailable):
		return nil, err
	case !l402.NeedsPayment(err):
		return nil, tokenRefusal(err)
	}
	return nil, p.challenge(ctx, err)
}

// pay takes the use that a call other than an operation costs. A call proves no
// key, so a token that is bound to one pays for operations alone.
func (p *pass) pay(ctx context.Context) error {
	if p.grant.Left > 0 && !p.grant.Agent.IsZero() {
		return &failure{code: codes.PermissionDenied, kind: "token-agent", field: "metadata",
			message: fmt.Sprintf("the token is bound to %s and pays here for operations that this key signed; read over HTTP with a NIP-98 event, or with another token", p.grant.Agent)}
	}
	if _, err := p.take(1); err != nil {
		return p.short(ctx, err)
	}
	return nil
}

func (p *pass) take(n int64) (int64, error) {
	if p == nil {
		return n, nil
	}
	taken, err := p.server.cfg.Gate.Take(p.server.cfg.Now(), &p.grant, n)
	p.taken += taken
	return taken, err
}

// giveBack returns uses that were not served, at most those that were taken.
func (p *pass) giveBack(n int64) {
	if p == nil {
		return
	}
	if n = min(n, p.taken); n > 0 {
		p.taken -= n
		p.server.cfg.Gate.GiveBack(&p.grant, n)
	}
}

// signedBy refuses what a token bound to an agent is not to pay for: what another
// key signed, or did not sign.
func (p *pass) signedBy(e *op.Event) error {
	if p == nil || p.grant.Agent.IsZero() {
		return nil
	}
	if p.grant.Agent == l402.AgentKey(e.PubKey) {
		return e.Verify()
	}
	return &failure{code: codes.PermissionDenied, kind: "token-agent", field: "metadata",
		message: fmt.Sprintf("the token is bound to %s and pays for what that key signs; this is signed by %s", p.grant.Agent, e.PubKey)}
}

// recorded tells which events this server's log has.
func (p *pass) recorded(events ...*op.Event) []bool {
	return p.server.cfg.Node.Recorded(events...)
}

// payOperation takes the use that one operation costs.
func (p *pass) payOperation(ctx context.Context, e *op.Event) error {
	if p == nil {
		return nil
	}
	if err := p.signedBy(e); err != nil {
		return err
	}
	if p.grant.Left == 0 && p.recorded(e)[0] {
		return nil
	}
	if _, err := p.take(1); err != nil {
		return p.short(ctx, err)
	}
	return nil
}

// payBatch takes a use for each operation that is not recorded already, and
// tells for which it did. Those beyond what the token has left get an error and
// lose their event.
func (p *pass) payBatch(batch []arrived) (paid []bool) {
	paid = make([]bool, len(batch))
	if p == nil {
		return paid
	}
	events := make([]*op.Event, len(batch))
	for i := range batch {
		events[i] = batch[i].event
	}
	known, due := p.recorded(events...), int64(0)
	for i := range batch {
		if batch[i].event == nil || batch[i].err != nil {
			continue
		}
		if batch[i].err = p.signedBy(batch[i].event); batch[i].err == nil && !known[i] {
			paid[i] = true
			due++
		}
	}
	taken, err := int64(0), error(nil)
	if due > 0 {
		taken, err = p.take(due)
	}
	for i := range batch {
		if paid[i] && taken > 0 {
			taken--
		} else if paid[i] {
			paid[i], batch[i].err = false, p.usedUp(err)
		}
		if batch[i].err != nil {
			batch[i].event = nil
		}
	}
	return paid
}

// usedUp is the answer to an operation of a stream that the token does not pay
// for.
func (p *pass) usedUp(err error) error {
	if err != nil && !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return &failure{code: codes.FailedPrecondition, kind: "token-used-up", field: "metadata",
		message: fmt.Sprintf("the token was good for %d uses, and all are taken; send the rest in a stream with a new one, "+
			"asking for enough with %s: <number>", p.grant.Uses, l402.UsesHeader)}
}

// short answers a call whose token has nothing left, or cannot be counted.
func (p *pass) short(ctx context.Context, err error) error {
	if !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return p.challenge(ctx, err)
}

// challenge is the answer to a call that is not paid.
func (p *pass) challenge(ctx context.Context, why error) error {
	s := p.server
	if len(s.cfg.Node.Recovery()) > 0 {
		return node.ErrRecovery // nothing is sold
	}
	md, _ := metadata.FromIncomingContext(ctx)
	header := http.Header{}
	for _, name := range []string{l402.UsesHeader, l402.AgentHeader, l402.CustomerHeader} {
		for _, v := range md.Get(name) {
			header.Add(name, v)
		}
	}
	uses, err := node.UsesOf(header, nil, false, p.sat)
	if err != nil {
		return badRequest(l402.UsesHeader, "uses", err.Error())
	}
	agent, customer, field, err := node.AgentsOf(header)
	if err != nil {
		return badRequest(field, "agent", err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.Request)
	defer cancel()
	extra := map[string]string{"resource": p.resource, "price_sat": strconv.FormatInt(p.sat, 10), "uses": strconv.FormatInt(uses, 10)}
	if s.cfg.Mode == ModeAperture {
		// aperture sells for HTTP paths; see Pricer.
		return &failure{code: codes.FailedPrecondition, kind: "token-used-up", field: "metadata", extra: extra,
			message: fmt.Sprintf("%q costs %d sat each, and the call has no token that pays for it: buy one over HTTP at the aperture in front of this node", p.resource, p.sat),
			cause:   why}
	}
	challenge, err := s.cfg.Gate.Challenge(ctx, s.cfg.Now(), l402.Ask{Caller: callerOf(ctx),
		Need:      l402.Need{Service: s.cfg.Service, Capability: p.resource, Agent: agent},
		Customer:  customer,
		Uses:      uses,
		PriceMsat: uses * p.sat * 1000})
	if err != nil {
		return challengeRefusal(err)
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

// tokenRefusal refuses a credential that paying again would not cure.
func tokenRefusal(err error) error {
	text := "the L402 credential is not valid"
	var e *l402.Error
	if errors.As(err, &e) {
		text = e.Error()
	}
	return &failure{code: codes.Unauthenticated, kind: "l402-credential", field: "metadata",
		message: text + "; leave it away to get a new challenge"}
}

// whose says, per limit, why there is no challenge now.
var whose = map[l402.Share]string{
	l402.ShareCaller: "too many challenges were asked for whose tokens are not used yet; pay one of them and use its token, which makes room",
	l402.ShareBlock:  "the addresses around this one asked for too many challenges that were not paid",
	l402.ShareTotal:  "all callers together ask for more challenges than the Lightning node shall make",
}

func challengeRefusal(err error) error {
	var limited *l402.RateLimitError
	if !errors.As(err, &limited) {
		return err
	}
	return &failure{code: codes.ResourceExhausted, kind: "challenge-rate", retry: limited.RetryAfter,
		message: fmt.Sprintf("%s; wait %d s", whose[limited.Whose], limited.Seconds())}
}

// callerOf is the peer as the rate limit knows it.
func callerOf(ctx context.Context) l402.Caller {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return l402.CallerOf("")
	}
	return shares.OfAddress(p.Addr, false).Caller
}
