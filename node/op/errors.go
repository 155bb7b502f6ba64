package op

import (
	"errors"
	"fmt"
)

// Kinds of refusal that the envelope itself can cause. Test with errors.Is.
var (
	// ErrMalformed: the bytes are not what the field's rule asks for.
	ErrMalformed = errors.New("malformed")
	// ErrOversize: longer than the limit.
	ErrOversize = errors.New("oversize")
	// ErrID: the id is not the hash of the event.
	ErrID = errors.New("id mismatch")
	// ErrSignature: the BIP-340 signature does not verify.
	ErrSignature = errors.New("bad signature")
)

// FieldError names the field of an envelope or content that broke a rule.
type FieldError struct {
	Kind  error  // one of the kinds above
	Field string // path, e.g. "content.actions[0].sats"
	Rule  string // what was expected, in words
}

// Error says which field broke which rule.
func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Rule) }

// Unwrap makes errors.Is see the kind.
func (e *FieldError) Unwrap() error { return e.Kind }

func malformed(field, format string, args ...any) error {
	return &FieldError{Kind: ErrMalformed, Field: field, Rule: fmt.Sprintf(format, args...)}
}
