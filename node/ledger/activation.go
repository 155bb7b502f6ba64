package ledger

import (
	"errors"
	"strconv"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// unknownRules tells whether an error is that of knownRules.
func unknownRules(err error) bool { return errors.Is(err, refusal.ErrRules) }

// raise sets the version of the rules, which only goes up. A version that is not
// known is no reason why the action is refused, but one why nobody here can say.
func (d *plan) raise(a *Amend) error {
	version, err := strconv.ParseInt(string(a.Value), 10, 64)
	if err != nil {
		return refusal.New(refusal.ErrInvalid, "value", "range", "must be a whole number, the version of the rules")
	}
	if err := constitution.KnownRules("value", version, d.s.knows); err != nil {
		return err
	}
	if now := d.current().Version; version < now {
		return refusal.New(refusal.ErrRule, "value", "rules-forward", "is %d, the rules in force are of version %d; they only go up", version, now)
	}
	return d.change(op.Pointer{constitution.VersionMember}, a.Path, a.Value, a.Expect)
}

// raisesAlone refuses a proposal that raises the version and does something else: a raise is never
// undone, and what stands beside it would be safe from every challenge with it.
func raisesAlone(list []action) error {
	if len(list) < 2 {
		return nil
	}
	for i, a := range list {
		if raises(a) {
			return refusal.New(refusal.ErrInvalid, "content.actions["+strconv.Itoa(i)+"]", "rules-alone", "raises the version of the rules, and must be the only action of its proposal")
		}
	}
	return nil
}

// raises tells whether an action raises the version of the rules.
func raises(a action) bool {
	amend, ok := a.(*Amend)
	return ok && amend.Path == "/"+constitution.VersionMember
}
