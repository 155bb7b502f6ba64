package ledger

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// A vote whose period is no multiple of a step ends with its last step: what is entered
// in the rest of the period, and has nothing to do with it, moves nothing of its
// outcome.
func TestConvictionEndsWithItsLastStep(t *testing.T) {
	ends := func(after ...string) *op.Close {
		sc := newScenario(t)
		sc.file = t.Name()
		lines := []string{"track fund signal", "set epoch_s 100000", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
			"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_delay_s 0", "set tracks.fund.voting_period_s 65",
			"set tracks.fund.conviction {decay: 5000000, rho_ppm: 50000, beta_ppm: 500000, least_stake_ppm: 1, step_s: 10, high_water_window_s: 4}",
			"agent a b c", "a stake s1 4000", "b stake s2 50000", "c stake s3 9000", "lock s1", "lock s2", "lock s3",
			"c deposit d1 reserve 10000", "c deposit d2 reserve 5000", "lock d1", "settled d1", "wait 1s",
			`a act p fund [{"type":"pay","pool":"reserve","to":"@a","sat":4900}]`, `b act q fund [{"type":"pay","pool":"reserve","to":"@a","sat":4999}]`,
			`a vote p {"1":10}`, "b vote q for", "wait 58s", `b vote q {"1":1}`}
		lines = append(append(lines, after...), "wait 20s")
		for _, line := range lines {
			sc.command(strings.Fields(line))
		}
		sc.enterDue()
		p, _ := sc.s.Proposal(sc.labels["p"], sc.at.TimeMs)
		require.Equal(t, "defeated", p.State)
		require.EqualValues(t, 6, p.Outcome.Conviction.Step)
		return p.Outcome
	}
	alone := ends()
	require.EqualValues(t, 50010, alone.Conviction.StakeSat)
	require.Equal(t, alone, ends("wait 5s", "c release s3"), "stake")
	require.Equal(t, alone, ends("wait 5s", "lock d2", "settled d2"), "the pool")
	require.NotEqual(t, alone, ends("wait 2s", "lock d2", "settled d2"), "at the last step itself")
}
