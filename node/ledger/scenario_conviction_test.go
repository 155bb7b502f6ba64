package ledger

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/econd/econd/voting"
)

// Words on conviction tracks:
//
//	conviction P = Y of THRESHOLD [in SECONDS]   now; when it will pass
//	behind P = SAT                 stake behind it
func init() {
	looks["conviction"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		c := p.Conviction
		if c.Threshold == "" {
			c.Threshold = "none"
		}
		got := "= " + c.Conviction + " of " + c.Threshold
		if c.PassesMs > 0 {
			got += fmt.Sprintf(" in %d", (c.PassesMs-sc.at.TimeMs)/1000)
		}
		return got
	}
	looks["behind"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		return fmt.Sprint("= ", uint64(p.Conviction.SupportedSat))
	}
}

// The instant that the log foresees is the first step at which conviction,
// followed step by step and compared slowly, is above the threshold of that
// step, whatever was staked, put behind proposals and taken away before.
func TestConvictionPassesAtTheFirstStep(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		decay := rapid.SampledFrom([]uint32{0, 5_000_000, 9_000_000, 9_900_000}).Draw(rt, "decay")
		window := rapid.SampledFrom([]int64{0, 7, 40}).Draw(rt, "window")
		least := rapid.SampledFrom([]uint32{0, 200_000}).Draw(rt, "least")
		sc := newScenario(t)
		sc.file = "random"
		for _, line := range []string{"track fund signal", "set epoch_s 100000", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
			"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_delay_s 0", "set tracks.fund.voting_period_s 60",
			fmt.Sprintf("set tracks.fund.conviction {decay: %d, rho_ppm: 50000, beta_ppm: 500000, least_stake_ppm: %d, step_s: 1, high_water_window_s: %d}", decay, least, window),
			"agent a b c", "a stake s1 4000", "a stake s2 2000", "b stake s3 9000", "c stake s4 30000", "lock s1", "lock s2", "lock s3", "lock s4",
			"c deposit d1 reserve 10000", "lock d1", "settled d1", "wait 1s",
			`a act p fund [{"type":"pay","pool":"reserve","to":"@a","sat":1500}]`, `c act q fund [{"type":"pay","pool":"reserve","to":"@a","sat":4900}]`} {
			sc.command(strings.Fields(line))
		}
		start := sc.at.TimeMs
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{`a vote p {"1":4000}`, `a vote p for`, `a vote p {"1":10}`, `b vote p for`, `b vote p {"1":0}`,
			`c vote q for`, `c vote q {"1":1}`, "c release s4", "a release s1", "a release s2", "wait 1s", "wait 3s", "wait 9s", "wait 400ms"}), 1, 14).Draw(rt, "steps")
		slow := &slowCourse{sc: sc, start: start, y: new(big.Int), decay: decay,
			rule: voting.ConvictionRule{Decay: decay, RhoPPM: 50000, BetaPPM: 500000, LeastStakePPM: least}}
		for _, line := range append(steps, "wait 70s") {
			f := strings.Fields(line)
			if f[0] != "wait" {
				_ = sc.act(f)
				slow.follow()
				continue
			}
			d, _ := time.ParseDuration(f[1])
			for range d.Milliseconds() / 100 {
				if slow.passes() { // with all that was entered at this very instant
					sc.at.TimeMs++ // the close is due right after it
					sc.enterDue()
					p, _ := sc.s.Proposal(sc.labels["p"], sc.at.TimeMs)
					if o := p.Outcome; o == nil || !o.Passed || int64(o.Conviction.Step) != slow.step() {
						t.Fatalf("passes at step %d, got %+v", slow.step(), o)
					}
					return
				}
				sc.at.TimeMs += 100
				sc.enterDue()
			}
		}
		if p, _ := sc.s.Proposal(sc.labels["p"], sc.at.TimeMs); p.State != "defeated" {
			t.Fatalf("never passes, got %s: %+v", p.State, p.Outcome)
		}
	})
}

// slowCourse looks at every step of proposal p by itself.
type slowCourse struct {
	sc    *scenario
	start int64
	decay uint32
	rule  voting.ConvictionRule
	y     *big.Int // at step since, with stake after it
	since int64
	stake uint64
}

func (c *slowCourse) step() int64 { return (c.sc.at.TimeMs - c.start) / 1000 }

func (c *slowCourse) now() *big.Int {
	y, err := voting.Conviction(c.decay, uint64(c.step()-c.since), c.y, new(big.Int).SetUint64(c.stake))
	if err != nil {
		c.sc.t.Fatal(err)
	}
	return y
}

// follow notes a change of the stake behind the proposal.
func (c *slowCourse) follow() {
	p, _ := c.sc.s.Proposal(c.sc.labels["p"], c.sc.at.TimeMs)
	if got := uint64(p.Conviction.SupportedSat); got != c.stake {
		c.y, c.since, c.stake = c.now(), c.step(), got
	}
}

// passes tells whether a step begins now at which the conviction is above the
// threshold.
func (c *slowCourse) passes() bool {
	if (c.sc.at.TimeMs-c.start)%1000 != 0 || c.step() > 60 {
		return false
	}
	s := c.sc.s
	t := s.proposals.list[s.proposals.at[c.sc.labels["p"]]].track
	return c.rule.Passes(c.now(), s.stakes.thresholdStake(t, c.sc.at.TimeMs), 1500, 10000)
}
