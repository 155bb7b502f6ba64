package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// SetParameter changes one value of the constitution, anything but the version
// of the rules, the guardians, the tracks and the prices, which have actions of
// their own.
type SetParameter struct {
	Type   string `json:"type"`
	Path   string `json:"path"`                        // JSON Pointer (RFC 6901) into the constitution; an item of a list by its name
	Value  op.Raw `json:"value" schema:"is=AnyValue"`  // the new value; null takes an optional one away
	Expect op.Raw `json:"expect" schema:"is=AnyValue"` // the value in force that it replaces; null where there is none
}

// Amend changes tracks, pools and the version of the rules, as set-parameter
// changes the rest: adds, changes or takes away a track on which no proposal is
// open, changes the shares of pools, adds pools at the end, raises the version.
type Amend struct {
	Type   string `json:"type"`
	Path   string `json:"path"`                        // JSON Pointer (RFC 6901) into the constitution; an item of a list by its name
	Value  op.Raw `json:"value" schema:"is=AnyValue"`  // the new value; null takes an optional one away
	Expect op.Raw `json:"expect" schema:"is=AnyValue"` // the value in force that it replaces; null where there is none
}

func (a *SetParameter) kind() string { return constitution.ActionSetParameter }
func (a *Amend) kind() string        { return constitution.ActionAmend }

func (a *SetParameter) do(d *plan) error {
	path, err := op.ParsePointer(a.Path, "path")
	if err != nil {
		return err
	}
	switch path[0] {
	case "version", "guardians", "tracks", "prices":
		return refusal.New(refusal.ErrForbidden, "path", "settable", "/%s cannot be changed by %s", path[0], constitution.ActionSetParameter)
	}
	return d.change(path, a.Path, a.Value, a.Expect)
}

func (a *Amend) do(d *plan) error {
	path, err := op.ParsePointer(a.Path, "path")
	if err != nil {
		return err
	}
	if raises(a) {
		return d.raise(a)
	}
	if path[0] != "tracks" && path[0] != "pools" {
		return refusal.New(refusal.ErrForbidden, "path", "amendable", "/%s cannot be changed by %s, only /tracks, /pools and /version can", path[0], constitution.ActionAmend)
	}
	return d.change(path, a.Path, a.Value, a.Expect)
}

// change replaces one value of the constitution as the actions so far leave it.
// What comes out of changes that follow one another must be a constitution as a
// whole, see whole.
func (d *plan) change(path op.Pointer, text string, value, expect op.Raw) error {
	if err := d.s.entry.spendOn(len(value)+len(expect), parsedPerUnit); err != nil {
		return err
	}
	next := d.constitution()
	if same, err := path.Holds(next, expect, "expect"); err != nil {
		return err
	} else if !same {
		return refusal.New(refusal.ErrRule, "expect", "precondition", "%s is %s, the action expects %s", text, op.Shorten(path.Value(next), 200), op.Shorten(expect, 200))
	}
	if same, err := path.Holds(next, value, "value"); err != nil {
		return err
	} else if same {
		return refusal.New(refusal.ErrInvalid, "value", "change", "%s is %s already", text, op.Shorten(path.Value(next), 200))
	}
	return path.Set(next, "constitution", value, "value")
}

// amending is an action whose changes to the constitution are held against its
// rules together with those that follow it.
type amending interface{ amends() }

func (a *SetParameter) amends() {}
func (a *Amend) amends()        {}

// bounded is an action that a track may allow in part.
type bounded interface {
	within(t *voting.Track) error
}

func (a *SetParameter) within(t *voting.Track) error { return mayTouch(t, a.Path) }
func (a *Amend) within(t *voting.Track) error        { return mayTouch(t, a.Path) }

func mayTouch(t *voting.Track, path string) error {
	if !t.MayTouch(path) {
		return refusal.New(refusal.ErrRule, "path", "track-parameters", "is %s, track %s may change %v", path, t.Name, t.Parameters)
	}
	return nil
}
