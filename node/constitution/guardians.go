package constitution

import (
	"fmt"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Needed is how many guardians have to agree.
func (g *Guardians) Needed() int { return int(max(1, g.Threshold)) }

// MaxPauseMs is the longest pause, in milliseconds.
func (g *Guardians) MaxPauseMs() int64 {
	return 1000 * orElse(g.MaxPauseS, dayS)
}

// longestRemovalS is the longest that removing a guardian may take from the
// proposal to the execution, in seconds.
const longestRemovalS = longestS

// Irremovable says why somebody with more than half of all weight could not remove
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

// irremovableOn is Irremovable on one track that allows set-guardians.
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
