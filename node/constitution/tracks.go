package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/voting"
)

// validateAmending holds tracks that may change the rules of others to a
// stricter rule than a simple majority of whoever comes: two thirds, and a
// quorum. Else the weakest track would decide how strict the others are.
func (c *Constitution) validateAmending(t *voting.Track, field string) error {
	if !slices.Contains(t.Actions, ActionAmend) {
		return nil
	}
	if t.Quorum.Kind == voting.QuorumNone {
		return refusal.New(refusal.ErrInvalid, field+".quorum", "amend-track", "track %s allows %s, so it needs a quorum", t.Name, ActionAmend)
	}
	if !t.Pass.AtLeast(amendPPM) {
		return refusal.New(refusal.ErrInvalid, field+".pass", "amend-track", "track %s allows %s, so it must pass by a share of at least %d ppm", t.Name, ActionAmend, amendPPM)
	}
	return nil
}

// amendPPM is two thirds, rounded up.
const amendPPM = 666_667

// validateTemplates checks that the templates of a track exist.
func validateTemplates(t *voting.Track, field string) error {
	for i, name := range t.Templates {
		if !template.Known(name) {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("%s.templates[%d]", field, i), "template", "%+q is none of %v", name, template.Names())
		}
		if slices.Contains(t.Templates[:i], name) {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("%s.templates[%d]", field, i), "unique", "%+q appears twice", name)
		}
	}
	return nil
}

// validateEvaluation checks that the pool of a track's rewards exists.
func (c *Constitution) validateEvaluation(t *voting.Track, field string) error {
	if t.Evaluation == nil {
		return nil
	}
	for _, p := range c.Pools {
		if p.Name == t.Evaluation.Pool {
			return nil
		}
	}
	return refusal.New(refusal.ErrInvalid, field+".evaluation.pool", "pool", "no pool %+q in the constitution", t.Evaluation.Pool)
}

// validateConviction: what a conviction track carries out must be payments, for
// the share of the pool decides how much conviction they need.
func (c *Constitution) validateConviction(t *voting.Track, field string) error {
	if t.Conviction == nil {
		return nil
	}
	for _, name := range t.Actions {
		if !asksOfPool(name) {
			return refusal.New(refusal.ErrInvalid, field+".actions", "conviction-track", "%s asks for no sats of a pool, which track %s decides on by conviction", name, t.Name)
		}
	}
	return nil
}
