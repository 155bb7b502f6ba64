package ledger

import (
	"slices"
	"strings"
	"testing"
)

// A proposal whose track was amended says so, until it is over; one asked for
// more than usual says why.
func TestExplainRules(t *testing.T) {
	sc := newScenario(t)
	sc.file = "explain"
	for _, line := range strings.Split(`set tracks.price.throttle {target: 1, rise_ppm: 1000000, decay_ppm: 500000, decay_s: 60, max_sat: 50000}
set tracks.price.max_open_per_agent 0
set tracks.guardians.actions [amend]
set tracks.guardians.collateral_sat 0
set tracks.guardians.max_open_per_agent 0
agent a
a stake s 20000
lock s
wait 1s
a act m guardians [{"type":"amend","path":"/tracks/price/grace_s","value":200,"expect":300}]
a propose p price operations 20 10
lock p
a propose q price operations 30 10
lock q
a propose r price operations 40 10
wait 2s
a vote m for
wait 12001ms
state m queued
wait 8001ms
state m executed`, "\n") {
		sc.command(strings.Fields(line))
	}
	const changed = "Track price was changed since it was proposed; it keeps the rules of then."
	for label, want := range map[string]bool{"r": true, "p": false, "m": false} {
		x, _ := sc.s.Explain(sc.labels[label], sc.at.TimeMs)
		if got := slices.Contains(x.Sentences, changed); got != want {
			t.Errorf("%s, %s: %v in %q", label, x.State, got, x.Sentences)
		}
	}
	x, _ := sc.s.Explain(sc.labels["r"], sc.at.TimeMs)
	if !slices.Contains(x.Sentences, "The track's own collateral is 5000 sat; it asked for more because many proposals were open.") {
		t.Errorf("%q", x.Sentences)
	}
}
