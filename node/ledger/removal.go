package ledger

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// removes tells whether the action takes power from guardians and gives none:
// whoever can act under the new set could before. It names some of those that it
// expects, or none, and no fewer have to agree.
func (a *SetGuardians) removes() bool {
	for _, k := range a.Keys {
		if !slices.Contains(a.ExpectKeys, k) {
			return false
		}
	}
	if len(a.Keys) == 0 {
		return len(a.ExpectKeys) > 0
	}
	return a.changes() && a.Threshold >= a.ExpectThreshold
}

// remove leaves those guardians that the action names. If others were removed
// since it was proposed, or more have to agree by now, it holds for whom is left:
// a set must not escape by shrinking. Where fewer are left than have to agree,
// nobody is.
func (a *SetGuardians) remove(g *constitution.Guardians) error {
	for _, k := range g.Keys {
		if !slices.Contains(a.ExpectKeys, k) {
			return refusal.New(refusal.ErrRule, "expect_keys", "precondition", "guardian %s is in force, the action expects %v", k, a.ExpectKeys)
		}
	}
	if int64(g.Needed()) < a.ExpectThreshold {
		return refusal.New(refusal.ErrRule, "expect_threshold", "precondition", "%d guardians must agree, the action expects %d", g.Needed(), a.ExpectThreshold)
	}
	if a.Threshold < 1 || a.Threshold > max(1, int64(len(a.Keys))) {
		return refusal.New(refusal.ErrInvalid, "threshold", "range", "is %d of %d guardians", a.Threshold, len(a.Keys))
	}
	left := slices.DeleteFunc(slices.Clone(g.Keys), func(k op.PublicKey) bool { return !slices.Contains(a.Keys, k) })
	threshold := max(a.Threshold, int64(g.Needed()))
	if threshold > int64(len(left)) {
		left, threshold = []op.PublicKey{}, 1
	}
	if len(left) == len(g.Keys) && threshold == int64(g.Needed()) {
		return refusal.New(refusal.ErrRule, "expect_keys", "precondition", "none of the guardians %v would be removed: they were before", g.Keys)
	}
	g.Keys, g.Threshold = left, threshold
	return nil
}

// removal tells whether all that a proposal does is to take power from guardians.
// It is decided by more for than against, anybody may propose it, and no challenge
// can freeze or undo it: see voting.Track.Removal.
func (p *proposal) removal() bool { return p.template == "" && removal(p.actions, p.eval) }

func removal(list []action, eval *evaluation) bool {
	return shields(list, eval) && list[0].(*SetGuardians).removes()
}

// rules returns the quorum and the pass rule that decide the proposal.
func (p *proposal) rules() (voting.QuorumRule, voting.PassRule) {
	if p.removal() {
		return p.track.Removal()
	}
	return p.track.Quorum, p.track.Pass
}

// disarms tells whether all that actions do is to take powers of the guardians
// away: a track can no longer be vetoed, its decisions no longer cancelled, or it is
// no longer theirs alone.
func disarms(list []action, eval *evaluation) bool {
	return len(list) > 0 && eval == nil && !slices.ContainsFunc(list, func(a action) bool {
		x, ok := a.(*Amend)
		return !ok || !x.disarms()
	})
}

func (a *Amend) disarms() bool {
	path, err := op.ParsePointer(a.Path, "path")
	if err != nil || len(path) != 3 || path[0] != "tracks" {
		return false
	}
	switch value := string(a.Value); path[2] {
	case "vetoable":
		return value == "false"
	case "cancel_until":
		return value == `"`+string(voting.CancelUntilClose)+`"`
	case "proposers":
		return value == "null"
	}
	return false
}

// unstoppable tells whether guardians and operator cannot stop the proposal, nor
// a pause put it off: it changes who guards, or it takes powers of theirs away and
// its vote is open or brought more than half of all in favour.
func (p *proposal) unstoppable() bool {
	if p.shielded() {
		return true
	}
	return p.template == "" && disarms(p.actions, p.eval) && (p.close == nil || p.close.For > p.close.Eligible/2)
}

// entrenches says how a constitution, coming after the one in force, takes away the
// way on which half of all weight can remove guardians, or gives others the weight;
// "" where it does not.
func (s *State) entrenches(c *constitution.Constitution) string {
	was := s.constitution
	if was.Irremovable() != "" {
		return ""
	}
	for _, why := range []string{c.Irremovable(), s.shutsOut(c), s.outbids(c)} {
		if why != "" {
			return why
		}
	}
	for i := range c.Tracks {
		t, old := &c.Tracks[i], was.Track(c.Tracks[i].Name)
		if !t.Allows(constitution.ActionSetGuardians) || old != nil && old.Weight.Same(t.Weight) {
			continue
		}
		if t.Weight.Kind != voting.WeightStake {
			return fmt.Sprintf("track %s: weight.kind becomes %s, the only other one by which guardians may be removed is %s", t.Name, t.Weight.Kind, voting.WeightStake)
		}
	}
	return ""
}
