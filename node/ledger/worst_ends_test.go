package ledger

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The dearest entries that end something, or hold it up: votes, decisions, disputes.
func init() {
	worstEntries = append(worstEntries,
		worstEntry{name: "cancel/everybody voted", open: func(c *crowd) func() *op.Entry {
			return func() *op.Entry {
				id := c.propose()
				c.sc.at.TimeMs += 2000
				for i := range c.sc.s.agents.list {
					c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
				}
				return c.entry(c.sc.s.Operator(), op.KindCancel, op.EncodeContent(op.Cancel{Proposal: id, Reason: "x"}))
			}
		}},
		worstEntry{name: "veto/everybody else leaves by the decision", rules: leavingRules, linear: "who leaves by it: each stays, and paid for its announcement",
			open: func(c *crowd) func() *op.Entry {
				stakeOneByOne(c)
				return func() *op.Entry {
					id := c.dissent(1)
					for i := 1; i < len(c.sc.s.agents.list); i++ {
						c.goes(i, c.sc.s.proposals.at[id], false)
					}
					return c.entry(c.sc.s.Operator(), op.KindVeto, op.EncodeContent(op.Veto{Proposal: id, Reason: "x"}))
				}
			}},
		worstEntry{name: "execute/everybody else leaves by the decision", rules: leavingRules, open: func(c *crowd) func() *op.Entry {
			stakeOneByOne(c)
			id := c.dissent(1)
			for i := 1; i < len(c.sc.s.agents.list); i++ {
				c.goes(i, c.sc.s.proposals.at[id], false)
			}
			c.sc.at.TimeMs += 100_001_000
			e := c.due(op.KindExecute)
			return func() *op.Entry { return e }
		}, once: true},
		worstEntry{name: "execute/a track of a new weight rule, all delegate", rules: amendRules, open: func(c *crowd) func() *op.Entry {
			delegateAll(c, 0)
			n := 0
			return func() *op.Entry {
				n++
				id := c.apply(crowdKey(0), op.KindPropose, op.EncodeContent(op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{c.newTrack(n)}}))
				c.sc.at.TimeMs += 2000
				c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
				c.sc.at.TimeMs += 100_001_000
				c.enter(c.due(op.KindClose))
				c.sc.at.TimeMs += 1000*c.sc.s.constitution.Track("signal").TimelockS + 1
				e := c.due(op.KindExecute)
				if !strings.Contains(e.Event.Content, `"failure":""`) {
					c.b.Fatal(e.Event.Content)
				}
				return e
			}
		}},
		worstEntry{name: "propose/16 amend of whole tracks", rules: amendRules, open: func(c *crowd) func() *op.Entry {
			return func() *op.Entry {
				var list []op.Raw
				for n := range maxActions {
					list = append(list, c.newTrack(n))
				}
				return c.entry(crowdKey(0), op.KindPropose, op.EncodeContent(op.Propose{Track: "signal", Title: "t", Actions: list}))
			}
		}},
		worstEntry{name: "pause/all tracks, many proposals", rules: func(sc *scenario) { sc.set("guardians.max_pause_s", "1") }, open: func(c *crowd) func() *op.Entry {
			for i := range c.sc.s.agents.list {
				c.apply(crowdKey(i), op.KindPropose, `{"track":"signal","title":"t","text":"","actions":[]}`)
			}
			var tracks []string
			for _, t := range c.sc.s.constitution.Tracks {
				if len(t.Actions) != 1 || !t.Allows(constitution.ActionSetGuardians) {
					tracks = append(tracks, t.Name)
				}
			}
			return func() *op.Entry {
				c.sc.at.TimeMs += 3000
				return c.entry(c.sc.s.Operator(), op.KindPause, op.EncodeContent(op.Pause{Tracks: tracks, UntilMs: c.sc.at.TimeMs + 900, Reason: "x"}))
			}
		}},
		worstEntry{name: "dispute/after many that nobody paid", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
			n := 0
			return func() *op.Entry {
				n++
				c.decide(n)
				c.unpaidChallenges(n)
				return c.entry(secretOf("alice").Public(), op.KindDispute, op.EncodeContent(op.Dispute{Proposal: c.sc.labels[fmt.Sprint("p", n)], Ground: "harm", Text: strings.Repeat("x", maxText)}))
			}
		}},
		worstEntry{name: "juror-leave/among jurors", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			i := 0
			return func() *op.Entry {
				i++
				return c.entry(crowdKey(i), op.KindJurorLeave, op.EncodeContent(op.JurorLeave{}))
			}
		}},
		worstEntry{name: "appeal/after a ruling among jurors, all room for appeals taken", rules: func(sc *scenario) {
			appealRules(sc)
			unpaidRules(sc)
		}, open: func(c *crowd) func() *op.Entry {
			c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
			judged(c)
			for i := range constitution.MostUnpaid / 2 { // agents without stake have half of all room
				c.apply(crowdKey(i%200), op.KindAppeal, op.EncodeContent(op.Appeal{Dispute: c.sc.labels["d1"], Text: "x"}))
			}
			return func() *op.Entry {
				return c.entry(secretOf("alice").Public(), op.KindAppeal, op.EncodeContent(op.Appeal{Dispute: c.sc.labels["d1"], Text: strings.Repeat("x", maxText)}))
			}
		}, once: true},
		worstEntry{name: "draw-grant/after many deposits", open: func(c *crowd) func() *op.Entry {
			c.sc.commands("agent alice")
			s := c.sc.s
			at := s.agents.at[secretOf("alice").Public()]
			for k := range 1000 {
				s.bring(k%len(s.treasury.poolSats), at, 1000)
			}
			now := s.clock.TimeMs
			for i := range s.agents.list {
				id := fmt.Sprint("g", i)
				s.treasury.grantAt[id] = len(s.treasury.grants)
				s.treasury.grants = append(s.treasury.grants, grant{id: id, agent: at, totalSat: 1 << 40, startMs: now, cliffMs: now, endMs: now + 1})
			}
			c.sc.at.TimeMs += 1000
			return func() *op.Entry {
				return c.entry(secretOf("alice").Public(), op.KindDrawGrant, op.EncodeContent(op.DrawGrant{Grant: "g7", Sat: 2000}))
			}
		}},
		worstEntry{name: "dispute-close/every juror asked to leave", rules: appealRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
			challenge(c, 1)
			for i := range c.sc.s.jurors.list {
				c.apply(crowdKey(i), op.KindJurorLeave, op.EncodeContent(op.JurorLeave{}))
			}
			c.sc.command([]string{"height", fmt.Sprint(c.sc.at.Height + 2)})
			c.enter(c.due(op.KindDraw))
			c.sc.at.TimeMs += 10_001
			c.enter(c.due(op.KindRuling))
			c.sc.at.TimeMs += 5001
			e := c.due(op.KindDisputeClose)
			return func() *op.Entry { return e }
		}, once: true},
	)
}

// appealRules are disputeRules with a second round, of which experts could be drawn
// until the end.
// judged challenges a decision among jurors up to the ruling of its first round.
func judged(c *crowd) {
	offerAll(c)
	challenge(c, 1)
	c.sc.command([]string{"height", fmt.Sprint(c.sc.at.Height + 2)})
	c.enter(c.due(op.KindDraw))
	c.sc.at.TimeMs += 10_001
	c.enter(c.due(op.KindRuling))
}

func appealRules(sc *scenario) {
	disputeRules(sc)
	sc.set("tracks.price.dispute.max_rounds", "2")
}

func amendRules(sc *scenario) {
	for _, x := range [][2]string{{"actions", "[amend]"}, {"quorum", "{kind: eligible, share_ppm: 1}"}, {"pass", "{kind: share, share_ppm: 666667}"}} {
		sc.set("tracks.signal."+x[0], x[1])
	}
	sc.set("epoch_s", "31622400")
}

// newTrack is an action that adds a track with a weight rule of its own.
func (c *crowd) newTrack(n int) op.Raw {
	t := *c.sc.s.constitution.Track("signal")
	t.Name, t.Weight.BondSat = fmt.Sprint("track-", n), uint64(n+1)
	return op.Raw(fmt.Sprintf(`{"type":"amend","path":"/tracks/%s","value":%s,"expect":null}`, t.Name, op.EncodeContent(t)))
}

// decide brings the n-th decision that can be challenged.
func (c *crowd) decide(n int) {
	for _, line := range []string{"alice propose p%d price operations 25 10", "wait 3s", "alice vote p%d for", "wait 13s"} {
		c.sc.commands(strings.ReplaceAll(line, "%d", fmt.Sprint(n)))
	}
}

// unpaidChallenges records as many challenges of a decision as there are agents, all
// void since nobody locked their bonds.
func (c *crowd) unpaidChallenges(n int) {
	s := c.sc.s
	i := s.proposals.at[c.sc.labels[fmt.Sprint("p", n)]]
	for k := range s.agents.list {
		d := len(s.disputes.list)
		s.disputes.list = append(s.disputes.list, dispute{id: op.ID{byte(k), byte(k >> 8), byte(k >> 16), byte(n), 7}, proposal: i, ground: "harm", rule: *s.proposals.list[i].track.Dispute})
		s.proposals.list[i].disputes, s.proposals.list[i].standing = append(s.proposals.list[i].disputes, d), append(s.proposals.list[i].standing, d)
	}
	for k := len(s.disputes.list) - 1; k >= 0 && s.disputes.list[k].proposal == i && s.disputes.list[k].state == disputeUnbonded; k-- {
		s.voidDispute(k, "nobody paid")
	}
}
