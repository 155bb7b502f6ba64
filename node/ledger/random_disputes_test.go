package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/econd/econd/stake"
)

// Two decisions wait for their execution, five experts for a jury, and whatever
// is tried happens in whatever order: nothing panics, a refusal changes nothing,
// the log replays to the same state, every sat is somewhere, and whoever is bound
// by nothing is bound by nothing.
func TestRandomDisputes(t *testing.T) {
	bonds := []string{"c0", "c1", "c2", "x0", "x1", "bond-j1", "bond-j2", "bond-j3", "bond-j4", "bond-j5", "bond-k", "p", "q"}
	rapid.Check(t, func(rt *rapid.T) {
		sc := newScenario(t)
		sc.file = "random"
		seats := rapid.SampledFrom([]string{"", ", seats: weight", ", seats: weight, field_times: 2, least_score_ppm: 20000, seniority_s: 2"}).Draw(rt, "seats")
		for _, line := range []string{
			"set disputes {juror_bond_sat: 3000, fields: [models]}",
			"set tracks.price.timelock_s 20", "set tracks.price.max_open_per_agent 0",
			"set tracks.price.dispute {field: models, window_s: 20, after_s: 20, bond_sat: 2000, jurors: 1, commit_s: 3, reveal_s: 3, appeal_s: 3, max_rounds: 2" + seats + "}",
			"agent alice carol k", "alice stake s1 20000", "lock s1", "wait 1s", "experts models j1 j2 j3 j4 j5",
			"alice propose p price operations 25 10", "alice propose q price events 7 0", "lock p", "lock q",
			"wait 3s", "alice vote p for", "alice vote q for", "wait 13s", "state p queued",
		} {
			sc.command(strings.Fields(line))
		}
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, label) }
		for i := range rapid.IntRange(10, 60).Draw(rt, "steps") {
			sc.at.TimeMs++ // so that no two events are the same one
			d, who := pick("dispute", "c0", "c0", "c1", "c2"), pick("who", "carol", "k", "alice", "j1", "j2", "j3")
			_, known := sc.s.disputes.at[sc.labels[d]]
			var f []string
			switch rapid.IntRange(0, 11).Draw(rt, "what") {
			case 0, 1:
				f = []string{who, "dispute", d, pick("prop", "p", "q"), pick("ground", Grounds()[:3]...)}
			case 2, 3:
				f = []string{"lock", pick("bond", bonds[:5]...)}
				if asked, ok := sc.s.Hold(sc.labels[f[1]]); ok && rapid.Bool().Draw(rt, "otherwise") {
					f = append(f, fmt.Sprintf("%d.%d", asked.AmountSat+rapid.Int64Range(0, asked.AmountSat).Draw(rt, "more"), rapid.IntRange(0, 999).Draw(rt, "rest")),
						"until", fmt.Sprint(int(sc.at.Height)+rapid.IntRange(20, 60).Draw(rt, "expiry")))
				}
			case 4:
				f = []string{"block", fmt.Sprint(sc.at.Height + uint32(rapid.SampledFrom([]int{1, 2, 2, 2, 60}).Draw(rt, "blocks"))), fmt.Sprint(i)}
			case 5:
				f = []string{"everybody", "on", d, pick("vote", "uphold", "refuse")}
			case 6:
				f = []string{"opened", d, pick("vote", "uphold", "refuse")}
			case 7:
				sc.command([]string{"wait", pick("time", "1ms", "3s", "3s", "3s", "20s")})
				continue
			case 8:
				f = []string{who, "appeal", pick("appeal", "x0", "x1"), d}
			case 9:
				f = []string{pick("end", "settled", "settled", "cancelled"), pick("hold", bonds...)}
			case 10:
				f = []string{who, "leave"}
				if rapid.Bool().Draw(rt, "offers") {
					f = []string{"k", "juror", "bond-k", "models"}
				}
			case 11:
				f = []string{"operator", pick("stop", "veto", "cancel"), pick("prop", "p", "q")}
				if rapid.IntRange(0, 3).Draw(rt, "stops") > 0 {
					f = []string{who, pick("act", "commit", "reveal"), d, pick("vote", "uphold", "refuse")}
				}
			}
			if !known && (f[0] == "everybody" || f[0] == "opened" || f[1] == "commit" || f[1] == "reveal") {
				continue
			}
			sc.enterDue()
			before, entries := digest(sc.s), len(sc.log)
			if err := sc.act(f); err != nil && len(sc.log) == entries && digest(sc.s) != before {
				t.Fatalf("%v was refused (%v) and changed the state: %s", f, err, firstDifference(before, digest(sc.s)))
			}
		}
		sc.enterDue()
		sc.checkReplay()
		checkSums(t, sc.s)
		checkDisputes(t, sc.s)
	})
}

// checkDisputes recounts what disputes bind.
func checkDisputes(t *testing.T, s *State) {
	for i := range s.proposals.list {
		p, open := &s.proposals.list[i], 0
		for _, d := range p.disputes {
			if s.disputes.list[d].state == disputeOpen {
				open++
			}
		}
		if p.openDisputes != open || p.life.Disputed != (open > 0) {
			t.Fatalf("proposal %d counts %d open disputes and is disputed: %t; recounted %d", i, p.openDisputes, p.life.Disputed, open)
		}
	}
	var roll []int
	for i := range s.jurors.list {
		if !s.jurors.list[i].gone {
			roll = append(roll, i)
		}
	}
	onRoll := slices.DeleteFunc(slices.Clone(s.jurors.roll), func(i int) bool { return s.jurors.list[i].gone })
	if !slices.Equal(roll, onRoll) || len(onRoll)+s.jurors.struck != len(s.jurors.roll) {
		t.Fatalf("the roll of jurors is %v without %d, those not gone are %v", s.jurors.roll, s.jurors.struck, roll)
	}
	for i := range s.jurors.list {
		j := &s.jurors.list[i]
		switch {
		case slices.ContainsFunc(j.sits, func(d int) bool { return s.disputes.list[d].state != disputeOpen }):
			t.Fatalf("juror %d sits on the disputes %v, not all of them open", i, j.sits)
		case j.gone && s.holds.list[j.hold].state == stake.Locked:
			t.Fatalf("juror %d is gone and its bond is locked", i)
		case j.leaves && !j.gone && len(j.sits) == 0 && len(s.disputes.juryless) == 0:
			t.Fatalf("juror %d asked to leave, nothing binds it, and it is kept", i)
		}
	}
	for i := range s.disputes.list {
		x, locked := &s.disputes.list[i], 0
		for _, b := range x.bonds {
			if s.holds.list[b.hold].state == stake.Locked {
				locked++
			}
		}
		if x.state != disputeOpen && locked > 0 {
			t.Fatalf("dispute %d is %s and keeps %d bonds locked", i, disputeStates[x.state], locked)
		}
		if x.settled != (x.state != disputeOpen && x.state != disputeUnbonded && x.unpaid == 0) {
			t.Fatalf("dispute %d is %s with %d bonds to come, settled: %t", i, disputeStates[x.state], x.unpaid, x.settled)
		}
	}
}
