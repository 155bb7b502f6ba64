package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// pass is what the token of one priced request still buys. A nil pass is that of
// a request that costs nothing: all its methods let through.
type pass struct {
	api      *API
	grant    l402.Grant // with nothing left, if the token is used up
	resource string
	sat      int64
	taken    int64       // and not given back
	header   http.Header // of the answer
}

// counts tells whether an answer with this status uses a token up: what was
// looked at and refused by a rule does, what could not be read (malformed, too
// large) and what this node could not do now does not.
func counts(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusTooManyRequests:
		return false
	}
	return status < http.StatusInternalServerError
}

// used tells whether what the node says about an operation uses a token up. What
// it may have recorded does, whatever the status.
func used(receipt view.Receipt, err error) bool {
	if err == nil {
		return !receipt.Replay
	}
	return errors.Is(err, node.ErrUnconfirmed) || counts(problemOf(err).Status)
}

// admit looks at the token of a request for a resource and takes nothing yet. A
// token that is used up is admitted with nothing left; without a good one the
// answer is a challenge.
func (a *API) admit(c echo.Context, resource string) (*pass, error) {
	if a.cfg.Mode == ModeOff {
		return nil, nil
	}
	sat := a.cfg.Node.PriceSat(resource)
	if sat == 0 {
		return nil, nil
	}
	if resource == constitution.ResourceOperations && len(a.cfg.Node.Recovery()) > 0 {
		return nil, node.ErrRecovery // before anybody pays
	}
	p := &pass{api: a, resource: resource, sat: sat, header: c.Response().Header()}
	need := l402.Need{Service: a.cfg.Service, Capability: resource, AgentLater: true}
	var err error
	p.grant, err = a.cfg.Gate.Check(c.Request().Context(), a.cfg.Now(), c.Request().Header.Values("Authorization"), need)
	switch {
	case err == nil, errors.Is(err, l402.ErrUsedUp):
		return p, nil
	case errors.Is(err, l402.ErrUnavailable):
		return nil, err
	case !l402.NeedsPayment(err):
		return nil, tokenProblem(err)
	case errors.Is(err, l402.ErrNoCredentials) && cameWhole(c):
		a.cfg.Gate.Unasked(a.cfg.Now())
	}
	return nil, p.challenge(c, err)
}

// operatorsOwn tells whether a request without credentials submits one operation
// that the operator's key signed. It costs nothing: a veto must not hang on a
// payment to oneself, which Lightning cannot route.
func (a *API) operatorsOwn(c echo.Context) bool {
	req := c.Request()
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if a.cfg.Mode == ModeOff || media != echo.MIMEApplicationJSON || len(req.Header.Values("Authorization")) > 0 {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, op.MaxEventBytes+1))
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), req.Body), req.Body}
	c.Set(wholeKey, err == nil && int64(len(body)) == req.ContentLength)
	operator := a.cfg.Node.Operator()
	if err != nil || !bytes.Contains(body, []byte(operator.String())) {
		return false
	}
	e, err := op.Decode(body)
	return err == nil && e.PubKey == operator && e.Verify() == nil
}

// wholeKey marks, in a request's context, a body that was read to its end.
const wholeKey = "whole"

// cameWhole tells whether all of a request is there. aperture asks for no price
// where it cannot read a body, and forwards what is left, so that only a whole
// request without a token says something about its list: a stranger can break
// one off.
func cameWhole(c echo.Context) bool {
	req := c.Request()
	return req.ContentLength == 0 && len(req.TransferEncoding) == 0 || c.Get(wholeKey) == true
}

// pay admits a request other than an operation and takes one use. A token that
// is bound to an agent has to come with a NIP-98 event of its key.
func (a *API) pay(c echo.Context, resource string) (*pass, error) {
	p, err := a.admit(c, resource)
	if p == nil || err != nil {
		return nil, err
	}
	if p.grant.Left > 0 && !p.grant.Agent.IsZero() {
		e, err := a.authorised(c, nil)
		if err != nil {
			return nil, err
		}
		if err := p.signedBy(e); err != nil {
			return nil, err
		}
	}
	if _, err := p.take(1); err != nil {
		return nil, p.short(c, err)
	}
	return p, nil
}

// take takes up to n uses and says in the answer's header how many are left.
func (p *pass) take(n int64) (int64, error) {
	if p == nil {
		return n, nil
	}
	taken, err := p.api.cfg.Gate.Take(p.api.cfg.Now(), &p.grant, n)
	p.taken += taken
	p.tell()
	return taken, err
}

// giveBack returns uses that were not served, at most those that were taken.
func (p *pass) giveBack(n int64) {
	if p == nil {
		return
	}
	if n = min(n, p.taken); n > 0 {
		p.taken -= n
		p.api.cfg.Gate.GiveBack(&p.grant, n)
		p.tell()
	}
}

func (p *pass) tell() { p.header.Set(l402.UsesLeftHeader, strconv.FormatInt(p.grant.Left, 10)) }

// signedBy refuses what a token bound to an agent is not to pay for: what another
// key signed, or did not sign.
func (p *pass) signedBy(e *op.Event) error {
	if p == nil || p.grant.Agent.IsZero() {
		return nil
	}
	if p.grant.Agent == l402.AgentKey(e.PubKey) {
		return e.Verify()
	}
	return &Problem{Rule: "token-agent", Title: "Not allowed to the signer", Status: http.StatusForbidden, Field: "Authorization",
		Detail: fmt.Sprintf("the token is bound to %s and pays for what that key signs; this is signed by %s", p.grant.Agent, e.PubKey)}
}

// recorded tells which events this server's log has.
func (p *pass) recorded(events ...*op.Event) []bool { return p.api.cfg.Node.Recorded(events...) }

// payOperation takes the use that an operation costs.
func (p *pass) payOperation(c echo.Context, e *op.Event) error {
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
		return p.short(c, err)
	}
	return nil
}

// beforeBatch answers a batch whose token is used up with a challenge, unless it
// begins with what is recorded already: then it repeats one whose answer was
// lost.
func (p *pass) beforeBatch(c echo.Context) error {
	if p == nil || p.grant.Left > 0 {
		return nil
	}
	req := c.Request()
	r := bufio.NewReaderSize(req.Body, op.MaxEventBytes+1)
	line, err := r.ReadSlice('\n')
	first := bytes.Clone(line)
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first), r), req.Body}
	if err == nil || errors.Is(err, io.EOF) {
		if e, err := op.Decode(bytes.TrimSuffix(first, []byte("\n"))); err == nil && p.recorded(e)[0] {
			return nil
		}
	}
	_, err = p.take(1)
	return p.short(c, err)
}

// pay takes a use for each line that has an event and is not recorded already.
// Lines beyond what the token has left are refused.
func (b *batch) pay() {
	b.paid = append(b.paid[:0], make([]bool, len(b.events))...)
	p := b.pass
	if p == nil {
		return
	}
	known := p.recorded(b.events...)
	due := int64(0)
	for i, e := range b.events {
		if e == nil || b.errs[i] != nil {
			continue
		}
		if b.errs[i] = p.signedBy(e); b.errs[i] == nil && !known[i] {
			b.paid[i] = true
			due++
		}
	}
	taken, err := int64(0), error(nil)
	if due > 0 {
		taken, err = p.take(due)
	}
	for i := range b.events {
		if b.paid[i] && taken > 0 {
			taken--
		} else if b.paid[i] {
			b.paid[i], b.errs[i] = false, p.refusal(err)
		}
		if b.errs[i] != nil {
			b.events[i] = nil
		}
	}
}

// settle gives back what was taken for lines that turned out to cost nothing.
func (b *batch) settle(results []node.Result) {
	free := int64(0)
	for i := range b.paid {
		if b.paid[i] && !used(results[i].Receipt, results[i].Err) {
			free++
		}
	}
	b.pass.giveBack(free)
}

// refusal is the answer to a line that the token does not pay for.
func (p *pass) refusal(err error) error {
	if err != nil && !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return &Problem{Rule: "token-used-up", Title: "Payment required", Status: http.StatusPaymentRequired, Field: "Authorization",
		Resource: p.resource, PriceSat: p.sat,
		Detail: fmt.Sprintf("the token was good for %d uses, and all are taken; send the rest with a new one, asking for enough with %s: <number>",
			p.grant.Uses, l402.UsesHeader)}
}

// short answers a request whose token has nothing left, or cannot be counted.
func (p *pass) short(c echo.Context, err error) error {
	if err != nil && !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return p.challenge(c, l402.ErrUsedUp)
}

// challenge is the answer to a request that is not paid; why says what is wrong
// with its token.
func (p *pass) challenge(c echo.Context, why error) error {
	a, req := p.api, c.Request()
	if len(a.cfg.Node.Recovery()) > 0 {
		return node.ErrRecovery // nothing is sold
	}
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	ndjson := p.resource == constitution.ResourceOperations && media == ndjsonType
	uses, err := node.UsesOf(req.Header, req.Body, ndjson, p.sat)
	if err != nil {
		return badRequest(l402.UsesHeader, "uses", err.Error())
	}
	agent, customer, field, err := node.AgentsOf(req.Header)
	if err != nil {
		return badRequest(field, "agent", err.Error())
	}
	problem := &Problem{Rule: "payment-required", Title: "Payment required", Status: http.StatusPaymentRequired,
		Field: "Authorization", Resource: p.resource, PriceSat: p.sat, Uses: uses}
	p.header.Del(l402.UsesLeftHeader)
	ch, err := a.cfg.Gate.Challenge(req.Context(), a.cfg.Now(), l402.Ask{Caller: l402.CallerOf(c.RealIP()),
		Need:      l402.Need{Service: a.cfg.Service, Capability: p.resource, Agent: agent},
		Customer:  customer,
		Uses:      uses,
		PriceMsat: uses * p.sat * 1000,
		Method:    req.Method, URI: req.URL.RequestURI(), Tokenless: errors.Is(why, l402.ErrNoCredentials)})
	if errors.Is(err, l402.ErrNoChallenge) {
		problem.Rule = "token-used-up"
		problem.Detail = fmt.Sprintf("%q costs %d sat each: %s; aperture, in front of this node, sells tokens: send the request "+
			"to it without one; `econctl call` does that", p.resource, p.sat, sentence(why))
		return problem
	}
	if err != nil {
		return challengeProblem(err)
	}
	a.metrics.challenges.Inc()
	problem.header = [][2]string{{"WWW-Authenticate", ch.Header()}}
	problem.Detail = fmt.Sprintf("%q costs %d sat each: pay the invoice in WWW-Authenticate, %d sat for %d, over Lightning, then repeat "+
		"the request with Authorization: L402 <macaroon>:<preimage>; `econctl call` does both", p.resource, p.sat, uses*p.sat, uses)
	return problem
}

// sentence is what a refusal says.
func sentence(err error) string {
	var e *l402.Error
	if errors.As(err, &e) {
		return e.Sentence
	}
	return err.Error()
}

// tokenProblem refuses a credential that paying again would not cure.
func tokenProblem(err error) *Problem {
	detail := "the L402 credential is not valid"
	var e *l402.Error
	if errors.As(err, &e) {
		detail = e.Error()
	}
	return &Problem{Rule: "l402-credential", Title: "Credential refused", Status: http.StatusUnauthorized,
		Field: "Authorization", Detail: detail + "; leave the header away to get a new challenge",
		header: [][2]string{{"WWW-Authenticate", `L402 realm="econd"`}}}
}

// whose says, per limit, why there is no challenge now.
var whose = map[l402.Share]string{
	l402.ShareCaller: "too many challenges were asked for whose tokens are not used yet; pay one of them and use its token, which makes room, or wait",
	l402.ShareBlock:  "the addresses around this one asked for too many challenges that were not paid; wait",
	l402.ShareTotal:  "all callers together ask for more challenges than the Lightning node shall make; wait",
}

func challengeProblem(err error) error {
	var limited *l402.RateLimitError
	if !errors.As(err, &limited) {
		return err
	}
	return &Problem{Rule: "challenge-rate", Title: "Too many requests", Status: http.StatusTooManyRequests,
		Detail: whose[limited.Whose], RetryAfter: limited.Seconds()}
}
