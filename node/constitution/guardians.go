package constitution

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Bounds on guardians.
const (
	MaxGuardians  = 64
	dayS          = 86400
	longestPauseS = 30 * dayS
)

// validateGuardians checks who guards; the keys that did before are known to be keys.
func (c *Constitution) ValidateGuardians(was []op.PublicKey) error {
	g := &c.Guardians
	if len(g.Keys) > MaxGuardians {
		return refusal.New(refusal.ErrInvalid, "constitution.guardians.keys", "range", "has %d, at most %d are allowed", len(g.Keys), MaxGuardians)
	}
	if err := CheckKeys("constitution.guardians.keys", g.Keys, was); err != nil {
		return err
	}
	if g.Threshold < 0 || g.Threshold > max(1, int64(len(g.Keys))) {
		return refusal.New(refusal.ErrInvalid, "constitution.guardians.threshold", "range", "is %d of %d guardians", g.Threshold, len(g.Keys))
	}
	if g.MaxPauseS < 0 || g.MaxPauseS > longestPauseS {
		return refusal.New(refusal.ErrInvalid, "constitution.guardians.max_pause_s", "range", "is %d, must be between 0 and %d", g.MaxPauseS, longestPauseS)
	}
	return nil
}

// Needed is how many guardians have to agree.
func (g *Guardians) Needed() int { return int(max(1, g.Threshold)) }

// MaxPauseMs is the longest pause, in milliseconds.
func (g *Guardians) MaxPauseMs() int64 {
	if g.MaxPauseS == 0 {
		return dayS * 1000
	}
	return g.MaxPauseS * 1000
}

// CheckKeys refuses a list that names a key twice, or what is no key. One that is
// as it was before is not checked again.
func CheckKeys(field string, keys, was []op.PublicKey) error {
	if slices.Equal(keys, was) {
		return nil
	}
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "unique", "%s appears twice", k)
		}
		if slices.Contains(was, k) {
			continue
		}
		if _, err := op.ParsePublicKey(k.String()); err != nil {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "key", "%v", err)
		}
	}
	return nil
}

// longestRemovalS is the longest that removing a guardian may take from the
// proposal to the execution, in seconds.
const longestRemovalS = 30 * dayS

// irremovable says why somebody with more than half of all weight could not remove
// guardians in time, for each track that has to do with it, or "" where it could.
func (c *Constitution) Irremovable() string {
	why := fmt.Sprintf("no track allows %s", ActionSetGuardians)
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if !t.Allows(ActionSetGuardians) {
			continue
		}
		if why = c.irremovableOn(t); why == "" {
			return ""
		}
	}
	return why
}

// irremovableOn is irremovable on one track that allows set-guardians.
func (c *Constitution) irremovableOn(t *voting.Track) string {
	q, p := t.Removal()
	asks, takes := t.CollateralSat, t.VotingDelayS+t.VotingPeriodS+t.LateQuorumS+t.TimelockS
	if t.Throttle != nil {
		asks = max(asks, t.Throttle.MaxSat)
	}
	if t.Opposition != nil {
		takes += max(0, t.Opposition.MaxDelay-t.TimelockS)
	}
	say := func(field string, is, most any) string {
		return fmt.Sprintf("track %s: %s is %v, at most %v lets half of all weight remove guardians", t.Name, field, is, most)
	}
	half := uint32(voting.PPM/2 + 1)
	switch share := q.ShareNow(voting.PPM); {
	case q.Kind == voting.QuorumAbsolute || p.Kind == voting.PassAbsolute:
		return fmt.Sprintf("track %s: an absolute weight may be out of reach", t.Name)
	case share > half:
		return say("quorum", share, half)
	case t.ProposeReputation > 0:
		return say("propose_reputation", t.ProposeReputation, 0)
	case t.Method() != voting.SingleChoice:
		return say("counting", t.Method(), voting.SingleChoice)
	case t.Weight.CapPPM > 0:
		return say("weight.cap_ppm", t.Weight.CapPPM, 0)
	case t.Weight.LeastReputation > 0:
		return say("weight.least_reputation", t.Weight.LeastReputation, 0)
	case int64(t.Weight.BondSat) > c.Stake.MaxSat:
		return say("weight.bond_sat", t.Weight.BondSat, c.Stake.MaxSat)
	case t.ProposeStakeSat > c.Stake.MaxSat:
		return say("propose_stake_sat", t.ProposeStakeSat, c.Stake.MaxSat)
	case asks > c.Stake.MaxSat:
		return say("collateral_sat", asks, c.Stake.MaxSat)
	case takes > longestRemovalS:
		return say("the time from the proposal to the execution in seconds", takes, longestRemovalS)
	}
	return ""
}

// validateRemoval holds a track to what it says about removing guardians; that it
// is not harder than appointing them, its own Validate checks.
func validateRemoval(t *voting.Track, field string) error {
	if t.RemovalForPPM > 0 && !t.Allows(ActionSetGuardians) {
		return refusal.New(refusal.ErrInvalid, field+".removal_for_ppm", "removal-track", "track %s does not allow %s", t.Name, ActionSetGuardians)
	}
	return nil
}
