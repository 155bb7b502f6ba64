package ledger

import (
	"github.com/econd/econd/node/op"
)

// The dearest entries of votes: among many who delegate, behind a wide net of
// parts, and the close of a vote of one ballot.
func init() {
	worstEntries = append(worstEntries,
		worstEntry{name: "vote/among delegators", open: func(c *crowd) func() *op.Entry {
			delegateAll(c, 0)
			id := c.propose()
			c.sc.at.TimeMs += 2000
			return func() *op.Entry {
				return c.entry(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
			}
		}},
		worstEntry{name: "delegate/behind a wide net", refused: "delegation-reach", open: func(c *crowd) func() *op.Entry {
			wideNet(c)
			part := int64(10_000)
			return func() *op.Entry {
				return c.entry(crowdKey(0), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(1), SharePPM: &part}))
			}
		}},
		worstEntry{name: "undelegate/from whom all delegate to", open: func(c *crowd) func() *op.Entry {
			delegateAll(c, 0)
			i := 2
			return func() *op.Entry {
				i++
				return c.entry(crowdKey(i), op.KindUndelegate, op.EncodeContent(op.Undelegate{}))
			}
		}},
		worstEntry{name: "close/one ballot among delegators to somebody else", open: func(c *crowd) func() *op.Entry {
			delegateAll(c, 1)
			return func() *op.Entry { return closeOfOne(c) }
		}},
		worstEntry{name: "close/one ballot after delegations to somebody else ended", open: func(c *crowd) func() *op.Entry {
			delegateAllUntil(c, 1, c.sc.at.TimeMs+10_000_000)
			return func() *op.Entry { return closeOfOne(c) }
		}},
	)
}

// delegateAll lets everybody but the first two delegate to one of them.
func delegateAll(c *crowd, to int) { delegateAllUntil(c, to, 0) }

func delegateAllUntil(c *crowd, to int, expiresMs int64) {
	for i := 2; i < len(c.sc.s.agents.list); i++ {
		c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(to), ExpiresMs: expiresMs}))
	}
	c.sc.at.TimeMs += 1000
}

// wideNet makes a chain of agents who each give sixteen parts, from agent 1 on: on
// all tracks together more delegations than are looked at.
func wideNet(c *crowd) {
	const givers = 40
	part := int64(10_000)
	for k := range maxDelegates {
		c.sc.at.TimeMs += 1000
		for i := 1; i < givers; i++ {
			to := crowdKey(givers + k + 1)
			if k == maxDelegates-1 {
				to = crowdKey(i + 1)
			}
			c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: to, SharePPM: &part}))
		}
	}
}

// closeOfOne holds a vote with one ballot and returns its close.
func closeOfOne(c *crowd) *op.Entry {
	id := c.propose()
	c.sc.at.TimeMs += 2000
	c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
	c.sc.at.TimeMs += 100_001_000
	for {
		f := c.sc.s.Due(c.sc.at)
		if f.Kind == op.KindClose {
			return c.entry(c.sc.s.Operator(), f.Kind, op.EncodeContent(f.Content))
		}
		c.apply(c.sc.s.Operator(), f.Kind, op.EncodeContent(f.Content))
	}
}
