package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

func TestEveryErrorHasItsCode(t *testing.T) {
	field := func(kind error) error { return &op.FieldError{Kind: kind, Field: "sig", Rule: "broken"} }
	refused := func(kind error) error {
		return &refusal.Refusal{Kind: kind, Field: "content.choice", Rule: "a-rule", Text: "no"}
	}
	for _, c := range []struct {
		err    error
		code   codes.Code
		reason string
		rule   string
		field  string
		retry  time.Duration
	}{
		{field(op.ErrMalformed), codes.InvalidArgument, "MALFORMED", "malformed", "sig", 0},
		{field(op.ErrOversize), codes.InvalidArgument, "OVERSIZE", "oversize", "sig", 0},
		{field(op.ErrID), codes.InvalidArgument, "ID_MISMATCH", "id-mismatch", "sig", 0},
		{field(op.ErrSignature), codes.InvalidArgument, "BAD_SIGNATURE", "bad-signature", "sig", 0},
		{refused(refusal.ErrEconomy), codes.InvalidArgument, "ECONOMY", "a-rule", "content.choice", 0},
		{refused(refusal.ErrUnknownKind), codes.InvalidArgument, "KNOWN_KIND", "a-rule", "content.choice", 0},
		{refused(refusal.ErrClock), codes.InvalidArgument, "CLOCK", "a-rule", "content.choice", 0},
		{refused(refusal.ErrInvalid), codes.InvalidArgument, "INVALID", "a-rule", "content.choice", 0},
		{refused(refusal.ErrPayment), codes.InvalidArgument, "PAYMENT", "a-rule", "content.choice", 0},
		{refused(refusal.ErrRule), codes.FailedPrecondition, "RULE", "a-rule", "content.choice", 0},
		{refused(refusal.ErrPhase), codes.FailedPrecondition, "PHASE", "a-rule", "content.choice", 0},
		{refused(refusal.ErrFact), codes.FailedPrecondition, "FACT", "a-rule", "content.choice", 0},
		{refused(refusal.ErrOrder), codes.FailedPrecondition, "ORDER", "a-rule", "content.choice", 0},
		{refused(refusal.ErrForbidden), codes.PermissionDenied, "FORBIDDEN", "a-rule", "content.choice", 0},
		{refused(refusal.ErrNotFound), codes.NotFound, "NOT_FOUND", "a-rule", "content.choice", 0},
		{refused(refusal.ErrDuplicate), codes.AlreadyExists, "DUPLICATE", "a-rule", "content.choice", 0},
		{refused(refusal.ErrOverdue), codes.Unavailable, "OVERDUE", "a-rule", "content.choice", admission.RetryBusy},
		{node.ErrLightningAway, codes.Unavailable, "LIGHTNING_AWAY", "lightning-away", "", admission.RetryLightning},
		{l402.ErrUnavailable, codes.Unavailable, "LIGHTNING_AWAY", "lightning-away", "", admission.RetryLightning},
		{fmt.Errorf("disk: %w", node.ErrHeadUnwritten), codes.Unavailable, "HEAD_UNWRITTEN", "head-unwritten", "", admission.RetryRecovery},
		{node.ErrUnpromised, codes.Unavailable, "HEAD_UNPROMISED", "head-unpromised", "", admission.RetryBusy},
		{fmt.Errorf("disk: %w", node.ErrNotDurable), codes.Unavailable, "NOT_DURABLE", "not-durable", "", admission.RetryNode},
		{&node.RefusedWorkError{Units: 100_001, Most: 100_000, AfterS: 3}, codes.ResourceExhausted, "REFUSED_WORK", "refused-work", "pubkey", 3 * time.Second},
		{node.ErrReplaying, codes.Unavailable, "REPLAYING", "replaying", string(atField), admission.RetryBusy},
		{node.ErrRecovery, codes.Unavailable, "RECOVERY", "recovery", "", admission.RetryRecovery},
		{&refusal.Refusal{Kind: node.ErrDoubtfulClock, Rule: "doubtful-clock", Text: node.ClockText}, codes.Unavailable, "DOUBTFUL_CLOCK", "doubtful-clock", "", admission.RetryRecovery},
		{&refusal.Refusal{Kind: node.ErrBroken, Field: "kind", Rule: node.BrokenRule, Text: "a vote cannot be"}, codes.Unavailable, "BROKEN_RULE", "broken-rule", "kind", admission.RetryRecovery},
		{node.ErrStopping, codes.Unavailable, "STOPPING", "stopping", "", admission.RetryNode},
		{context.DeadlineExceeded, codes.DeadlineExceeded, "TIMEOUT", "timeout", "", admission.RetryBusy},
		{context.Canceled, codes.Canceled, "CANCELLED", "cancelled", "", 0},
		{errors.New("secret path"), codes.Internal, "INTERNAL", "internal", "", 0},
	} {
		got := tell(t, failureOf(fmt.Errorf("wrapped: %w", c.err)).status().Err())
		require.NotContains(t, got.message, "secret")
		require.NotEmpty(t, got.message)
		got.message = ""
		require.Equal(t, told{code: c.code, reason: c.reason, rule: c.rule, field: c.field, retry: c.retry}, got, "%v", c.err)
	}
}

// What a caller sent comes back shortened, and as UTF-8, without which the
// status could not be encoded at all.
func TestRefusalsAreBounded(t *testing.T) {
	long := strings.Repeat("é\xff", 5000)
	got := tell(t, failureOf(&op.FieldError{Kind: op.ErrMalformed, Field: long, Rule: long}).status().Err())
	require.Equal(t, codes.InvalidArgument, got.code)
	require.LessOrEqual(t, len(got.message), maxMessage+10)
	require.LessOrEqual(t, len(got.field), maxField+10)
	require.True(t, utf8.ValidString(got.message) && utf8.ValidString(got.field))
}
