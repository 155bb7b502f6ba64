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
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

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

// costs tells whether the answer to an error uses a token up.
func costs(err error) bool { return counts(problemOf(err).Status) }

// admit looks at the token of a request for a resource and takes nothing yet. A
// token that is used up is admitted with nothing left; without a good one the
// answer is a challenge. The answer's header says how many uses are left.
func (a *API) admit(c echo.Context, resource string) (*admission.Pass, error) {
	p, err := a.desk.Admit(resource, func(need l402.Need) (l402.Grant, error) {
		return a.cfg.Gate.Check(c.Request().Context(), a.cfg.Now(), c.Request().Header.Values("Authorization"), need)
	})
	if p == nil || err != nil {
		return nil, err
	}
	if p.Unpaid != nil {
		if errors.Is(p.Unpaid, l402.ErrNoCredentials) && cameWhole(c) {
			a.cfg.Gate.Unasked(a.cfg.Now())
		}
		return nil, a.challenge(c, p, p.Unpaid)
	}
	p.Tell = func(left int64) { c.Response().Header().Set(l402.UsesLeftHeader, strconv.FormatInt(left, 10)) }
	return p, nil
}

// operatorsOwn tells whether a request without credentials submits one operation
// that the operator's key signed, which costs nothing.
func (a *API) operatorsOwn(c echo.Context) bool {
	req := c.Request()
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if a.cfg.Mode == admission.Off || media != echo.MIMEApplicationJSON || len(req.Header.Values("Authorization")) > 0 {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, op.MaxEventBytes+1))
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), req.Body), req.Body}
	c.Set(wholeKey, err == nil && int64(len(body)) == req.ContentLength)
	return err == nil && a.cfg.OperatorsOwn(body)
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
func (a *API) pay(c echo.Context, resource string) (*admission.Pass, error) {
	p, err := a.admit(c, resource)
	if p == nil || err != nil {
		return nil, err
	}
	if p.Bound() {
		e, err := a.authorised(c, nil)
		if err != nil {
			return nil, err
		}
		if err := p.SignedBy(e); err != nil {
			return nil, err
		}
	}
	_, err = p.Take(1)
	return p, a.orChallenge(c, p, err)
}

// beforeBatch answers a batch whose token is used up with a challenge, unless it
// begins with what is recorded already: then it repeats one whose answer was
// lost.
func (a *API) beforeBatch(c echo.Context, p *admission.Pass) error {
	if !p.UsedUp() {
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
		if e, err := op.Decode(bytes.TrimSuffix(first, []byte("\n"))); err == nil && p.Repeats(e) {
			return nil
		}
	}
	_, err = p.Take(1)
	return a.orChallenge(c, p, err)
}

// usedUp is the answer to a line that the token does not pay for.
func usedUp(p *admission.Pass) error {
	return &Problem{Rule: "token-used-up", Title: "Payment required", Status: http.StatusPaymentRequired, Field: admission.Credentials,
		Resource: p.Resource, PriceSat: p.Sat,
		Detail: fmt.Sprintf("the token was good for %d uses, and all are taken; send the rest with a new one, asking for enough with %s: <number>",
			p.Grant.Uses, l402.UsesHeader)}
}

// orChallenge answers a request whose token has nothing left with a challenge, and
// passes other errors on.
func (a *API) orChallenge(c echo.Context, p *admission.Pass, err error) error {
	if !errors.Is(err, l402.ErrUsedUp) {
		return err
	}
	return a.challenge(c, p, l402.ErrUsedUp)
}

// challenge is the answer to a request that is not paid; why says what is wrong
// with its token.
func (a *API) challenge(c echo.Context, p *admission.Pass, why error) error {
	req, header := c.Request(), c.Response().Header()
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	ndjson := p.Resource == constitution.ResourceOperations && media == ndjsonType
	ask, err := p.Ask(l402.CallerOf(c.RealIP()), req.Header, req.Body, ndjson)
	if err != nil {
		return err
	}
	ask.Method, ask.URI, ask.Tokenless = req.Method, req.URL.RequestURI(), errors.Is(why, l402.ErrNoCredentials)
	problem := &Problem{Rule: "payment-required", Title: "Payment required", Status: http.StatusPaymentRequired,
		Field: admission.Credentials, Resource: p.Resource, PriceSat: p.Sat, Uses: ask.Uses}
	header.Del(l402.UsesLeftHeader)
	ch, err := a.cfg.Gate.Challenge(req.Context(), a.cfg.Now(), ask)
	if errors.Is(err, l402.ErrNoChallenge) {
		problem.Rule = "token-used-up"
		problem.Detail = fmt.Sprintf("%q costs %d sat each: %s; aperture, in front of this node, sells tokens: send the request "+
			"to it without one; `econctl call` does that", p.Resource, p.Sat, sentence(why))
		return problem
	}
	if err != nil {
		return err
	}
	a.metrics.challenges.Inc()
	problem.header = [][2]string{{"WWW-Authenticate", ch.Header()}}
	problem.Detail = fmt.Sprintf("%q costs %d sat each: pay the invoice in WWW-Authenticate, %d sat for %d, over Lightning, then repeat "+
		"the request with Authorization: L402 <macaroon>:<preimage>; `econctl call` does both", p.Resource, p.Sat, ask.Uses*p.Sat, ask.Uses)
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
