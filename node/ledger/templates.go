package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/voting"
)

// maxTerms bounds the terms of a template, bytes.
const maxTerms = 16 << 10

// termsFit holds a proposal's template against the track: one of those listed
// may be filled in.
func termsFit(t *voting.Track, c *op.Propose) error {
	switch {
	case c.Template == "" && len(c.Terms) == 0:
		return nil
	case len(t.Templates) == 0:
		return refusal.New(refusal.ErrRule, "content.template", "template", "track %s knows no templates", t.Name)
	case !slices.Contains(t.Templates, c.Template):
		return refusal.New(refusal.ErrRule, "content.template", "template", "is %+q, track %s knows %v", c.Template, t.Name, t.Templates)
	case len(c.Terms) == 0 || len(c.Terms) > maxTerms:
		return refusal.New(refusal.ErrInvalid, "content.terms", "length", "has %d bytes, must have 1 to %d", len(c.Terms), maxTerms)
	}
	return template.Check(c.Template, "content.terms", c.Terms)
}
