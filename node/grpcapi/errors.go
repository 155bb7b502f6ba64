package grpcapi

import (
	"errors"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/econd/econd/node/admission"
)

// errorDomain is the domain of every ErrorInfo.
const errorDomain = "econd"

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
	proof   []byte // the operator's signed word for a refusal of the rules
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
	if len(r.proof) > 0 {
		info.Metadata["proof"] = string(r.proof)
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

// credentialField is the field of a failure about a token.
const credentialField = "metadata"

// failureOf turns any error into a failure. What it does not know is INTERNAL, and its
// cause goes to the log alone.
func failureOf(err error) *failure {
	var r *failure
	if errors.As(err, &r) {
		return r
	}
	f := admission.FaultOf(err)
	if f == nil {
		return &failure{code: codes.Internal, kind: "internal", cause: err,
			message: "something went wrong on this side; the log of the node has it"}
	}
	if f.Field == admission.Credentials {
		f.Field = credentialField
	}
	return &failure{code: f.Code, kind: f.Kind, rule: f.Rule, field: f.Field, message: f.Line, retry: f.Retry, proof: f.Proof, cause: f.Cause}
}

// badRequest refuses a field of a request.
func badRequest(field, rule, message string) error {
	return &failure{code: codes.InvalidArgument, kind: "malformed", rule: rule, field: field, message: field + ": " + message}
}

func notFound(field, rule, message string) error {
	return &failure{code: codes.NotFound, kind: "not-found", rule: rule, field: field, message: message}
}
