package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// guardianAdvice says where a track lets few take the guardians or the rules, or
// mixes who guards with what guardians may stop.
func guardianAdvice(t *voting.Track) []string {
	var list []string
	guards := t.Allows(ActionSetGuardians)
	if guards && len(t.Actions) > 1 {
		others := slices.DeleteFunc(slices.Clone(t.Actions), func(a string) bool { return a == ActionSetGuardians })
		list = append(list, fmt.Sprintf("track %s: actions: %s stands beside %v; guardians can veto and pause what rides on a change of who guards, "+
			"and one weakness takes both; give it a track of its own", t.Name, ActionSetGuardians, others))
	}
	if !guards && !t.Allows(ActionAmend) {
		return list
	}
	what, least := "appoint guardians, which nobody can veto", t.LeastForPPM()
	if !guards {
		what = "amend the rules, those of who guards included"
	}
	if least <= voting.PPM/2 && t.Pass.Kind != voting.PassAbsolute {
		list = append(list, fmt.Sprintf("track %s: quorum: %d ppm of all in favour can %s, while others sleep or bring the quorum by voting against; "+
			"{kind: %s, share_ppm: %d} asks more than half of all in favour", t.Name, least, what, voting.QuorumFor, voting.PPM/2+1))
	}
	return list
}

// removalAdvice says why guardians could stay for ever.
func (c *Constitution) removalAdvice() []string {
	changes := slices.ContainsFunc(c.Tracks, func(t voting.Track) bool { return t.Allows(ActionSetGuardians) })
	if !changes && len(c.Guardians.Keys) == 0 {
		return nil // the operator guards alone
	}
	if why := c.Irremovable(); why != "" {
		return []string{"guardians: " + why + "; who guards could stay against the will of all others"}
	}
	return nil
}

// spamAdvice names the tracks on which a proposal that nobody looks at costs
// nothing.
func (c *Constitution) spamAdvice() []string {
	var free []string
	for i := range c.Tracks {
		if t := &c.Tracks[i]; t.CollateralSat > 0 && t.Conviction == nil && (t.HonestForPpm == 0 || t.HonestTurnoutPPM == 0) {
			free = append(free, t.Name)
		}
	}
	if free == nil {
		return nil
	}
	return []string{fmt.Sprintf("tracks %v: honest_turnout_ppm: without it, and honest_for_ppm, the collateral of a proposal that nobody votes on returns; "+
		"50000 and 200000 take it unless 1 %% of all is for it", free)}
}

// mostVoteRenewals is how often those who vote may have to renew their stake for one
// vote before the author of a constitution is warned.
const mostVoteRenewals = 3

// lengthAdvice names the tracks whose votes alone outlast several holds.
func (c *Constitution) lengthAdvice() []string {
	var list []string
	for i := range c.Tracks {
		t := &c.Tracks[i]
		blocks := Blocks(t.VotingDelayS + t.VotingPeriodS + t.LateQuorumS)
		if n := stake.Renewals(c.Stake.CltvBlocks, blocks); t.Conviction == nil && n > mostVoteRenewals {
			list = append(list, fmt.Sprintf("track %s: voting_period_s: its vote lasts up to %d blocks, a hold %d: whoever votes renews the stake %d times, "+
				"and who is away once loses the voice or the collateral; shorter votes need no more than %d", t.Name, blocks, c.Stake.CltvBlocks, n, mostVoteRenewals))
		}
	}
	return list
}
