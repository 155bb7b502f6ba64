package ledger

import (
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// One change of the stake behind a proposal while as many as may be are open, so
// that the instant at which each of them passes is computed anew.
func BenchmarkApplySupport(b *testing.B) {
	sc := newScenario(b)
	sc.file = b.Name()
	for _, line := range []string{"track fund signal", "set epoch_s 1000000", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
		"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_delay_s 0", "set tracks.fund.voting_period_s 1000000", "set tracks.fund.max_open_per_agent 0",
		"set tracks.fund.conviction {decay: 9999000, rho_ppm: 2500, beta_ppm: 200000, step_s: 60, high_water_window_s: 100000}",
		"agent a b", "a stake s 1000000", "b stake t 1000000", "lock s", "lock t", "a deposit d reserve 1000000", "lock d", "settled d", "wait 1s"} {
		sc.command(strings.Fields(line))
	}
	for i := range maxGathering {
		sc.command(strings.Fields(fmt.Sprintf(`a act p%d fund [{"type":"pay","pool":"reserve","to":"@b","sat":%d}]`, i, 100000+i)))
	}
	c := &crowd{b: b, sc: sc}
	for i := range 2 * maxSupports {
		who := []string{"a", "b"}[i%2]
		sc.command([]string{who, "vote", fmt.Sprintf("p%d", i/2), fmt.Sprintf(`{"1":%d}`, 1000+i)})
	}
	for i := 0; b.Loop(); i++ {
		c.apply(secretOf("a").Public(), op.KindVote, fmt.Sprintf(`{"proposal":"%s","choice":"ballot","ballot":{"1":%d}}`, sc.labels["p0"], 1000+i%2))
	}
}
