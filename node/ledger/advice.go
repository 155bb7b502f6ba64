package ledger

import (
	"fmt"

	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// Advice lists what the constitution allows and its author may not want: one
// sentence each, in the order of the tracks. A constitution with advice is valid.
func (c *Constitution) Advice() []string {
	var list []string
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if len(t.Actions) > 0 && !t.Weight.SplitProof() {
			list = append(list, fmt.Sprintf("track %s: whoever divides a stake among several keys gains weight; "+
				"a least_reputation keeps fresh keys out, and the kind stake without a cap gains nothing by it", t.Name))
		}
		if life, course := c.Stake.lifeS(), courseS(t); t.CollateralSat > 0 && course > life {
			parts := "vote, timelock and grace"
			if t.Dispute != nil {
				parts = "vote, timelock, a dispute and grace"
			}
			list = append(list, fmt.Sprintf("track %s: %s can last %d s, a hold lasts about %d s: "+
				"where the collateral ends first the proposal is cancelled", t.Name, parts, course, life))
		}
	}
	return append(list, c.exitAdvice()...)
}

// exitAdvice tells whom leaving pays.
func (c *Constitution) exitAdvice() []string {
	if len(c.Exit.Pools) == 0 || c.Exit.share() == ShareBroughtIn {
		return nil
	}
	list := []string{fmt.Sprintf("exit: share: %s pays by stake whoever paid the pools %v: who has 40 %% of it decides "+
		"where nobody else votes, lets 16 %% vote against and leave with as much of them, and does so again with the next key; "+
		"share: %s pays back what somebody brought in", ShareStake, c.Exit.Pools, ShareBroughtIn)}
	if c.Exit.SeniorityS == 0 {
		list = append(list, "exit: without seniority_s whoever locks stake just before a vote, votes against and leaves "+
			"takes a share of what others paid into the pools")
	}
	return list
}

// blockS is the time that Bitcoin aims at between two blocks, in seconds.
const blockS = 600

// lifeS is how long a hold lasts at ten minutes a block, in seconds.
func (r StakeRules) lifeS() int64 {
	return int64(stake.LapseHeight(r.CltvBlocks)) * blockS
}

// courseS is the longest that a proposal can go from its locked collateral to
// the end of its grace, one dispute included, pauses and further disputes apart,
// in seconds.
func courseS(t *voting.Track) int64 {
	timelock := t.TimelockS
	if t.Opposition != nil {
		timelock = max(timelock, t.Opposition.MaxDelay)
	}
	if t.Dispute != nil {
		timelock += t.Dispute.LongestS()
	}
	return t.VotingDelayS + t.VotingPeriodS + t.LateQuorumS + timelock + t.GraceS
}
