package ledger

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// NewestRules is the newest version of the rules that this package knows. The
// constitution says in its member version which one is in force: new economies start
// at the newest, and a proposal raises it (see Amend). What an entry means is told by
// the version in force when it was entered, so a rule changes by asking for
// s.constitution.Version and never otherwise; what it did before stays, for the logs
// that there are. See docs/changing-rules.md.
const NewestRules = 1

// knownRules refuses a version of the rules that came after those known.
func knownRules(field string, version, newest int64) error {
	if version > newest {
		return refusal.New(refusal.ErrRules, field, "rules-known", "is %d, this program knows the rules up to version %d; a newer one is needed", version, newest)
	}
	return nil
}

// newerVersion refuses a constitution of rules that are not known here, by its version alone:
// its other members may have come with them.
func newerVersion(raw []byte) error {
	var c map[string]json.RawMessage
	if json.Unmarshal(raw, &c) != nil {
		return nil
	}
	version, err := strconv.ParseInt(string(c[versionMember]), 10, 64)
	if err != nil {
		return nil
	}
	return knownRules("constitution.version", version, NewestRules)
}

// unknownRules tells whether an error is that of knownRules.
func unknownRules(err error) bool { return errors.Is(err, refusal.ErrRules) }

// raise sets the version of the rules, which only goes up. A version that is not
// known is no reason why the action is refused, but one why nobody here can say.
func (d *plan) raise(a *Amend) error {
	version, err := strconv.ParseInt(string(a.Value), 10, 64)
	if err != nil {
		return refusal.New(refusal.ErrInvalid, "value", "range", "must be a whole number, the version of the rules")
	}
	if err := knownRules("value", version, d.s.knows); err != nil {
		return err
	}
	if now := d.current().Version; version < now {
		return refusal.New(refusal.ErrRule, "value", "rules-forward", "is %d, the rules in force are of version %d; they only go up", version, now)
	}
	return d.change(op.Pointer{versionMember}, a.Path, a.Value, a.Expect)
}

// versionMember is where the constitution says the version of the rules.
const versionMember = "version"

// raises tells whether an action raises the version of the rules.
func raises(a action) bool {
	amend, ok := a.(*Amend)
	return ok && amend.Path == "/"+versionMember
}

// anyVersion is the range in which the version of the rules is not refused as such.
const anyVersion = math.MaxInt64
