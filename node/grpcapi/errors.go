package grpcapi

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// errorDomain is the domain of every ErrorInfo.
const errorDomain = "econd"

// Times after which it makes sense to ask again.
const (
	retryLightning = 5 * time.Second  // LND reconnects by itself
	retryNode      = 10 * time.Second // the process is restarted
	retryBusy      = time.Second
	retryRecovery  = time.Minute // an operator has to decide
)

// Bounds of what an answer repeats of what a caller sent, bytes.
const (
	maxField   = 200
	maxMessage = 1000
)

// failure is an error as it is answered.
type failure struct {
	code    codes.Code
	kind    string // short name of the kind; the reason of the ErrorInfo
	rule    string // short name of the rule; or "" where the kind says it all
	field   string
	message string
	retry   time.Duration // 0: do not
	extra   map[string]string
	trailer metadata.MD
	cause   error // for the log alone
}

// Error returns the failure in one line.
func (r *failure) Error() string { return r.kind + ": " + r.message }

// Unwrap gives the log the cause.
func (r *failure) Unwrap() error { return r.cause }

func (r *failure) reason() string { return strings.ToUpper(strings.ReplaceAll(r.kind, "-", "_")) }

func (r *failure) ruleName() string {
	if r.rule != "" {
		return r.rule
	}
	return r.kind
}

// status makes the gRPC status, with its details.
func (r *failure) status() *status.Status {
	info := &errdetails.ErrorInfo{Reason: r.reason(), Domain: errorDomain,
		Metadata: map[string]string{"rule": r.ruleName()}}
	if r.field != "" {
		info.Metadata["field"] = clip(r.field, maxField)
	}
	for k, v := range r.extra {
		info.Metadata[k] = v
	}
	details := []protoadapt.MessageV1{info}
	if r.retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(r.retry)})
	}
	st := status.New(r.code, clip(r.message, maxMessage))
	if with, err := st.WithDetails(details...); err == nil {
		return with
	}
	return st
}

// clip shortens what a caller sent before it is shown back, and keeps it UTF-8,
// which protobuf asks for.
func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}

// kinds is what each kind of error means in gRPC. The first that errors.Is
// finds decides.
var kinds = []struct {
	kind error
	code codes.Code
	name string
}{
	{op.ErrMalformed, codes.InvalidArgument, "malformed"},
	{op.ErrOversize, codes.InvalidArgument, "oversize"},
	{op.ErrID, codes.InvalidArgument, "id-mismatch"},
	{op.ErrSignature, codes.InvalidArgument, "bad-signature"},

	{refusal.ErrEconomy, codes.InvalidArgument, "economy"},
	{refusal.ErrUnknownKind, codes.InvalidArgument, "known-kind"},
	{refusal.ErrClock, codes.InvalidArgument, "clock"},
	{refusal.ErrInvalid, codes.InvalidArgument, "invalid"},
	{refusal.ErrPayment, codes.InvalidArgument, "payment"},
	{refusal.ErrRule, codes.FailedPrecondition, "rule"},
	{refusal.ErrPhase, codes.FailedPrecondition, "phase"},
	{refusal.ErrFact, codes.FailedPrecondition, "fact"},
	{refusal.ErrOrder, codes.FailedPrecondition, "order"},
	{refusal.ErrForbidden, codes.PermissionDenied, "forbidden"},
	{refusal.ErrNotFound, codes.NotFound, "not-found"},
	{refusal.ErrDuplicate, codes.AlreadyExists, "duplicate"},
	{refusal.ErrOverdue, codes.Unavailable, "overdue"},
}

// failureOf turns any error of the node into a failure. What it does not know
// is INTERNAL, and its cause goes to the log alone.
func failureOf(err error) *failure {
	var r *failure
	if errors.As(err, &r) {
		return r
	}
	if r := unavailable(err); r != nil {
		return r
	}
	var rated *node.RefusedWorkError
	if errors.As(err, &rated) {
		return &failure{code: codes.ResourceExhausted, kind: node.RefusedWorkRule, field: "pubkey",
			retry: time.Duration(rated.AfterS) * time.Second, message: rated.Text()}
	}
	if errors.Is(err, node.ErrNoPast) {
		return &failure{code: codes.Unimplemented, kind: "no-past", field: string(atField), message: err.Error()}
	}
	var beyond *node.BeyondHeadError
	if errors.As(err, &beyond) {
		return &failure{code: codes.OutOfRange, kind: "beyond-head", field: string(atField), message: "at: " + err.Error()}
	}
	for _, k := range kinds {
		if !errors.Is(err, k.kind) {
			continue
		}
		r := &failure{code: k.code, kind: k.name, message: err.Error()}
		var field *op.FieldError
		var refused *refusal.Refusal
		switch {
		case errors.As(err, &refused):
			r.field, r.rule = refused.Field, refused.Rule
		case errors.As(err, &field):
			r.field = field.Field
		}
		if r.code == codes.Unavailable {
			r.retry = retryBusy
		}
		return r
	}
	return &failure{code: codes.Internal, kind: "internal", cause: err,
		message: "something went wrong on this side; the log of the node has it"}
}

// unavailable handles what the node cannot do now, or nil.
func unavailable(err error) *failure {
	r := &failure{code: codes.Unavailable, cause: err}
	switch {
	case errors.Is(err, node.ErrReplaying):
		r.kind, r.field, r.retry, r.message = "replaying", string(atField), retryBusy, err.Error()
	case errors.Is(err, node.ErrLightningAway), errors.Is(err, l402.ErrUnavailable):
		r.kind, r.retry = "lightning-away", retryLightning
		r.message = "this needs the Lightning node, which does not answer; everything else goes on. Try again"
	case errors.Is(err, node.ErrHeadUnwritten):
		r.kind, r.retry, r.message = node.HeadRule, retryRecovery, node.HeadText
	case errors.Is(err, node.ErrNotDurable):
		r.kind, r.retry = "not-durable", retryNode
		r.message = "the store did not confirm the write, so nothing is accepted until the node is restarted; send the same event again then, it is never counted twice"
	case errors.Is(err, node.ErrRecovery):
		r.kind, r.retry, r.message = "recovery", retryRecovery, node.RecoveryText
	case errors.Is(err, node.ErrDoubtfulClock):
		r.kind, r.retry, r.message = "doubtful-clock", retryRecovery, node.ClockText
	case errors.Is(err, node.ErrBroken):
		r.kind, r.field, r.retry, r.message = node.BrokenRule, "kind", retryRecovery, node.RefusalText(err)
	case errors.Is(err, node.ErrStopping):
		r.kind, r.retry = "stopping", retryNode
		r.message = "the node is shutting down; send the same request again"
	case errors.Is(err, context.DeadlineExceeded):
		r.code, r.kind, r.retry = codes.DeadlineExceeded, "timeout", retryBusy
		r.message = "no answer in time. Send the same again: an operation is never counted twice"
	case errors.Is(err, context.Canceled):
		r.code, r.kind, r.message = codes.Canceled, "cancelled", "the caller went away"
	default:
		return nil
	}
	return r
}

// badRequest refuses a field of a request.
func badRequest(field, rule, message string) error {
	return &failure{code: codes.InvalidArgument, kind: "malformed", rule: rule, field: field, message: field + ": " + message}
}

func notFound(field, rule, message string) error {
	return &failure{code: codes.NotFound, kind: "not-found", rule: rule, field: field, message: message}
}

// busy refuses what would pass a limit on concurrent work.
func busy(rule, message string) error {
	return &failure{code: codes.ResourceExhausted, kind: "busy", rule: rule, message: message, retry: retryBusy}
}
