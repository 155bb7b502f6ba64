// Package refusal says why an entry is refused: which rule, about which member, with
// which numbers. It is what the rules of the log and of the constitution return, and
// what the APIs turn into their own errors. It imports nothing of the module.
package refusal

import (
	"errors"
	"fmt"
)

// Kinds of refusal. Test with errors.Is.
var (
	ErrOrder       = errors.New("out of order")          // sequence number or stamp goes back
	ErrOverdue     = errors.New("a due fact is missing") // see ledger.State.Due
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

	// ErrRules says that the log is by newer rules than this program knows, which can neither
	// take nor refuse what comes. It is an ErrRule to those who do not care.
	ErrRules = fmt.Errorf("%w: rules that are not known here", ErrRule)
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

// New is the refusal of a member by a rule; the rest is its sentence, as in fmt.Sprintf.
func New(kind error, field, rule, format string, args ...any) error {
	return &Refusal{Kind: kind, Field: field, Rule: rule, Text: fmt.Sprintf(format, args...)}
}

// TextWithin refuses a text of fewer or more bytes.
func TextWithin(field, text string, least, most int) error {
	if len(text) < least || len(text) > most {
		return New(ErrInvalid, field, "length", "has %d bytes, must have %d to %d", len(text), least, most)
	}
	return nil
}
