package bolt11

import "fmt"

// Error says why a text is no invoice that is accepted here.
type Error struct {
	Field   string // the part of the invoice: "amount", "signature", "p", ...
	Rule    string // kebab-case, unique in this package
	Problem string // for people, goes on after the field
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s (%s)", e.Field, e.Problem, e.Rule) }

func fail(field, rule, format string, args ...any) error {
	return &Error{Field: field, Rule: rule, Problem: fmt.Sprintf(format, args...)}
}
