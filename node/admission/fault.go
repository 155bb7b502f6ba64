package admission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/shares"
)

// Times after which it makes sense to ask again.
const (
	RetryBusy      = time.Second
	RetryLightning = 5 * time.Second  // LND reconnects by itself
	RetryNode      = 10 * time.Second // the process is restarted
	RetryRecovery  = time.Minute      // an operator has to decide
)

// Fault is what an error means to a caller.
type Fault struct {
	Kind   string // short name of the kind, e.g. "phase"
	Title  string // the kind in words
	Status int    // of HTTP
	Code   codes.Code
	Rule   string // short name of the rule that refused, or ""
	Field  string // what it is about, or ""
	Text   string // what was found, what is allowed
	Line   string // the same with field and rule before it, where it has them
	Retry  time.Duration
	Proof  []byte // the operator's signed word for it, where the rules of the log refuse; or nil
	Cause  error  // of what is not the caller's; for the log alone
}

// kinds is what each kind of error means. The first that errors.Is finds decides.
var kinds = []struct {
	kind   error
	status int
	code   codes.Code
	name   string
	title  string
}{
	{op.ErrMalformed, http.StatusBadRequest, codes.InvalidArgument, "malformed", "Malformed"},
	{op.ErrOversize, http.StatusRequestEntityTooLarge, codes.InvalidArgument, "oversize", "Too large"},
	{op.ErrID, http.StatusUnprocessableEntity, codes.InvalidArgument, "id-mismatch", "The id is not the hash of the event"},
	{op.ErrSignature, http.StatusUnprocessableEntity, codes.InvalidArgument, "bad-signature", "The signature does not verify"},

	{refusal.ErrEconomy, http.StatusUnprocessableEntity, codes.InvalidArgument, "economy", "Another economy"},
	{refusal.ErrUnknownKind, http.StatusUnprocessableEntity, codes.InvalidArgument, "known-kind", "Unknown kind of operation"},
	{refusal.ErrClock, http.StatusUnprocessableEntity, codes.InvalidArgument, "clock", "created_at is out of range"},
	{refusal.ErrInvalid, http.StatusUnprocessableEntity, codes.InvalidArgument, "invalid", "Invalid value"},
	{refusal.ErrPayment, http.StatusUnprocessableEntity, codes.InvalidArgument, "payment", "Payment not acknowledged"},
	{refusal.ErrRule, http.StatusUnprocessableEntity, codes.FailedPrecondition, "rule", "Forbidden by a rule"},
	{refusal.ErrFact, http.StatusUnprocessableEntity, codes.FailedPrecondition, "fact", "Contradicts the record"},
	{refusal.ErrOrder, http.StatusUnprocessableEntity, codes.FailedPrecondition, "order", "Out of order"},
	{refusal.ErrPhase, http.StatusConflict, codes.FailedPrecondition, "phase", "Not possible in this state"},
	{refusal.ErrForbidden, http.StatusForbidden, codes.PermissionDenied, "forbidden", "Not allowed to the signer"},
	{refusal.ErrNotFound, http.StatusNotFound, codes.NotFound, "not-found", "Not found"},
	{refusal.ErrDuplicate, http.StatusConflict, codes.AlreadyExists, "duplicate", "Already recorded"},
	{refusal.ErrOverdue, http.StatusServiceUnavailable, codes.Unavailable, "overdue", "A deadline is being recorded"},
}

// FaultOf finds what an error of the node means, or nil: it is unknown, and for the log.
func FaultOf(err error) *Fault {
	if f := unavailable(err); f != nil {
		return f
	}
	if f := turnedAway(err); f != nil {
		return f
	}
	var rated *node.RefusedWorkError
	var beyond *node.BeyondHeadError
	switch {
	case errors.As(err, &rated):
		return &Fault{Kind: node.RefusedWorkRule, Title: "Too much refused work", Status: http.StatusTooManyRequests, Code: codes.ResourceExhausted,
			Field: "pubkey", Text: rated.Text(), Line: rated.Text(), Retry: time.Duration(rated.AfterS) * time.Second}
	case errors.Is(err, node.ErrNoPast):
		return &Fault{Kind: "no-past", Title: "Not served here", Status: http.StatusNotImplemented, Code: codes.Unimplemented,
			Field: "at", Text: err.Error(), Line: err.Error()}
	case errors.As(err, &beyond):
		return &Fault{Kind: "beyond-head", Title: "Malformed", Status: http.StatusBadRequest, Code: codes.OutOfRange,
			Field: "at", Text: beyond.Error(), Line: "at: " + err.Error()}
	}
	for _, k := range kinds {
		if !errors.Is(err, k.kind) {
			continue
		}
		f := &Fault{Kind: k.name, Title: k.title, Status: k.status, Code: k.code, Text: err.Error(), Line: err.Error()}
		var field *op.FieldError
		var refused *refusal.Refusal
		var signed *node.SignedRefusal
		if errors.As(err, &signed) {
			f.Proof = signed.Proof
		}
		switch {
		case errors.As(err, &refused):
			f.Field, f.Rule, f.Text = refused.Field, refused.Rule, refused.Text
		case errors.As(err, &field):
			f.Field, f.Text = field.Field, field.Rule
		}
		if f.Code == codes.Unavailable {
			f.Retry = RetryBusy
		}
		return f
	}
	return nil
}

// Credentials is the field of a Fault about a token, as HTTP calls it.
const Credentials = "Authorization"

// turnedAway is why a call is not let in, or nil.
func turnedAway(err error) *Fault {
	var credential *CredentialError
	var stranger *StrangerError
	var header *HeaderError
	var limited *l402.RateLimitError
	var full *shares.BusyError
	switch {
	case errors.As(err, &credential):
		return &Fault{Kind: "l402-credential", Title: "Credential refused", Status: http.StatusUnauthorized, Code: codes.Unauthenticated,
			Field: Credentials, Text: err.Error() + "; leave the header away to get a new challenge", Line: err.Error() + "; leave it away to get a new challenge"}
	case errors.As(err, &stranger):
		return &Fault{Kind: "token-agent", Title: "Not allowed to the signer", Status: http.StatusForbidden, Code: codes.PermissionDenied,
			Field: Credentials, Text: err.Error(), Line: err.Error()}
	case errors.As(err, &header):
		return &Fault{Kind: "malformed", Title: "Malformed", Status: http.StatusBadRequest, Code: codes.InvalidArgument,
			Field: header.Field, Rule: header.Rule, Text: header.Err.Error(), Line: header.Error()}
	case errors.As(err, &limited):
		why := whose[limited.Whose]
		return &Fault{Kind: "challenge-rate", Title: "Too many requests", Status: http.StatusTooManyRequests, Code: codes.ResourceExhausted,
			Retry: limited.RetryAfter, Text: why[0] + why[1], Line: fmt.Sprintf("%s; wait %d s", why[0], limited.Seconds())}
	case errors.As(err, &full):
		return &Fault{Kind: "busy", Title: "Too many at once", Status: http.StatusServiceUnavailable, Code: codes.ResourceExhausted,
			Rule: full.Rule, Text: full.Text, Line: full.Text, Retry: RetryBusy}
	}
	return nil
}

// whose says, per limit, why there is no challenge now, and how to go on where the answer
// says elsewhere for how long to wait.
var whose = map[l402.Share][2]string{
	l402.ShareCaller: {"too many challenges were asked for whose tokens are not used yet; pay one of them and use its token, which makes room", ", or wait"},
	l402.ShareBlock:  {"the addresses around this one asked for too many challenges that were not paid", "; wait"},
	l402.ShareTotal:  {"all callers together ask for more challenges than the Lightning node shall make", "; wait"},
}

// unavailable is what the node cannot do now, or nil.
func unavailable(err error) *Fault {
	f := &Fault{Title: "Not available now", Status: http.StatusServiceUnavailable, Code: codes.Unavailable, Cause: err}
	switch {
	case errors.Is(err, node.ErrReplaying):
		f.Kind, f.Retry, f.Field, f.Text = "replaying", RetryBusy, "at", err.Error()
	case errors.Is(err, node.ErrLightningAway), errors.Is(err, l402.ErrUnavailable):
		f.Kind, f.Retry = "lightning-away", RetryLightning
		f.Text = "this needs the Lightning node, which does not answer; everything else goes on. Try again"
	case errors.Is(err, node.ErrHeadUnwritten):
		f.Kind, f.Retry, f.Text = node.HeadRule, RetryRecovery, node.HeadText
	case errors.Is(err, node.ErrUnpromised):
		f.Kind, f.Retry, f.Text = node.UnpromisedRule, RetryBusy, node.UnpromisedText
	case errors.Is(err, node.ErrNotDurable):
		f.Kind, f.Retry = "not-durable", RetryNode
		f.Text = "the store did not confirm the write, so nothing is accepted until the node is restarted; send the same event again then, it is never counted twice"
	case errors.Is(err, node.ErrRecovery):
		f.Kind, f.Retry, f.Text = "recovery", RetryRecovery, node.RecoveryText
	case errors.Is(err, node.ErrDoubtfulClock):
		f.Kind, f.Retry, f.Text = "doubtful-clock", RetryRecovery, node.ClockText
	case errors.Is(err, node.ErrBroken):
		f.Kind, f.Retry, f.Field, f.Text = node.BrokenRule, RetryRecovery, "kind", node.RefusalText(err)
	case errors.Is(err, node.ErrStopping):
		f.Kind, f.Retry, f.Text = "stopping", RetryNode, "the node is shutting down; send the same request again"
	case errors.Is(err, context.DeadlineExceeded):
		f.Kind, f.Retry, f.Code = "timeout", RetryBusy, codes.DeadlineExceeded
		f.Text = "no answer in time. Send the same again: an operation is never counted twice"
	case errors.Is(err, context.Canceled):
		f.Kind, f.Code, f.Text = "cancelled", codes.Canceled, "the caller went away"
	default:
		return nil
	}
	f.Line = f.Text
	return f
}
