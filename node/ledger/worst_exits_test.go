package ledger

import (
	"github.com/econd/econd/node/op"
)

// The dearest entries of who leaves: where everybody else has left since the vote, or
// leaves by the same decision.
func init() {
	worstEntries = append(worstEntries,
		worstEntry{name: "exit/everybody else left since", rules: leavingRules, open: func(c *crowd) func() *op.Entry {
			stakeOneByOne(c)
			id := c.dissent(1)
			for i := 2; i < len(c.sc.s.agents.list); i++ {
				c.goes(i, c.sc.s.proposals.at[id], true)
			}
			return func() *op.Entry {
				c.sc.s.agents.list[1].leaving = nil // as before the entry of the last round
				return c.entry(crowdKey(1), op.KindExit, op.EncodeContent(op.Exit{Proposal: id}))
			}
		}},
	)
}

// leavingRules let agents leave by a decision on a price.
func leavingRules(sc *scenario) {
	for _, x := range [][2]string{{"rage_quit", "true"}, {"actions", "[set-price]"}, {"weight", "{kind: stake}"}, {"quorum", "{kind: none}"},
		{"pass", "{kind: majority}"}, {"timelock_s", "100000"}, {"grace_s", "100000"}, {"vetoable", "true"}} {
		sc.set("tracks.signal."+x[0], x[1])
	}
	sc.set("exit", "{pools: [reserve, founders]}")
	sc.set("epoch_s", "31622400")
}

// dissent brings a decision that the first agent is for and so many others are
// against, and closes its vote.
func (c *crowd) dissent(against int) op.ID {
	s := c.sc.s
	c.sc.at.TimeMs += 1000
	id := c.apply(crowdKey(0), op.KindPropose, op.EncodeContent(op.Propose{Track: "signal", Title: "t",
		Actions: []op.Raw{op.Raw(`{"type":"set-price","resource":"operations","sat":25,"expect_sat":10}`)}}))
	c.sc.at.TimeMs += 2000
	s.setStake(0, 1<<40)
	for i := range against + 1 {
		choice := "against"
		if i == 0 {
			choice = "for"
		}
		c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: choice}))
	}
	c.sc.at.TimeMs += 100_001_000
	e := c.due(op.KindClose)
	c.enter(e)
	return id
}

// goes lets an agent announce that it leaves, and leave if it is gone.
func (c *crowd) goes(i, proposal int, gone bool) {
	s, at := c.sc.s, slot(i)
	s.clock.TimeMs++
	c.sc.at.TimeMs++
	p := &s.proposals.list[proposal]
	x := &leaving{exit: op.ID{byte(i), byte(i >> 8), byte(i >> 16), 1}, proposal: proposal, ownSat: s.leaverStake(p, at)}
	s.countGone(&s.leavers.going, at, x.ownSat, true)
	s.agents.list[at].leaving = x
	s.leavers.leavingSat += s.agents.list[at].stakeSat.Now()
	if !gone {
		p.exits.leavers = append(p.exits.leavers, at)
		return
	}
	s.setStake(at, 0) // there are no holds behind it
	s.depart(at, x, false)
}

// stakeOneByOne is stakeAll, each at an instant of its own.
func stakeOneByOne(c *crowd) {
	for i := range c.sc.s.agents.list {
		c.sc.s.clock.TimeMs++
		c.sc.at.TimeMs++
		c.sc.s.setStake(slot(i), uint64(1000+i%1000))
	}
}
