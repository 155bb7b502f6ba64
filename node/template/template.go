package template

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

//go:embed *.schema.json
var schemas embed.FS

// terms is what a template's JSON object decodes into.
type terms interface {
	check(c *checker)
}

// Names lists the templates in alphabetical order.
func Names() []string {
	return []string{"model-upgrade", "scope-change", "tool-access", "training-allocation"}
}

// Known tells whether there is a template of that name.
func Known(name string) bool { return slices.Contains(Names(), name) }

func newTerms(name string) terms {
	switch name {
	case "model-upgrade":
		return new(ModelUpgrade)
	case "scope-change":
		return new(ScopeChange)
	case "tool-access":
		return new(ToolAccess)
	case "training-allocation":
		return new(TrainingAllocation)
	}
	return nil
}

// Check decodes terms strictly and checks every member. field is the path that
// errors start with; they are of type *op.FieldError.
func Check(name, field string, raw []byte) error {
	t := newTerms(name)
	if t == nil {
		return bad("template", "%+q is none of %v", name, Names())
	}
	if err := op.Unmarshal(raw, field, t); err != nil {
		return err
	}
	c := &checker{field: field}
	t.check(c)
	return c.err
}

// Schema is the JSON Schema (draft 2020-12) of a known template's terms.
func Schema(name string) []byte {
	text, err := schemas.ReadFile(name + ".schema.json")
	if err != nil {
		panic("template: " + err.Error())
	}
	return text
}

// checker keeps the first thing that is wrong.
type checker struct {
	field string
	err   error
}

func bad(field, format string, args ...any) error {
	return &op.FieldError{Kind: op.ErrMalformed, Field: field, Rule: fmt.Sprintf(format, args...)}
}

func (c *checker) fail(field, format string, args ...any) {
	if c.err == nil {
		c.err = bad(c.field+"."+field, format, args...)
	}
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

func (c *checker) within(field string, v, low, high int64) {
	if v < low || v > high {
		c.fail(field, "is %d, must be between %d and %d", v, low, high)
	}
}

// name admits 1 to 64 of a-z, 0-9, '.', '_', '-', '/' and ':'.
func (c *checker) name(field, v string) {
	c.spelled(field, v, 64, "abcdefghijklmnopqrstuvwxyz0123456789._-/:")
}

func (c *checker) spelled(field, v string, most int, alphabet string) {
	if len(v) < 1 || len(v) > most || strings.Trim(v, alphabet) != "" {
		c.fail(field, "is %+q, must be 1 to %d of %s", v, most, alphabet)
		return
	}
	for _, b := range []byte(v) {
		if strings.IndexByte(alphabet, b) < 0 {
			c.fail(field, "is %+q, must be 1 to %d of %s", v, most, alphabet)
			return
		}
	}
}

func (c *checker) oneOf(field, v string, list []string) {
	if !slices.Contains(list, v) {
		c.fail(field, "is %+q, must be one of %v", v, list)
	}
}

// list checks every item, and that none appears twice.
func (c *checker) list(field string, items []string, check func(field, v string)) {
	for i, v := range items {
		check(index(field, i), v)
		if slices.Contains(items[:i], v) {
			c.fail(index(field, i), "%+q appears twice", v)
		}
	}
}

const (
	digitsAndCapitals = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters           = "abcdefghijklmnopqrstuvwxyz"
)

func (c *checker) artifact(field string, a Artifact) {
	c.name(field+".name", a.Name)
	c.name(field+".version", a.Version)
	if a.URL != "" {
		c.url(field+".url", a.URL)
	}
	if a.License != "" {
		c.spelled(field+".license", a.License, 40, digitsAndCapitals+letters+"-.+")
	}
}

// url admits https addresses in printable ASCII.
func (c *checker) url(field, v string) {
	rest, ok := strings.CutPrefix(v, "https://")
	ok = ok && len(rest) > 0 && len(rest) <= 1000
	for _, b := range []byte(rest) {
		ok = ok && b > ' ' && b <= '~'
	}
	if !ok {
		c.fail(field, "must be an https address of at most 1000 printable ASCII characters after https://")
	}
}
