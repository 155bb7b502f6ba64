package ledger

import (
	"crypto/sha256"
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// The dearest entries of holds and receipts.
func init() {
	worstEntries = append(worstEntries,
		worstEntry{name: "lock-stake/all room is taken", rules: unpaidRules, open: func(c *crowd) func() *op.Entry {
			unpaidEverywhere(c)
			return func() *op.Entry {
				return c.entry(crowdKey(199), op.KindLockStake, op.EncodeContent(op.LockStake{AmountSat: 20000}))
			}
		}},
		worstEntry{name: "deposit/all room is taken", rules: unpaidRules, open: func(c *crowd) func() *op.Entry {
			unpaidEverywhere(c)
			return func() *op.Entry {
				return c.entry(crowdKey(199), op.KindDeposit, op.EncodeContent(op.Deposit{Pool: "reserve", AmountSat: 20000}))
			}
		}},
		worstEntry{name: "release-stake/ballots in many votes", refused: "stake-votes", open: func(c *crowd) func() *op.Entry {
			c.sc.commands("agent alice", "alice stake s 20000", "lock s")
			for range 100 {
				id := c.propose()
				c.sc.at.TimeMs += 2000
				c.apply(secretOf("alice").Public(), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
			}
			return func() *op.Entry {
				return c.entry(secretOf("alice").Public(), op.KindReleaseStake, op.EncodeContent(op.ReleaseStake{Stake: c.sc.labels["s"]}))
			}
		}},
		worstEntry{name: "release-stake/behind 100 proposals by conviction", rules: convictionRules, open: releasesAfter(gatherMany)},
		worstEntry{name: "release-stake/100 proposals on 2 conviction tracks", rules: convictionTracksOf(2), open: releasesAfter(gatherEverywhere)},
		worstEntry{name: "hold-locked/stake behind 100 proposals by conviction", rules: convictionRules, open: func(c *crowd) func() *op.Entry {
			gatherMany(c)
			n := 0
			return func() *op.Entry {
				n++
				c.sc.commands(fmt.Sprintf("alice stake l%d 1000", n), "wait 61s")
				return c.locks(fmt.Sprint("l", n), 1000)
			}
		}, once: true},
		worstEntry{name: "hold-locked/a challenge among jurors", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
			n := 0
			return func() *op.Entry {
				n++
				c.decide(n)
				c.sc.commands(fmt.Sprintf("alice dispute d%d p%[1]d fraud", n))
				return c.locks(fmt.Sprint("d", n), 20000)
			}
		}, once: true},
		worstEntry{name: "hold-cancelled/a juror among jurors", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			i := 0
			return func() *op.Entry {
				i++
				h := &c.sc.s.holds.list[c.sc.s.jurors.list[i].hold]
				return c.entry(c.sc.s.Operator(), op.KindHoldCancelled, op.EncodeContent(op.HoldCancelled{Hold: h.id, Reason: "x"}))
			}
		}},
		worstEntry{name: "receipt/many receipts, an old record", open: func(c *crowd) func() *op.Entry {
			c.sc.commands("agent p q", "p bind", "q bind")
			rateAll(c, 5)
			n := 0
			return func() *op.Entry {
				n++
				preimage := op.Hash(sha256.Sum256(fmt.Append(nil, n)))
				return c.entry(secretOf("q").Public(), op.KindReceipt, op.EncodeContent(op.Receipt{Provider: secretOf("p").Public(), Rating: 5, Preimage: preimage,
					Invoice: c.sc.invoice(nodeOf("p"), sha256.Sum256(preimage[:]), 1000)}))
			}
		}, once: true},
	)
}

func unpaidRules(sc *scenario) {
	sc.set("stake.max_unpaid", fmt.Sprint(constitution.MostUnpaid))
	sc.set("stake.max_unpaid_per_agent", "1000")
	sc.set("stake.max_per_agent", "1000")
}

// unpaidEverywhere takes all room there is for invoices that nobody paid, by a few
// agents of a little stake.
func unpaidEverywhere(c *crowd) {
	s := c.sc.s
	for k := range constitution.MostUnpaid {
		at := slot(k % 100)
		c.n++
		s.setStake(at, 1)
		e := c.entry(crowdKey(int(at)), op.KindLockStake, "{}")
		i := s.newHold(e, at, 20000, forStake, -1)
		s.holds.list[i].state = stake.Offered
	}
	s.setStake(199, 10)
	c.sc.at.TimeMs += 2 * payInMs
}

// locks is the fact that a hold was locked, by its label.
func (c *crowd) locks(label string, sat int64) *op.Entry {
	i := c.sc.s.holds.at[c.sc.labels[label]]
	return c.entry(c.sc.s.Operator(), op.KindHoldLocked, op.EncodeContent(op.HoldLocked{Hold: c.sc.s.holds.list[i].id, AmountSat: sat,
		ExpiryHeight: max(c.sc.at.Height+144, c.sc.s.holds.list[i].leastExpiry)}))
}

// releasesAfter begins with what open brings about, and returns the entries by which alice
// releases one stake after the other.
func releasesAfter(open func(*crowd)) func(*crowd) func() *op.Entry {
	return func(c *crowd) func() *op.Entry {
		open(c)
		n := 0
		return func() *op.Entry {
			n++
			name := fmt.Sprint("r", n)
			c.sc.commands("alice stake "+name+" 1000", "lock "+name, "wait 61s")
			return c.entry(secretOf("alice").Public(), op.KindReleaseStake, op.EncodeContent(op.ReleaseStake{Stake: c.sc.labels[name]}))
		}
	}
}
