package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Seconds after which it makes sense to ask again.
const (
	retryLightning = 5  // LND reconnects by itself
	retryNode      = 10 // the process is restarted
	retryBusy      = 1
	retryRecovery  = 60 // an operator has to decide
)

// kindOf is what a kind of error means in HTTP. The first that errors.Is finds
// decides.
var kinds = []struct {
	kind   error
	status int
	rule   string // of errors that carry none themselves
	title  string
}{
	{op.ErrMalformed, http.StatusBadRequest, "malformed", "Malformed"},
	{op.ErrOversize, http.StatusRequestEntityTooLarge, "oversize", "Too large"},
	{op.ErrID, http.StatusUnprocessableEntity, "id-mismatch", "The id is not the hash of the event"},
	{op.ErrSignature, http.StatusUnprocessableEntity, "bad-signature", "The signature does not verify"},

	{refusal.ErrEconomy, http.StatusUnprocessableEntity, "economy", "Another economy"},
	{refusal.ErrUnknownKind, http.StatusUnprocessableEntity, "known-kind", "Unknown kind of operation"},
	{refusal.ErrClock, http.StatusUnprocessableEntity, "clock", "created_at is out of range"},
	{refusal.ErrInvalid, http.StatusUnprocessableEntity, "invalid", "Invalid value"},
	{refusal.ErrRule, http.StatusUnprocessableEntity, "rule", "Forbidden by a rule"},
	{refusal.ErrPayment, http.StatusUnprocessableEntity, "payment", "Payment not acknowledged"},
	{refusal.ErrFact, http.StatusUnprocessableEntity, "fact", "Contradicts the record"},
	{refusal.ErrOrder, http.StatusUnprocessableEntity, "order", "Out of order"},
	{refusal.ErrForbidden, http.StatusForbidden, "forbidden", "Not allowed to the signer"},
	{refusal.ErrNotFound, http.StatusNotFound, "not-found", "Not found"},
	{refusal.ErrDuplicate, http.StatusConflict, "duplicate", "Already recorded"},
	{refusal.ErrPhase, http.StatusConflict, "phase", "Not possible in this state"},
	{refusal.ErrOverdue, http.StatusServiceUnavailable, "overdue", "A deadline is being recorded"},
}

// problemOf turns any error into a problem. What it does not know is a 500
// whose cause goes to the log alone.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if p := unavailable(err); p != nil {
		return p
	}
	if p := readProblem(err); p != nil {
		return p
	}
	var rated *node.RefusedWorkError
	if errors.As(err, &rated) {
		return &Problem{Rule: node.RefusedWorkRule, Title: "Too much refused work", Status: http.StatusTooManyRequests,
			Field: "pubkey", RetryAfter: rated.AfterS, Detail: rated.Text()}
	}
	if errors.Is(err, node.ErrNoPast) {
		return &Problem{Rule: "no-past", Title: "Not served here", Status: http.StatusNotImplemented, Field: "at", Detail: err.Error()}
	}
	var beyond *node.BeyondHeadError
	if errors.As(err, &beyond) {
		return badRequest("at", "beyond-head", beyond.Error())
	}
	for _, k := range kinds {
		if !errors.Is(err, k.kind) {
			continue
		}
		p := &Problem{Rule: k.rule, Title: k.title, Status: k.status, Detail: err.Error()}
		var field *op.FieldError
		var refused *refusal.Refusal
		switch {
		case errors.As(err, &refused):
			p.Field, p.Detail = refused.Field, refused.Text
			if isSlug(refused.Rule) {
				p.Rule = refused.Rule
			}
		case errors.As(err, &field):
			p.Field, p.Detail = field.Field, field.Rule
		}
		if p.Status == http.StatusServiceUnavailable {
			p.RetryAfter = retryBusy
		}
		return p
	}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		return routingProblem(h)
	}
	return &Problem{Rule: "internal", Title: "Internal error", Status: http.StatusInternalServerError,
		Detail: "something went wrong on this side; the log of the node has it under the instance given", cause: err}
}

// unavailable handles what the node cannot do now, or nil.
func unavailable(err error) *Problem {
	p := &Problem{Status: http.StatusServiceUnavailable, Title: "Not available now", cause: err}
	switch {
	case errors.Is(err, node.ErrReplaying):
		p.Rule, p.RetryAfter, p.Field, p.Detail = "replaying", retryBusy, "at", err.Error()
	case errors.Is(err, node.ErrLightningAway), errors.Is(err, l402.ErrUnavailable):
		p.Rule, p.RetryAfter = "lightning-away", retryLightning
		p.Detail = "this needs the Lightning node, which does not answer; everything else goes on. Try again"
	case errors.Is(err, node.ErrHeadUnwritten):
		p.Rule, p.RetryAfter = node.HeadRule, retryRecovery
		p.Detail = node.HeadText
	case errors.Is(err, node.ErrNotDurable):
		p.Rule, p.RetryAfter = "not-durable", retryNode
		p.Detail = "the store did not confirm the write, so nothing is accepted until the node is restarted; send the same event again then, it is never counted twice"
	case errors.Is(err, node.ErrRecovery):
		p.Rule, p.RetryAfter, p.Detail = "recovery", retryRecovery, node.RecoveryText
	case errors.Is(err, node.ErrDoubtfulClock):
		p.Rule, p.RetryAfter, p.Detail = "doubtful-clock", retryRecovery, node.ClockText
	case errors.Is(err, node.ErrBroken):
		p.Rule, p.RetryAfter, p.Field, p.Detail = node.BrokenRule, retryRecovery, "kind", node.RefusalText(err)
	case errors.Is(err, node.ErrStopping):
		p.Rule, p.RetryAfter = "stopping", retryNode
		p.Detail = "the node is shutting down; send the same request again"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p.Rule, p.RetryAfter = "timeout", retryBusy
		p.Detail = "no answer in time. Send the same again: an operation is never counted twice"
	default:
		return nil
	}
	return p
}

// routingProblem is what echo's router refused.
func routingProblem(h *echo.HTTPError) *Problem {
	switch h.Code {
	case http.StatusNotFound:
		return &Problem{Rule: "route", Title: "No such route", Status: h.Code, Field: "path",
			Detail: "nothing is served under this path; /v1/openapi.yaml lists what is"}
	case http.StatusMethodNotAllowed:
		return &Problem{Rule: "method", Title: "Method not allowed", Status: h.Code, Field: "method",
			Detail: "this path does not take the method; the Allow header lists those it takes"}
	}
	return &Problem{Rule: "http", Title: http.StatusText(h.Code), Status: h.Code, Detail: http.StatusText(h.Code), cause: h}
}

// isSlug tells whether a rule can end a urn as it is.
func isSlug(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// badRequest refuses a parameter, header or body.
func badRequest(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Malformed", Status: http.StatusBadRequest, Field: field, Detail: detail}
}

func notFound(field, rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Not found", Status: http.StatusNotFound, Field: field, Detail: detail}
}

// busy refuses what would pass a limit on concurrent work.
func busy(rule, detail string) *Problem {
	return &Problem{Rule: rule, Title: "Too many at once", Status: http.StatusServiceUnavailable,
		Detail: detail, RetryAfter: retryBusy}
}
