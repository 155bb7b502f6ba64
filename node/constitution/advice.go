package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/voting"
)

// Advice lists what the constitution allows and its author may not want: one
// sentence each, in the order of the tracks. A constitution with advice is valid.
func (c *Constitution) Advice() []string {
	var list []string
	if n := c.Stake.CltvBlocks; n > WalletBlocks {
		list = append(list, fmt.Sprintf("stake.cltv_blocks: is %d; many wallets pay no hold over %d blocks, since trampoline nodes stop at 300 to 500, "+
			"the route included, and routing nodes that hold sats for long are avoided; what lasts longer is renewed", n, WalletBlocks))
	}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if len(t.Actions) > 0 && !t.Weight.SplitProof() {
			list = append(list, fmt.Sprintf("track %s: whoever divides a stake among several keys gains weight; "+
				"a least_reputation keeps fresh keys out, and the kind stake without a cap gains nothing by it", t.Name))
		}
		if v := t.Conviction; v != nil && v.Rule().LeastStakePPM < lowConvictionPPM {
			list = append(list, fmt.Sprintf("track %s: conviction.least_stake_ppm: is %d; where nobody else backs anything, little stake takes up to beta_ppm of a pool; "+
				"without it %d holds", t.Name, v.LeastStakePPM, voting.DefaultLeastStakePPM))
		}
		if text := juryAdvice(t); text != "" {
			list = append(list, text)
		}
		list = append(list, guardianAdvice(t)...)
	}
	return slices.Concat(list, c.removalAdvice(), c.spamAdvice(), c.lengthAdvice(), c.exitAdvice())
}

// lowConvictionPPM is the floor of a conviction track below which its author is
// warned: half of what holds where none is named.
const lowConvictionPPM = voting.DefaultLeastStakePPM / 2

// exitAdvice tells whom leaving pays.
func (c *Constitution) exitAdvice() []string {
	if len(c.Exit.Pools) == 0 || c.Exit.RestsOn() == ShareBroughtIn {
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

// BlockS is the time that Bitcoin aims at between two blocks, in seconds.
const BlockS = 600

// Blocks is how many blocks so many seconds are, rounded up.
func Blocks(seconds int64) int64 { return (seconds + BlockS - 1) / BlockS }
