package crashtest

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

// long is what make crash-test asks for.
var long = flag.Bool("long", false, "ten thousand schedules of the model, and more of econd")

const startMs = 1_900_000_000_000 / periodMs * periodMs

// schedules plays so many of each scenario, and adds up.
func schedules(t *testing.T, s Scenario, count int, start Start) (sum Report) {
	t.Helper()
	for seed := range uint64(count) {
		rep, err := Run(seed, s, start, startMs)
		require.NoError(t, err, "%s, seed %d", s.Name, seed)
		sum.add(rep)
		for _, fault := range rep.Faults {
			t.Fatalf("%s, seed %d: %s", s.Name, seed, fault)
		}
	}
	return sum
}

func (r *Report) add(x Report) {
	r.Pays, r.Ends, r.Kills = r.Pays+x.Pays, r.Ends+x.Ends, r.Kills+x.Kills
	r.OverMsat, r.Twice = r.OverMsat+x.OverMsat, r.Twice+x.Twice
}

// A wallet that does it right has no fault in any schedule.
func TestReference(t *testing.T) {
	count := 40
	if *long {
		count = 1500
	}
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			sum := schedules(t, s, count, Reference(NoBug))
			require.Greater(t, sum.Pays, count)
			require.Greater(t, sum.Ends, count)
			if s.kills || s.restarts {
				require.Greater(t, sum.Kills, count/4)
			}
			row("model", s.Name, count, sum)
		})
	}
}

// Each bug is found by the scenario that is about it: else the harness says nothing.
func TestPlantedBugsAreFound(t *testing.T) {
	by := map[Bug]string{PayAnew: "lost requests and answers", ReleaseEarly: "lost requests and answers", Race: "ten callers at once",
		SendFirst: "killed at any step", FeesOutside: "ten callers at once", ClockBack: "a clock that jumps", ForgetKeys: "restarts"}
	for _, bug := range Bugs() {
		t.Run(string(bug), func(t *testing.T) {
			for seed := range uint64(2000) {
				for _, s := range Scenarios() {
					if s.Name != by[bug] {
						continue
					}
					rep, err := Run(seed, s, Reference(bug), startMs)
					require.NoError(t, err)
					if len(rep.Faults) > 0 {
						t.Logf("found by seed %d: twice %d, over %d: %.60s", seed, rep.Twice, rep.OverMsat, rep.Faults[0])
						return
					}
				}
			}
			t.Errorf("nobody noticed that a wallet %s", bug)
		})
	}
}
