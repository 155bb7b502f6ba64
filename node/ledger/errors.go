package ledger

import (
	"errors"
	"fmt"
)

// Kinds of refusal. Test with errors.Is.
var (
	ErrOrder       = errors.New("out of order")          // sequence number or stamp goes back
	ErrOverdue     = errors.New("a due fact is missing") // see State.Due
	ErrEconomy     = errors.New("another economy")
	ErrUnknownKind = errors.New("unknown kind")
	ErrClock       = errors.New("created_at out of range")
	ErrDuplicate   = errors.New("already recorded")
	ErrForbidden   = errors.New("not allowed to the signer")
	ErrNotFound    = errors.New("not found")
	ErrRule        = errors.New("forbidden by a rule")
	ErrPhase       = errors.New("not possible in this state")
	ErrPayment     = errors.New("payment not acknowledged")
	ErrFact        = errors.New("fact contradicts the record")
	ErrInvalid     = errors.New("invalid value")
)

// Refusal says which rule refused an entry and why. The state is as it was.
type Refusal struct {
	Kind  error  // one of the kinds above
	Field string // the member it is about, or ""
	Rule  string // short name of the rule, e.g. "voting-deadline"
	Text  string // what was compared and what would be allowed
}

// Error says field, rule and reason in one line.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("%s: %s", r.Rule, r.Text)
	}
	return fmt.Sprintf("%s: %s: %s", r.Field, r.Rule, r.Text)
}

// Unwrap makes errors.Is see the kind.
func (r *Refusal) Unwrap() error { return r.Kind }

func refuse(kind error, field, rule, format string, args ...any) error {
	return &Refusal{Kind: kind, Field: field, Rule: rule, Text: fmt.Sprintf(format, args...)}
}
