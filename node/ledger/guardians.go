package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

const dayS = 86400

// guardian tells whether a key may take part in what guardians decide.
func (s *State) guardian(key op.PublicKey) bool {
	return key == s.operator || s.agents.listed(s.constitution.Guardians.Keys, key) >= 0 && !s.agents.frozen(key)
}

// assenting returns the list with the signer's assent and whether enough agree
// now: the operator alone, or as many who are guardians today as it takes.
func (s *State) assenting(list []assent, e *op.Entry, reason string) ([]assent, bool, error) {
	key := e.Event.PubKey
	if !s.guardian(key) {
		return nil, false, refusal.New(refusal.ErrForbidden, "pubkey", "guardian", "%s is neither the operator nor a guardian", key)
	}
	have := 1
	for _, a := range list {
		if s.agents.same(a.key, key) {
			return nil, false, refusal.New(refusal.ErrDuplicate, "pubkey", "assent-once", "signed already, as entry %d; %d guardians must agree",
				a.seq, s.constitution.Guardians.Needed())
		}
		if s.guardian(a.key) {
			have++
		}
	}
	next := append(slices.Clip(list), assent{key: key, reason: reason, seq: e.Seq})
	return next, key == s.operator || have >= s.constitution.Guardians.Needed(), nil
}

// agree records an assent under a veto or cancel of a proposal. Nobody who
// guards may stop a proposal that changes who guards and does nothing else, nor
// what half of all decided about the powers of those who guard.
func (s *State) agree(p *proposal, have []assent, set func([]assent), e *op.Entry, reason string) (bool, error) {
	if p.shielded() {
		return false, refusal.New(refusal.ErrForbidden, "content.proposal", "own-removal", "it changes the guardians and nothing else: neither they nor the operator can stop it")
	}
	if p.unstoppable() {
		return false, refusal.New(refusal.ErrForbidden, "content.proposal", "own-powers", "it takes powers of the guardians away and does nothing else: neither they nor the operator can stop it "+
			"before its vote is closed, nor after that if more than half of all was for it")
	}
	next, agreed, err := s.assenting(have, e, reason)
	if err == nil {
		set(next)
	}
	return agreed, err
}

// shielded tells whether guardians cannot stop the proposal: all that it does is
// to change who guards, or how many of them must agree. What stands beside that,
// a payment, a reward or filled-in terms, could have been proposed alone; and a
// set that stays as it is removes nobody.
func (p *proposal) shielded() bool { return p.template == "" && shields(p.actions, p.eval) }

// shields tells whether actions shield the proposal that they are all of.
func shields(list []action, eval *evaluation) bool {
	if len(list) != 1 || eval != nil {
		return false
	}
	a, ok := list[0].(*SetGuardians)
	return ok && a.changes()
}

// changes tells whether the action names others than it expects, in whatever
// order, or another number that must agree.
func (a *SetGuardians) changes() bool {
	if a.Threshold != a.ExpectThreshold || len(a.Keys) != len(a.ExpectKeys) {
		return true
	}
	return slices.ContainsFunc(a.Keys, func(k op.PublicKey) bool { return !slices.Contains(a.ExpectKeys, k) })
}

// SetGuardians replaces the guardians and how many of them must agree.
type SetGuardians struct {
	Type            string         `json:"type"`
	Keys            []op.PublicKey `json:"keys" schema:"max=64"`             // the new guardians
	Threshold       int64          `json:"threshold" schema:"min=1,max=64"`  // how many must agree: 1 to the number of keys, 1 without any
	ExpectKeys      []op.PublicKey `json:"expect_keys" schema:"max=64"`      // those that are replaced, in order
	ExpectThreshold int64          `json:"expect_threshold" schema:"max=64"` // how many had to agree
}

func (a *SetGuardians) kind() string { return constitution.ActionSetGuardians }

func (a *SetGuardians) do(d *plan) error {
	c := d.constitution()
	g := &c.Guardians
	if a.removes() {
		return a.remove(g)
	}
	if !slices.Equal(g.Keys, a.ExpectKeys) || int64(g.Needed()) != a.ExpectThreshold {
		return refusal.New(refusal.ErrRule, "expect_keys", "precondition", "%d of the guardians %v are in force, the action expects %d of %v",
			g.Needed(), g.Keys, a.ExpectThreshold, a.ExpectKeys)
	}
	if a.Threshold < 1 {
		return refusal.New(refusal.ErrInvalid, "threshold", "range", "is %d, must be at least 1", a.Threshold)
	}
	if err := d.s.entry.spend(workKey * int64(len(a.Keys))); err != nil {
		return err
	}
	was := g.Keys
	g.Keys, g.Threshold = slices.Clone(a.Keys), a.Threshold
	return c.ValidateGuardians(was)
}
