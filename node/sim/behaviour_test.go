package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// played returns a run of a scenario without a sweep, at its end.
func played(t *testing.T, file string) *run {
	t.Helper()
	s := load(t, file)
	cells, err := s.Cells()
	require.NoError(t, err)
	r, err := newRun(s, cells[0], 0)
	require.NoError(t, err)
	require.NoError(t, r.play(t.Context(), func() {}))
	require.NoError(t, r.count())
	return r
}

// receipts and quality of one population, as the ledger shows them.
func (r *run) standing(population string) (receipts, quality uint64) {
	group := r.groups[r.sc.population(population)]
	for _, a := range group {
		v := r.agentView(a)
		receipts += v.Receipts
		quality += v.QualityPpm
	}
	return receipts, quality / uint64(len(group))
}

const twoShops = `
version: 1
name: shops
seed: 3
replicates: 1
steps: 8
populations:
  - {name: careful, kind: honest, count: 2, sells: true, failure_ppm: 0}
  - {name: careless, kind: honest, count: 2, sells: true, failure_ppm: 900000}
  - {name: buyers, kind: %KIND%, count: 6, stake_sat: 10000, buys_per_step: 2, rate_ppm: 1000000}
market: {candidates: %CANDIDATES%}
`

func shops(t *testing.T, kind, candidates string) *run {
	t.Helper()
	return played(t, replace(twoShops, "%KIND%", kind, "%CANDIDATES%", candidates))
}

// Buyers who look around leave the shop that fails; buyers who do not, do not.
func TestReputationMovesTheMarket(t *testing.T) {
	r := shops(t, "honest", "8")
	good, goodQuality := r.standing("careful")
	bad, badQuality := r.standing("careless")
	require.Greater(t, good, 3*bad)
	require.Greater(t, goodQuality, badQuality)
	require.EqualValues(t, 8*6*2, r.row.Purchases)

	r = shops(t, "honest", "1")
	good, _ = r.standing("careful")
	bad, _ = r.standing("careless")
	require.Less(t, good, 2*bad)
}

// Slander lowers the quality of everybody else's service, noise blurs it.
func TestKindsRateDifferently(t *testing.T) {
	_, honest := shops(t, "honest", "1").standing("careful")
	_, noisy := shops(t, "noisy", "1").standing("careful")
	_, slandered := shops(t, "malicious", "1").standing("careful")
	require.Greater(t, honest, noisy)
	require.Greater(t, noisy, slandered)
	require.Less(t, slandered, uint64(500_000), "worse than unknown")
}

// The kinds vote as often, and for what, they are said to.
func TestKindsVoteDifferently(t *testing.T) {
	ballots := func(kind, merit string) (cast int64, passed bool) {
		r := played(t, replace(`
version: 1
name: votes
seed: 5
replicates: 1
steps: 6
populations:
  - {name: all, kind: %KIND%, count: 100, stake_sat: 10000}
proposals:
  - {name: p, by: all, track: price, merit: %MERIT%, step: 1}
constitution: {tracks: [{name: price, quorum: {share_ppm: 10000}}]}
`, "%KIND%", kind, "%MERIT%", merit))
		return r.row.Ballots, r.row.ProposalsPassed == 1
	}
	for _, c := range []struct {
		kind      string
		low, high int64
		hostile   bool
	}{{"honest", 65, 95, false}, {"lazy", 5, 35, false}, {"noisy", 65, 95, false}, {"malicious", 100, 100, true}, {"whale", 100, 100, true}} {
		for _, merit := range []string{"good", "bad"} {
			n, passed := ballots(c.kind, merit)
			require.GreaterOrEqual(t, n, c.low, c.kind)
			require.LessOrEqual(t, n, c.high, c.kind)
			require.Equal(t, (merit == "good") != c.hostile, passed, "%s agents on a %s proposal", c.kind, merit)
		}
	}
}

// Under another weight rule the same things happen on the market.
func TestRulesShareRandomNumbers(t *testing.T) {
	s := load(t, sweptSmall)
	cells, err := s.Cells()
	require.NoError(t, err)
	var rows []*Row
	for _, i := range []int{1, 4} {
		sc, err := s.At(cells[i])
		require.NoError(t, err)
		row, err := Run(t.Context(), sc, cells[i], 2)
		require.NoError(t, err)
		rows = append(rows, row.Row)
	}
	require.Equal(t, rows[0].TradedSat, rows[1].TradedSat)
	require.Equal(t, rows[0].Failures, rows[1].Failures)
	require.Equal(t, rows[0].Receipts, rows[1].Receipts)
	require.NotEqual(t, rows[0].LogHash, rows[1].LogHash)
}
