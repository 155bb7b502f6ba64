package ledger

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
)

// The dearest facts, whose units rise with what they count, and operations where
// many have stake or offer themselves as jurors.
func init() {
	worstEntries = append(worstEntries,
		worstEntry{name: "epoch/all stake, five receipts each", rules: func(sc *scenario) { sc.set("epoch_s", "100000") }, open: func(c *crowd) func() *op.Entry {
			stakeAll(c)
			rateAll(c, 5)
			return func() *op.Entry {
				c.sc.at.TimeMs += 100_000_001
				return c.due(op.KindEpoch)
			}
		}},
		worstClose("single-choice", "for", func(int) op.Raw { return nil }),
		worstClose("approval", "ballot", func(int) op.Raw { return ranking(maxOptions, 0) }),
		worstClose("ranked-choice", "ballot", func(i int) op.Raw { return ranking(maxOptions, i) }),
		worstClose("copeland", "ballot", func(i int) op.Raw { return ranking(maxOptions, i) }),
		worstClose("weighted", "ballot", sharing),
		worstClose("quadratic", "ballot", sharing),
		worstEntry{name: "vote/conviction, 100 proposals", rules: convictionRules, open: func(c *crowd) func() *op.Entry {
			gatherMany(c)
			i := 0
			return func() *op.Entry {
				i++
				return c.entry(secretOf("alice").Public(), op.KindVote, op.EncodeContent(op.Vote{Proposal: c.sc.labels["p7"],
					Choice: "ballot", Ballot: op.Raw(fmt.Sprintf(`{"1":%d}`, 100+i%100))}))
			}
		}},
		worstEntry{name: "juror/among jurors", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			i := 1 << 20
			return func() *op.Entry {
				i++
				c.apply(crowdKey(i), op.KindRegister, `{"name":"x"}`)
				return c.entry(crowdKey(i), op.KindJuror, op.EncodeContent(op.Juror{Fields: []string{"models"}}))
			}
		}},
		worstEntry{name: "draw/all are jurors", rules: disputeRules, open: func(c *crowd) func() *op.Entry {
			offerAll(c)
			c.sc.commands("agent alice", "alice stake s 20000", "lock s until 950")
			n := 0
			return func() *op.Entry {
				n++
				challenge(c, n)
				c.sc.command([]string{"height", fmt.Sprint(c.sc.at.Height + 2)})
				return c.due(op.KindDraw)
			}
		}, once: true},
	)
}

// due enters what is due until it is a fact of that kind, and returns its entry.
func (c *crowd) due(kind op.Kind) *op.Entry {
	for {
		f := c.sc.s.Due(c.sc.at)
		if f == nil {
			c.b.Fatalf("no %v is due", kind)
		}
		if f.Kind == kind {
			return c.entry(c.sc.s.Operator(), f.Kind, op.EncodeContent(f.Content))
		}
		c.apply(c.sc.s.Operator(), f.Kind, op.EncodeContent(f.Content))
	}
}

// stakeAll gives everybody a stake of another size.
func stakeAll(c *crowd) {
	for i := range c.sc.s.agents.list {
		c.sc.s.setStake(slot(i), uint64(1000+i%1000))
	}
}

// rateAll gives everybody so many receipts by others.
func rateAll(c *crowd, each int) {
	n := len(c.sc.s.agents.list)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		for k := range each {
			by := (i + 1 + rng.IntN(n/each-1)*each + k) % n
			r := reputation.Receipt{Consumer: uint32(by), Provider: uint32(i), Sats: 1000, Rating: 5, TimeMs: c.sc.at.TimeMs}
			if err := c.sc.s.scores.book.Add(r); err != nil {
				c.b.Fatal(err)
			}
		}
	}
}

// worstClose is the close of a vote in which one in ten has a ballot of the most
// answers.
func worstClose(method, choice string, ballot func(i int) op.Raw) worstEntry {
	options := []string(nil)
	if choice == "ballot" {
		for i := range maxOptions {
			options = append(options, fmt.Sprint("option ", i))
		}
	}
	return worstEntry{name: "close/" + method,
		rules: func(sc *scenario) {
			sc.set("tracks.signal.counting", method)
			sc.set("epoch_s", "31622400")
		},
		open: func(c *crowd) func() *op.Entry {
			return func() *op.Entry {
				id := c.apply(crowdKey(0), op.KindPropose, op.EncodeContent(op.Propose{Track: "signal", Title: "t", Actions: []op.Raw{}, Options: options}))
				c.sc.at.TimeMs += 2000
				for i := range len(c.sc.s.agents.list) / 10 {
					c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: choice, Ballot: ballot(i)}))
				}
				c.sc.at.TimeMs += 100_001_000
				return c.due(op.KindClose)
			}
		}}
}

// ranking names all options, from one of them on.
func ranking(options, from int) op.Raw {
	list := make([]string, options)
	for k := range list {
		list[k] = fmt.Sprint((from+k)%options + 1)
	}
	return op.Raw("[" + strings.Join(list, ",") + "]")
}

// sharing gives every option a part.
func sharing(i int) op.Raw {
	list := make([]string, maxOptions)
	for k := range list {
		list[k] = fmt.Sprintf(`"%d":%d`, k+1, (i+k)%97+1)
	}
	return op.Raw("{" + strings.Join(list, ",") + "}")
}

func convictionRules(sc *scenario) {
	for _, line := range []string{"track fund signal", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
		"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_delay_s 0", "set tracks.fund.voting_period_s 2592000",
		"set tracks.fund.conviction {decay: 9999000, rho_ppm: 50000, beta_ppm: 500000, least_stake_ppm: 50000, step_s: 60, high_water_window_s: 600000}"} {
		sc.command(strings.Fields(line))
	}
}

// convictionTracksOf makes so many conviction tracks: fund, more-0, more-1 and so on.
func convictionTracksOf(tracks int) func(*scenario) {
	return func(sc *scenario) {
		convictionRules(sc)
		for k := range tracks - 1 {
			sc.command([]string{"track", fmt.Sprint("more-", k), "fund"})
		}
	}
}

// gatherEverywhere brings as many proposals as there may be on many conviction tracks,
// beside those with stake behind them on the first.
func gatherEverywhere(c *crowd) {
	gatherMany(c)
	for _, t := range c.sc.s.constitution.Tracks {
		if t.Conviction == nil || t.Name == "fund" {
			continue
		}
		for c.sc.s.gatheringFull(t.Name) == "" {
			c.sc.commands("wait 61s", fmt.Sprintf(`alice act %s-%d %[1]s [{"type":"pay","pool":"reserve","to":"@bob","sat":20000}]`, t.Name, c.sc.s.proposals.startedOn[t.Name]))
		}
	}
}

// gatherMany brings as many proposals on a conviction track as there may be, some
// with stake behind them.
func gatherMany(c *crowd) {
	c.sc.commands("agent alice bob", "alice stake s 20000", "lock s", "bob stake t 30000", "lock t", "alice deposit d reserve 100000", "lock d", "settled d", "wait 1s")
	for i := 0; c.sc.s.gatheringFull("fund") == ""; i++ {
		c.sc.commands("wait 61s", fmt.Sprintf(`alice act p%d fund [{"type":"pay","pool":"reserve","to":"@bob","sat":%d}]`, i, 20000+100*i))
	}
	for i := range maxSupports - 1 {
		c.sc.commands("wait 61s", fmt.Sprintf(`alice vote p%d {"1":%d}`, i, 100+i), fmt.Sprintf(`bob vote p%d {"1":%d}`, i+maxSupports, 100+i))
	}
}

func disputeRules(sc *scenario) {
	for _, line := range []string{"set epoch_s 31622400", "set disputes {juror_bond_sat: 10000, fields: [models]}", "set tracks.price.timelock_s 20",
		"set tracks.price.max_open_per_agent 0", "set tracks.price.weight {kind: stake}", "set tracks.price.collateral_sat 0", "set tracks.price.propose_stake_sat 0",
		"set tracks.price.dispute {field: models, window_s: 20, bond_sat: 20000, jurors: 5, commit_s: 5, reveal_s: 5, appeal_s: 5, max_rounds: 1, seats: weight}"} {
		sc.command(strings.Fields(line))
	}
}

// offerAll makes everybody a juror of some weight.
func offerAll(c *crowd) {
	s := c.sc.s
	for i := range s.agents.list {
		k := len(s.holds.list)
		var id op.ID
		binary.BigEndian.PutUint64(id[:], uint64(1<<40+i))
		s.holds.list = append(s.holds.list, hold{id: id, agent: slot(i), purpose: forJuror, subject: len(s.jurors.list),
			state: stake.Locked, expiryHeight: 1 << 24, lockedMs: s.clock.TimeMs})
		s.holds.at[id] = k
		s.jurors.at[slot(i)] = len(s.jurors.list)
		s.jurors.roll = append(s.jurors.roll, len(s.jurors.list))
		s.jurors.list = append(s.jurors.list, juror{agent: slot(i), hold: k, fields: []string{"models"}, slashedIn: -1, sinceMs: s.clock.TimeMs})
		s.agents.list[i].score.Set(s.clock.TimeMs, reputation.FlowOne/uint64(len(s.agents.list)))
		s.agents.list[i].praised.Set(s.clock.TimeMs, reputation.FlowOne/uint64(len(s.agents.list)))
	}
	c.sc.at.TimeMs += 1000
}

// challenge brings a decision and a bonded challenge of it.
func challenge(c *crowd, n int) {
	c.decide(n)
	c.sc.commands(fmt.Sprintf("alice dispute d%d p%[1]d fraud", n), fmt.Sprint("lock d", n))
}
