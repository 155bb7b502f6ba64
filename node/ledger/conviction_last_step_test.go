package ledger

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// What is said of a vote before its end counts with its last step: when it ends, and
// how long it lasts.
func TestConvictionIsToldToEndWithItsLastStep(t *testing.T) {
	sc := newScenario(t)
	for _, line := range []string{"track fund signal", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
		"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_period_s 65", "set tracks.fund.collateral_sat 1000",
		"set tracks.fund.conviction {decay: 5000000, rho_ppm: 50000, beta_ppm: 500000, step_s: 10}",
		"agent a", "a stake s 4000", "lock s", "a deposit d reserve 10000", "lock d", "settled d", "wait 1s",
		`a act p fund [{"type":"pay","pool":"reserve","to":"@a","sat":4900}]`} {
		sc.command(strings.Fields(line))
	}
	x, _ := sc.s.Explain(sc.labels["p"], sc.at.TimeMs)
	require.Contains(t, strings.Join(x.Sentences, " "), " and lasts 1m0s.")
	sc.command(strings.Fields("lock p"))
	b, _ := sc.s.Brief(sc.labels["p"])
	require.EqualValues(t, 60_000, b.FirstEndMs-b.VoteStartMs)
	require.Equal(t, b.DeadlineMs, b.FirstEndMs)
}

// A vote ends with its last step, however long its period goes on: what is entered
// after it, and has nothing to do with it, moves nothing of its outcome.
func TestConvictionEndsWithItsLastStep(t *testing.T) {
	for _, c := range []struct{ period, window, stakeSat int }{
		{60, 4, 50_010}, {61, 4, 50_010}, {65, 4, 50_010}, {69, 4, 50_010}, {65, 1, 11}, {65, 100, 50_010}, {69, 0, 11},
	} {
		t.Run(fmt.Sprintf("period %d window %d", c.period, c.window), func(t *testing.T) {
			ends := func(after ...string) *op.Close { return failedVote(t, c.period, c.window, after) }
			alone := ends()
			require.EqualValues(t, c.stakeSat, alone.Conviction.StakeSat)
			for _, wait := range []string{"wait 3s", "wait 5s", "wait 10s"} {
				require.Equal(t, alone, ends(wait, "agent e"), "an agent")
				require.Equal(t, alone, ends(wait, "c release s3"), "stake")
				require.Equal(t, alone, ends(wait, "c stake s4 7000", "lock s4"), "more stake")
				require.Equal(t, alone, ends(wait, "lock d2", "settled d2"), "the pool")
			}
			require.NotEqual(t, alone, ends("wait 2s", "lock d2", "settled d2"), "at the last step itself")
		})
	}
}

// failedVote is the outcome of a vote in steps of 10 s that fails, where something is
// entered 58 s after its start and later.
func failedVote(t *testing.T, period, window int, after []string) *op.Close {
	sc := newScenario(t)
	sc.file = t.Name()
	lines := []string{"track fund signal", "set epoch_s 100000", "set tracks.fund.actions [pay]", "set tracks.fund.weight {kind: conviction}",
		"set tracks.fund.quorum {kind: none}", "set tracks.fund.voting_delay_s 0", fmt.Sprint("set tracks.fund.voting_period_s ", period),
		fmt.Sprintf("set tracks.fund.conviction {decay: 5000000, rho_ppm: 50000, beta_ppm: 500000, least_stake_ppm: 1, step_s: 10, high_water_window_s: %d}", window),
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
