package ledger

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// freeTrack makes a track on which a single ballot decides any action there is.
func (sc *scenario) freeTrack() {
	sc.copyTrack("free", "signal")
	for _, line := range []string{
		"set tracks.free.actions [" + strings.Join(constitution.Actions(), ",") + "]",
		"set tracks.free.weight {kind: one}",
		"set tracks.free.quorum {kind: eligible, share_ppm: 1, count_abstain: true}",
		"set tracks.free.pass {kind: share, share_ppm: 666667}",
		"set tracks.free.propose_stake_sat 0",
		"set tracks.free.max_open_per_agent 0",
		"set tracks.free.grace_s 600",
		"set tracks.price.throttle {target: 1, rise_ppm: 300000, decay_ppm: 100000, decay_s: 2, max_sat: 9000}",
	} {
		sc.command(strings.Fields(line))
	}
}

// randomActions draws one or two actions, many of which can be carried out and
// some of which undo or contradict others.
func (sc *scenario) randomActions(rt *rapid.T) string {
	c := sc.s.Constitution()
	now := sc.at.TimeMs
	// Some run out before they can be executed: the vote and the timelock take about 13 s.
	end := now + rapid.SampledFrom([]int64{14_000, 16_000, 19_000, 60_000}).Draw(rt, "end")
	all := []string{
		fmt.Sprintf(`{"type":"set-parameter","path":"/stake/max_per_agent","value":%d,"expect":%d}`, rapid.IntRange(5, 9).Draw(rt, "most"), c.Stake.MaxPerAgent),
		fmt.Sprintf(`{"type":"set-parameter","path":"/epoch_s","value":%d,"expect":%d}`, rapid.IntRange(3, 6).Draw(rt, "epoch"), c.EpochS),
		`{"type":"set-parameter","path":"/payouts","value":{"max_claims":1},"expect":null}`,
		`{"type":"amend","path":"/tracks/signal","value":null,"expect":{}}`,
		fmt.Sprintf(`{"type":"amend","path":"/tracks/price/collateral_sat","value":%d,"expect":%d}`, rapid.IntRange(1, 9000).Draw(rt, "collateral"), collateralOf(c, "price")),
		fmt.Sprintf(`{"type":"amend","path":"/tracks/price/weight","value":{"kind":"one","cap_ppm":%d},"expect":%s}`, rapid.IntRange(1, 1_000_000).Draw(rt, "cap"), weightOf(c, "price")),
		`{"type":"registry-publish","kind":"model","name":"m","version":"1","sha256":"` + strings.Repeat("ab", 32) + `","expect":"absent"}`,
		`{"type":"registry-deny","kind":"model","name":"m","version":"1","expect":"published"}`,
		`{"type":"registry-deny","kind":"provider","name":"@b","expect":"absent"}`,
		`{"type":"registry-allow","kind":"provider","name":"@b","expect":"denied"}`,
		fmt.Sprintf(`{"type":"grant","pool":"performance","to":"@a","sat":%d,"start_ms":%d,"cliff_ms":%[2]d,"end_ms":%d}`, rapid.IntRange(1, 4000).Draw(rt, "grant"), now, end),
		`{"type":"set-budget","agent":"@c","pool":"reserve","terms":{"sat":5,"period_s":9,"until_ms":` + fmt.Sprint(end) + `}}`,
		`{"type":"pause","tracks":["price"],"for_s":3}`,
		fmt.Sprintf(`{"type":"pay","pool":"performance","to":"@b","sat":%d}`, rapid.IntRange(1, 4000).Draw(rt, "pay")),
	}
	if sc.s.Grants() > 0 {
		all = append(all, `{"type":"revoke-grant","grant":"`+sc.s.GrantAt(0, now).ID+`"}`)
	}
	list := rapid.SliceOfN(rapid.SampledFrom(all), 1, 2).Draw(rt, "actions")
	return "[" + strings.Join(list, ",") + "]"
}

func collateralOf(c *constitution.Constitution, track string) int64 {
	return c.Track(track).CollateralSat
}

func weightOf(c *constitution.Constitution, track string) string {
	return op.EncodeContent(c.Track(track).Weight)
}

// checkCourses recounts the proposals on their course, and holds pools and what
// they are asked for against their bounds.
func checkCourses(t *testing.T, s *State) {
	open, started := map[string]int{}, map[string]int64{}
	for i := range s.proposals.list {
		p := &s.proposals.list[i]
		if s.phase(p).Final() || p.life.End != 0 && !p.evaluating() {
			continue
		}
		open[p.track.Name]++
		if p.life.LockedMs != 0 {
			started[p.track.Name]++
		}
	}
	for _, track := range s.constitution.Tracks {
		name := track.Name
		if s.proposals.openOn[name] != open[name] || s.proposals.startedOn[name] != started[name] {
			t.Fatalf("track %s keeps %d open and %d started proposals, recounted %d and %d", name, s.proposals.openOn[name], s.proposals.startedOn[name], open[name], started[name])
		}
		if ask := s.CollateralSat(name, s.clock.TimeMs); ask < track.CollateralSat || track.Throttle != nil && ask > track.Throttle.MaxSat {
			t.Fatalf("track %s asks for %d, its own is %d", name, ask, track.CollateralSat)
		}
	}
	for _, p := range s.Pools() {
		if p.Sat < 0 {
			t.Fatalf("pool %s holds %d", p.Name, p.Sat)
		}
	}
	for i := range s.treasury.grants {
		if g := s.GrantAt(i, s.clock.TimeMs); g.DrawnSat < 0 || g.HeldSat < 0 || g.DrawnSat > g.VestedSat {
			t.Fatalf("grant %+v", g)
		}
	}
}

// Decisions of all kinds, two at a time, with draws between them: what is executed
// replays to the same state, and every sat that came in is in a pool, in a grant
// or on its way.
func TestRandomDecisions(t *testing.T) {
	executed := 0
	rapid.Check(t, func(rt *rapid.T) {
		sc := newScenario(t)
		sc.file = "decisions"
		sc.freeTrack()
		sc.commands("agent a b c", "a deposit d performance 20000", "lock d", "settled d")
		for i := range rapid.IntRange(2, 8).Draw(rt, "steps") {
			sc.at.TimeMs++
			for _, who := range []string{"a", "b"} {
				label := fmt.Sprint(who, i)
				if sc.act([]string{who, "act", label, "free", sc.randomActions(rt)}) != nil {
					continue
				}
				sc.at.TimeMs += 2000
				if err := sc.act([]string{"c", "vote", label, "for"}); err != nil {
					t.Fatal(err)
				}
			}
			_ = sc.act([]string{"a", "draw", rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "grant"), rapid.SampledFrom([]string{"1", "1000", "1500"}).Draw(rt, "sats")})
			gap := func(most int) string { return fmt.Sprintf("wait %ds", rapid.IntRange(1, most).Draw(rt, "gap")) }
			sc.commands("wait 13s", gap(9), gap(30))
			if rapid.IntRange(0, 9).Draw(rt, "lapse") == 0 {
				sc.commands("wait 169h")
			}
		}
		sc.checkReplay()
		checkSums(t, sc.s)
		for i := range sc.s.proposals.list {
			if sc.s.proposals.list[i].results != nil {
				executed++
			}
		}
	})
	if executed == 0 {
		t.Error("no decision was executed")
	}
}

// commands carries commands out, and enters what is due after each.
func (sc *scenario) commands(lines ...string) {
	for _, line := range lines {
		sc.command(strings.Fields(line))
		sc.enterDue()
	}
}
