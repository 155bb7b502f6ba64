package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/voting"
)

func (c *Constitution) validateTracks() error {
	if len(c.Tracks) == 0 {
		return refusal.New(refusal.ErrInvalid, "constitution.tracks", "complete", "needs at least one track")
	}
	if err := misfit("constitution.", table.MisfitAt(c, "tracks")); err != nil {
		return err
	}
	for i := range c.Tracks {
		t, field := &c.Tracks[i], fmt.Sprintf("constitution.tracks[%d]", i)
		if err := t.Validate(); err != nil {
			return refusal.New(refusal.ErrInvalid, field, "track", "%v", err)
		}
		for _, rule := range []func(*voting.Track, string) error{
			c.validateUnconfirmed, validateAmending, validateRemoval, validateTemplates, c.validateEvaluation, c.validateLists, validateConviction,
		} {
			if err := rule(t, field); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(c.Tracks[:i], func(other voting.Track) bool { return other.Name == t.Name }) {
			return refusal.New(refusal.ErrInvalid, field+".name", "unique", "%+q appears twice", t.Name)
		}
	}
	return nil
}

// validateLists bounds the lists of a track.
func (c *Constitution) validateLists(t *voting.Track, field string) error {
	if err := misfit(field+".", trackTable.Misfit(t)); err != nil {
		return err
	}
	most := trackTable.Row("parameters[]").Most
	for i, p := range t.Parameters {
		if int64(len(p)) > most {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("%s.parameters[%d]", field, i), "length", "has %d bytes, at most %d are allowed", len(p), most)
		}
	}
	for _, a := range t.Actions {
		if !knownAction(a, c.Version) {
			return refusal.New(refusal.ErrInvalid, field+".actions", "known", "unknown action %+q", a)
		}
	}
	return nil
}

// validateAmending holds tracks that may change the rules of others to a
// stricter rule than a simple majority of whoever comes: two thirds, and a
// quorum. Else the weakest track would decide how strict the others are.
func validateAmending(t *voting.Track, field string) error {
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
	if t.Evaluation != nil && !c.hasPool(t.Evaluation.Pool) {
		return refusal.New(refusal.ErrInvalid, field+".evaluation.pool", "pool", "no pool %+q in the constitution", t.Evaluation.Pool)
	}
	return nil
}

// validateConviction: what a conviction track carries out must be payments, for
// the share of the pool decides how much conviction they need.
func validateConviction(t *voting.Track, field string) error {
	if t.Conviction == nil {
		return nil
	}
	for _, name := range t.Actions {
		if !AsksOfPool(name) {
			return refusal.New(refusal.ErrInvalid, field+".actions", "conviction-track", "%s asks for no sats of a pool, which track %s decides on by conviction", name, t.Name)
		}
	}
	return nil
}

// validateUnconfirmed refuses what the rules in force do not know.
func (c *Constitution) validateUnconfirmed(t *voting.Track, field string) error {
	if t.Weight.UnconfirmedPPM != nil && c.Version < RulesConfirmed {
		return refusal.New(refusal.ErrInvalid, field+".weight.unconfirmed_ppm", "rules-since", "is known from version %d of the rules on, those in force are version %d", RulesConfirmed, c.Version)
	}
	return nil
}
