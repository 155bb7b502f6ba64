package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const twoEngines = `
version: 1
name: engines
seed: 9
replicates: 1
engine: %ENGINE%
steps: 12
populations:
  - {name: shops, kind: honest, count: 5, stake_sat: 40000, stake_spread_ppm: 700000, sells: true, buys_per_step: 1, turnout_ppm: 1000000}
  - {name: users, kind: honest, count: 20, stake_sat: 15000, stake_spread_ppm: 500000, buys_per_step: 1, turnout_ppm: 1000000}
  - {name: late, kind: honest, count: 3, join_step: 4, stake_sat: 9000, stake_spread_ppm: 500000, turnout_ppm: 1000000}
  - {name: poor, kind: honest, count: 3, stake_sat: 900, turnout_ppm: 1000000}
  - {name: bad, kind: malicious, count: 4, stake_sat: 12300000, wallet_sat: 30000}
  - {name: attacker, kind: whale, count: 3}
proposals:
  - {name: theft, by: attacker, track: price, merit: bad, step: 1}
  - {name: reform, by: users, track: price, merit: good, step: 2, every: 3}
  - {name: nonsense, by: poor, track: price, merit: good, step: 3}
attack: {population: attacker, budget_sat: %BUDGET%, proposal: theft, want: passed}
constitution: {tracks: [{name: price, weight: {kind: %KIND%, bond_sat: 1000}}]}
`

// Where agents always vote, what stakes weigh and what votes come to must be the
// same with and without a ledger: the same weights give the same tally.
func TestEnginesAgree(t *testing.T) {
	for _, kind := range []string{"stake", "root-stake", "one"} {
		for _, budget := range []string{"0", "100000", "90000000"} {
			var rows []*Result
			for _, engine := range []string{"ledger", "crowd"} {
				s := load(t, replace(twoEngines, "%ENGINE%", engine, "%BUDGET%", budget, "%KIND%", kind))
				cells, err := s.Cells()
				require.NoError(t, err)
				r, err := Run(t.Context(), s, cells[0], 0)
				require.NoError(t, err)
				rows = append(rows, r)
			}
			a, b := rows[0], rows[1]
			name := fmt.Sprintf("%s, %s sat", kind, budget)
			require.Equal(t, a.Series, b.Series, "%s: agents, stakes, concentration in every step", name)
			for _, metric := range []string{"attack_success", "attack_locked_sat", "attack_weight_ppm", "proposals_tried", "proposals_opened",
				"proposals_passed", "good_passed", "bad_passed", "wrong_outcomes", "turnout_ppm", "ballots", "forfeited_sat", "stake_sat",
				"gini_ppm", "nakamoto", "epochs"} {
				f, ok := metricField(metric)
				require.True(t, ok)
				require.Equal(t, f.text(a.Row), f.text(b.Row), "%s: %s", name, metric)
			}
			require.InEpsilon(t, a.Purchases, b.Purchases, 0.2, "shops that look at themselves alone do not buy")
			require.InEpsilon(t, a.Receipts, b.Receipts, 0.2)
		}
	}
}

// Scores of the two engines come from the same receipts' worth of trust, so who
// is better in one is better in the other, and by much the same.
func TestEnginesAgreeAboutReputation(t *testing.T) {
	file := `
version: 1
name: scores
seed: 5
replicates: 1
engine: %ENGINE%
steps: 20
market: {candidates: 1}
populations:
  - {name: careful, kind: honest, count: 10, sells: true, failure_ppm: 0, stake_sat: 20000}
  - {name: ring, kind: sybil-ring, count: 4, buys_per_step: 1, wallet_sat: 100000}
  - {name: users, kind: honest, count: 60, stake_sat: 20000, buys_per_step: 2, rate_ppm: 1000000}
proposals: [{name: p, by: ring, track: price, merit: bad, step: 10}]
attack: {population: ring, budget_sat: 400000, proposal: p, want: passed}
constitution: {tracks: [{name: price, weight: {kind: reputation}}]}
`
	var scores, weights []int64
	for _, engine := range []string{"ledger", "crowd"} {
		row := runOne(t, load(t, replace(file, "%ENGINE%", engine)), 0)
		scores, weights = append(scores, row.AttackScorePpm), append(weights, row.AttackWeightPpm)
	}
	require.InEpsilon(t, scores[0], scores[1], 0.15, "%v", scores)
	require.InEpsilon(t, weights[0], weights[1], 0.15, "%v", weights)
}

// A sweep with the crowd has the same tables, resumes and is verified as any.
func TestCrowdSweep(t *testing.T) {
	file := strings.Replace(sweptSmall, "steps: 8", "steps: 8\nengine: crowd", 1)
	var all [2]map[string]string
	for i := range all {
		dir := t.TempDir()
		p, err := RunSweep(context.Background(), load(t, file), Options{Dir: dir, Workers: 1 + i})
		require.NoError(t, err)
		require.Equal(t, "none: engine crowd", p.Entries)
		require.Equal(t, "none", p.InvoiceSignatures)
		all[i] = contents(t, dir)
		_, err = Verify(context.Background(), dir, 6, 0, nil)
		require.NoError(t, err)
	}
	require.Equal(t, all[0], all[1])
	require.Contains(t, all[0][runsFile], ",crowd,")
}

func TestCrowdDelegates(t *testing.T) {
	row := runOne(t, load(t, replace(seekers, "name: seekers", "name: seekers\nengine: crowd")), 0)
	require.Positive(t, row.DelegatedPpm)
	require.Zero(t, row.CapturedPpm)
	row = runOne(t, load(t, replace(seekers, "name: seekers", "name: seekers\nengine: crowd", "buys_per_step: 1, statement: true", "buys_per_step: 1")), 0)
	require.EqualValues(t, ppm, row.CapturedPpm)
	require.EqualValues(t, 1, row.AttackSuccess)
}

func TestCrowdRefusals(t *testing.T) {
	crowd := replace(small, "steps: 8", "steps: 8\nengine: crowd")
	for want, file := range map[string]string{
		"step_s: is 3600, engine crowd": replace(crowd, "steps: 8", "steps: 200\nstep_s: 3600"),
		"guardians: do not exist":       crowd + "guardians: {count: 1, notice_ppm: 1}\n",
		"signatures: cannot be made":    replace(crowd, "steps: 8", "steps: 8\nsignatures: true"),
		"attack.want: is \"executed\"":  replace(crowd, "want: passed", "want: executed"),
		"is 3000000, at most 100000":    replace(small, "count: 3", "count: 3000000"),
		"exceed all bitcoin":            replace(crowd, "count: 3", "count: 99000000", "stake_sat: 20000", "stake_sat: 30000000"),
	} {
		_, err := Load([]byte(file))
		require.ErrorIs(t, err, ErrScenario, want)
		require.ErrorContains(t, err, want)
	}
}
