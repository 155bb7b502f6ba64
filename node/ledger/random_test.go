package ledger

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/econd/econd/voting"
)

// Whatever is tried in whatever order: nothing panics, a refusal changes
// nothing that a view shows, what was accepted replays to the same state, and
// the sats and counts that the state keeps add up.
func TestRandomLogs(t *testing.T) {
	names := []string{"a", "b", "c", "operator"}
	holds := []string{"s0", "s1", "s2", "p0", "p1", "p2", "d0", "bet"}
	rapid.Check(t, func(rt *rapid.T) {
		sc := newScenario(t)
		sc.file = "random"
		sc.freeTrack()
		sc.command([]string{"set", "tracks.signal.counting", rapid.SampledFrom([]string{"single-choice", "fractional", "approval",
			"ranked-choice", "copeland", "weighted", "quadratic", "quadratic-credits"}).Draw(rt, "counting")})
		sc.command([]string{"set", "tracks.signal.propose_stake_sat", "0"})
		sc.command([]string{"set", "tracks.price.delegation", fmt.Sprintf("{max_depth: %d, cap_ppm: %d, cooldown_s: %d}",
			rapid.IntRange(0, 3).Draw(rt, "depth"), rapid.SampledFrom([]int{0, 400000}).Draw(rt, "cap"), rapid.IntRange(0, 2).Draw(rt, "rest"))})
		sc.command([]string{"set", "tracks.price.actions", "[set-price, pay, webhook]"})
		for _, line := range []string{"track bets signal", "set tracks.bets.collateral_sat 50", "set tracks.bets.weight {kind: one}",
			"set tracks.bets.counting single-choice", "set tracks.bets.grace_s 100", "set tracks.bets.quorum {kind: none}",
			"set tracks.bets.evaluation {max_period_s: 100, min_reporters: 1, max_reporters: 2, least_reports: 1, pool: reserve, max_reward_sat: 500}"} {
			sc.command(strings.Fields(line))
		}
		sc.command([]string{"set", "tracks.price.rage_quit", "true"})
		sc.command([]string{"set", "exit", fmt.Sprintf("{pools: [reserve], retention_ppm: %d, share: %s, within_s: %d}", rapid.SampledFrom([]int{0, 500000}).Draw(rt, "retention"),
			rapid.SampledFrom([]string{"stake", "brought-in"}).Draw(rt, "share"), rapid.SampledFrom([]int{0, 30}).Draw(rt, "within"))})
		sc.command([]string{"track", "fund", "signal"})
		for _, set := range [][]string{{"counting", "single-choice"}, {"actions", "[pay]"}, {"weight", "{kind: conviction}"}, {"quorum", "{kind: none}"}, {"timelock_s", "1"},
			{"conviction", "{decay: 5000000, rho_ppm: 2500, beta_ppm: 500000, least_stake_ppm: 100000, step_s: 2, high_water_window_s: 5}"}} {
			sc.command([]string{"set", "tracks.fund." + set[0], set[1]})
		}
		sc.command([]string{"guardians", "2", "a", "b"})
		lively := rapid.Bool().Draw(rt, "lively") // decisions come about more often, and there are sats to pay
		if lively {
			for _, set := range [][]string{{"weight", "{kind: one}"}, {"quorum", "{kind: eligible, share_ppm: 1}"}, {"pass", "{kind: majority}"},
				{"collateral_sat", "1000"}, {"propose_stake_sat", "0"},
				{"voting_period_s", "6"}, {"late_quorum_s", "2"}, {"timelock_s", "1"}, {"grace_s", "100"}, {"max_open_per_agent", "0"}} {
				sc.command([]string{"set", "tracks.price." + set[0], set[1]})
			}
		}
		sc.command([]string{"agent", "a", "b", "c"})
		if lively {
			for _, line := range []string{"a deposit d1 reserve 4000", "lock d1", "settled d1",
				`a act first price [{"type":"pay","pool":"reserve","to":"@a","sat":300},{"type":"webhook","url":"https://example.org/","data":{}}]`,
				"lock first", "wait 3s", "a vote first for", "wait 20s", "state first queued", "wait 3s", "state first executed",
				"b bet bet bets 100 30 1 c speed:ms:100:down:200000", "lock bet", "wait 3s", "a vote bet for", "wait 14s", "state bet queued", "wait 2s", "state bet evaluating", "wait 1s"} {
				sc.command(strings.Fields(line))
			}
		}
		if lively && rapid.Bool().Draw(rt, "dissent") { // a decision that b may leave for
			for _, line := range []string{"agent d", "a stake s0 5000", "b stake s1 3000", "lock s0", "lock s1", "b deposit db reserve 2000", "lock db", "settled db", "wait 1s",
				"a propose p0 price operations 12 10", "lock p0", "wait 3s", "a vote p0 for", "d vote p0 for", "b vote p0 against", "wait 5001ms"} {
				sc.command(strings.Fields(line))
			}
		}
		named := map[string]string{} // payout -> preimage of the last invoice
		pick := func(label string, from []string) string { return rapid.SampledFrom(from).Draw(rt, label) }
		for i := range rapid.IntRange(10, 80).Draw(rt, "steps") {
			sc.at.TimeMs++ // so that no two events are the same one
			who, hold := pick("who", names), pick("hold", holds)
			var f []string
			switch rapid.IntRange(0, 29).Draw(rt, "what") {
			case 0:
				f = []string{who, "stake", pick("stake", holds[:3]), fmt.Sprint(rapid.IntRange(900, 30000).Draw(rt, "sat"))}
			case 1:
				f = []string{who, "propose", pick("prop", holds[3:6]), "price", "operations", fmt.Sprint(10 + i), "10"}
			case 2, 3:
				f = []string{"lock", hold}
				if asked, ok := sc.s.Hold(sc.labels[hold]); ok && rapid.Bool().Draw(rt, "otherwise") {
					f = append(f, fmt.Sprintf("%d.%d", asked.AmountSat+rapid.Int64Range(-1, asked.AmountSat).Draw(rt, "more"), rapid.IntRange(0, 999).Draw(rt, "rest")),
						"until", fmt.Sprint(int(sc.at.Height)+rapid.IntRange(20, 60).Draw(rt, "expiry")))
				}
			case 4, 5, 6:
				f = []string{who, "vote", pick("prop", holds[3:6]), pick("choice", []string{"for", "against", "abstain"})}
			case 7:
				f = []string{who, pick("end", []string{"cancel", "veto", "release"}), hold}
			case 8:
				f = []string{pick("fact", []string{"settled", "cancelled"}), hold}
				if rapid.IntRange(0, 3).Draw(rt, "never seen locked") == 0 {
					f = []string{"settled", hold, "40000"}
				}
			case 9:
				f = []string{who, "rate", pick("provider", names), "50", fmt.Sprint(rapid.IntRange(-10, 10).Draw(rt, "rating")), fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "pay"))}
			case 10:
				f = []string{who, "bind"}
			case 11:
				sc.command([]string{"wait", fmt.Sprintf("%ds", rapid.IntRange(1, 12).Draw(rt, "s"))})
				continue
			case 13:
				f = []string{who, "delegate", pick("to", names), "share", fmt.Sprint(rapid.SampledFrom([]int{1, 300000, 500000, 1000000}).Draw(rt, "share"))}
			case 14:
				f = []string{who, pick("how", []string{"delegate", "undelegate"}), pick("to", names), "on", "price"}
			case 15:
				f = []string{who, "poll", pick("prop", holds[3:6]), "signal", "red", "green"}
			case 16:
				f = []string{who, "vote", pick("prop", holds[3:6]), pick("ballot", []string{`{"1":900}`, `[1,2]`, `[2]`, `[]`, `{"1":600000,"2":400000}`, `{"2":3}`, `{"1":0}`, `{}`})}
			case 17:
				f = []string{who, "pause", pick("tracks", []string{"price", "signal,price"}), pick("until", []string{"5s", "same", "lift"})}
			case 18:
				f = []string{who, "deposit", "d0", "reserve", fmt.Sprint(rapid.IntRange(1, 5000).Draw(rt, "deposit"))}
			case 19:
				f = []string{who, "act", pick("prop", holds[3:6]), "price", fmt.Sprintf(`[{"type":"pay","pool":"reserve","to":"@a","sat":%d},{"type":"webhook","url":"https://example.org/","data":{}}]`,
					rapid.IntRange(1, 900).Draw(rt, "pay"))}
				if rapid.Bool().Draw(rt, "by conviction") {
					f[3], f[4] = "fund", fmt.Sprintf(`[{"type":"pay","pool":"reserve","to":"@a","sat":%d}]`, rapid.IntRange(1, 900).Draw(rt, "ask"))
				}
			case 20:
				n := fmt.Sprint(rapid.IntRange(1, max(1, sc.s.Payouts())).Draw(rt, "payout"))
				f = []string{pick("payee", []string{"a", "a", "b"}), "claim", n, fmt.Sprint(rapid.IntRange(1, 900).Draw(rt, "sat")), fmt.Sprint(i)}
				if v, ok := sc.s.Payout(sc.payout(n)); ok && rapid.IntRange(0, 3).Draw(rt, "wrong amount") > 0 {
					f[3] = fmt.Sprint(v.AmountSat)
				}
				named[n] = f[4]
			case 21:
				n := fmt.Sprint(rapid.IntRange(1, max(1, sc.s.Payouts())).Draw(rt, "payout"))
				f = [][]string{{"sent", n, named[n], "1001"}, {"sent", n, pick("by hand", []string{"other", named[n]}), "2000001"}, {"unsent", n, "no-route"},
					{"called", n, "204"}, {"uncalled", n, "gone"}}[rapid.IntRange(0, 4).Draw(rt, "fact")]
				if strings.HasSuffix(f[0], "called") && sc.number(n) > int64(len(sc.s.webhooks.list)) {
					continue
				}
			case 22, 23:
				f = []string{pick("better", names[:2]), "bet", pick("prop", holds[3:6]), "bets", "100", fmt.Sprint(rapid.IntRange(1, 20).Draw(rt, "period")), "1", "c", "speed:ms:100:down:200000"}
			case 24:
				f = []string{pick("reporter", names[1:3]), "reports", pick("bet", holds[3:]), "speed", fmt.Sprint(rapid.IntRange(79, 81).Draw(rt, "value"))}
			case 25:
				f = []string{who, "renews", hold, pick("next", holds[:6])}
			case 26:
				f = []string{who, "act", pick("prop", holds[3:]), "free", sc.randomActions(rt)}
			case 27:
				f = []string{who, "deposit", pick("stake", holds[:3]), "performance", "9000"}
			case 28:
				f = []string{who, "draw", pick("grant", []string{"1", "2"}), pick("sats", []string{"1", "1000", "1500"})}
			case 29:
				f = []string{pick("leaver", []string{"b", "b", "c"}), "exit", pick("prop", []string{"p0", "p0", "p1"})}
				if rapid.IntRange(0, 3).Draw(rt, "stays") == 0 {
					f = []string{"operator", "veto", "p0"}
				}
			case 12:
				f = []string{"height", fmt.Sprint(int(sc.at.Height) + rapid.IntRange(0, 40).Draw(rt, "blocks"))}
			}
			sc.enterDue()
			before := digest(sc.s)
			entries := len(sc.log)
			if err := sc.act(f); err != nil && len(sc.log) == entries && digest(sc.s) != before {
				t.Fatalf("%v was refused (%v) and changed the state: %s", f, err, firstDifference(before, digest(sc.s)))
			}
		}
		sc.enterDue()
		sc.checkReplay()
		checkSums(t, sc.s)
		checkSupports(t, sc.s)
		checkTurns(t, sc.s)
		checkParticipation(t, sc.log, sc.s)
	})
}

// checkSums recounts what the state keeps incrementally.
func checkSums(t *testing.T, s *State) {
	checkInflows(t, s)
	for i := range s.treasury.payouts { // whatever it is for, and however empty its pool was
		if p := &s.treasury.payouts[i]; p.feeSat < s.constitution.Payouts.FeeLimitSat(p.amountSat) {
			t.Fatalf("payout %s of %d sat for %s may cost %d on its way", p.id, p.amountSat, p.purpose, p.feeSat)
		}
	}
	for i := range s.agents.list {
		var stake uint64
		open := 0
		for _, h := range s.holds.list {
			if int(h.agent) != i {
				continue
			}
			if h.state.String() == "locked" && h.purpose == forStake {
				stake += uint64(h.paidSat)
			}
			if !h.state.Ended() {
				open++
			}
		}
		props, votes := 0, 0
		on := map[string]int64{}
		for j := range s.proposals.list {
			p := &s.proposals.list[j]
			if i == 0 && p.close != nil {
				checkOutcome(t, s, p)
			}
			if int(p.proposer) == i && !s.phase(p).Final() && (p.life.End == 0 || p.evaluating()) {
				props++
				on[p.track.Name]++
			}
			if _, voted := p.ballotAt[slot(i)]; voted && p.close == nil && p.life.End == 0 {
				votes++
			}
		}
		a := &s.agents.list[i]
		if a.stakeSat.Now() != stake || a.openHolds != open || a.openProps != props || s.proposals.openVotes(a) != votes {
			t.Fatalf("agent %d keeps stake %d, %d holds, %d proposals, %d votes; recounted %d, %d, %d, %d", i,
				a.stakeSat.Now(), a.openHolds, a.openProps, s.proposals.openVotes(a), stake, open, props, votes)
		}
		for _, track := range s.constitution.Tracks {
			if got := s.proposals.openBy[agentTrack{slot(i), track.Name}].count; got != on[track.Name] {
				t.Fatalf("agent %d keeps %d proposals open on track %s, recounted %d", i, got, track.Name, on[track.Name])
			}
		}
	}
	checkCourses(t, s)
	checkClasses(t, s)
	for _, k := range s.weights.weighed {
		c := s.weights.classes[k]
		var total uint64
		for i := range s.agents.list {
			if s.agents.list[i].leftSeq == 0 {
				total += c.rule.Weight(s.basisNow(&s.agents.list[i]))
			}
		}
		if c.total.Now() != total {
			t.Fatalf("class %+v keeps a total of %d, recounted %d", c.rule, c.total.Now(), total)
		}
		checkSnapshot(t, s, &c)
	}
}

// checkSnapshot holds what a vote that starts in this millisecond would be taken
// of against the weights that agents would have in it.
func checkSnapshot(t *testing.T, s *State, c *weightClass) {
	var sum uint64
	now := s.clock.TimeMs
	for i := range s.agents.list {
		if a := &s.agents.list[i]; a.registeredMs < now && !a.leftBefore(now) {
			sum += c.rule.Weight(s.basisBefore(a, now))
		}
	}
	if got := c.total.Before(now); got != sum {
		t.Fatalf("class %+v: a vote from %d on would be taken of %d, weights add up to %d", c.rule, now, got, sum)
	}
}

// checkSupports recounts the stake behind proposals on conviction tracks.
func checkSupports(t *testing.T, s *State) {
	var staked, behind uint64
	for i := range s.agents.list {
		staked += s.agents.list[i].stakeSat.Now()
	}
	for i := range s.agents.list {
		var own uint64
		for _, k := range s.agents.list[i].supports {
			if s.proposals.list[k].binds() {
				own += s.proposals.supported(k, slot(i))
			}
		}
		if have := s.agents.list[i].stakeSat.Now(); own > have {
			t.Fatalf("agent %d has %d sat behind proposals and %d staked", i, own, have)
		}
		behind += own
	}
	if h := s.stakes.behind["fund"]; h != nil && h.Current != behind || s.stakes.locked.Current != staked {
		t.Fatalf("%d sat are behind proposals and %d locked; kept %+v and %d", behind, staked, h, s.stakes.locked.Current)
	}
}

// checkInflows recounts what came into the pools, and holds what everybody's part
// in them comes to against what they hold.
func checkInflows(t *testing.T, s *State) {
	for pool := range s.treasury.inflows {
		var all, own, parts int64
		oldest := s.oldestInflowMs()
		for _, x := range s.treasury.inflows[pool].list {
			if x.sat < 0 {
				t.Fatalf("%d sat of an inflow into pool %d count", x.sat, pool)
			}
			if x.atMs >= oldest {
				all += x.sat
			}
		}
		for at := range s.agents.list {
			brought := s.broughtIn(slot(at), pool, s.clock.TimeMs)
			if (s.agents.list[at].leaving != nil || s.agents.list[at].leftSeq != 0) && brought != 0 {
				t.Fatalf("agent %d has left or will, and %d sat of it count in pool %d", at, brought, pool)
			}
			part := voting.BroughtInShare(brought, all, s.treasury.poolSats[pool])
			if part > brought {
				t.Fatalf("agent %d brought %d into pool %d, its part is %d", at, brought, pool, part)
			}
			own, parts = own+brought, parts+part
		}
		if all != s.cameIn(pool, s.clock.TimeMs) || own > all || parts > s.treasury.poolSats[pool] {
			t.Fatalf("pool %d holds %d, keeps that %d came in; recounted %d, of which agents brought %d, their parts come to %d",
				pool, s.treasury.poolSats[pool], s.cameIn(pool, s.clock.TimeMs), all, own, parts)
		}
	}
	checkGone(t, s)
}

// checkOutcome holds a close entry against its ballots: what counts is their
// weight and what was delegated to them, and no more than the eligible.
func checkOutcome(t *testing.T, s *State, p *proposal) {
	var direct uint64
	for _, b := range p.ballots {
		direct += b.weight
	}
	c := p.close
	if got := uint64(c.For + c.Against + c.Abstain); got != direct+uint64(c.Delegation.Delegated) {
		t.Fatalf("%d counted, %d cast and %d delegated", got, direct, c.Delegation.Delegated)
	}
	if got := uint64(c.For + c.Against + c.Abstain + c.Delegation.Unrepresented); got > uint64(c.Eligible) {
		t.Fatalf("%d counted or unrepresented of %d eligible", got, c.Eligible)
	}
	if c.Winner > int64(len(p.options)) || len(c.Scores.List()) != len(p.options) {
		t.Fatalf("option %d of %v wins with scores %s", c.Winner, p.options, c.Scores)
	}
}
