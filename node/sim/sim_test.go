package sim

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// small is an economy that runs in milliseconds.
const small = `
version: 1
name: small
seed: 7
replicates: 3
steps: 8
populations:
  - {name: shops, kind: honest, count: 3, stake_sat: 20000, stake_spread_ppm: 500000, sells: true, failure_ppm: 100000, buys_per_step: 1}
  - {name: ring, kind: sybil-ring, count: 2, buys_per_step: 1}
proposals:
  - {name: dearer, by: ring, track: price, merit: bad, step: 2}
attack: {population: ring, budget_sat: 40000, proposal: dearer, want: passed}
`

func load(t *testing.T, file string) *Scenario {
	t.Helper()
	s, err := Load([]byte(file))
	require.NoError(t, err)
	return s
}

func runOne(t *testing.T, s *Scenario, replicate int) Row {
	t.Helper()
	cells, err := s.Cells()
	require.NoError(t, err)
	sc, err := s.At(cells[0])
	require.NoError(t, err)
	row, err := Run(t.Context(), sc, cells[0], replicate)
	require.NoError(t, err)
	return *row.Row
}

func TestRunIsReproducible(t *testing.T) {
	a, b := runOne(t, load(t, small), 0), runOne(t, load(t, small), 0)
	require.Equal(t, a, b)
	require.NotEqual(t, a.LogHash, runOne(t, load(t, small), 1).LogHash, "replicates differ")
	other := strings.Replace(small, "seed: 7", "seed: 8", 1)
	require.NotEqual(t, a.LogHash, runOne(t, load(t, other), 0).LogHash, "seeds differ")
}

// What the ledger does must not depend on whether its entries' signatures are
// made and checked.
func TestSignaturesChangeNothing(t *testing.T) {
	signed := strings.Replace(small, "steps: 8", "steps: 8\nsignatures: true", 1)
	require.Equal(t, runOne(t, load(t, small), 0), runOne(t, load(t, signed), 0))
}

// Every sat is somewhere: wallets, locked stakes, pools, prices and fees.
func TestMoneyIsKept(t *testing.T) {
	s := load(t, small)
	cells, err := s.Cells()
	require.NoError(t, err)
	sc, err := s.At(cells[0])
	require.NoError(t, err)
	r, err := newRun(sc, cells[0], 0)
	require.NoError(t, err)
	require.NoError(t, r.play(t.Context(), func() {}))
	require.NoError(t, r.count())

	var held, spent, brought int64
	for _, a := range r.agents {
		held += a.walletSat
		spent += a.spentSat
		if p := sc.Populations[a.population]; p.Name == "ring" {
			brought += sc.Attack.BudgetSat / p.Count
		} else {
			brought += p.WalletSat + a.stakeSat
		}
	}
	for _, h := range r.s.Holds() {
		require.Equal(t, "locked", h.State)
		held += h.AmountSat
	}
	require.Equal(t, brought, held+spent)
	require.Positive(t, r.row.Receipts)
	require.Positive(t, r.row.AttackScorePpm, "a ring with stake has some score")
}

// An attacker who brings more than everybody wins under a stake rule, one who
// brings nothing does not come.
func TestMoneyWinsAStakeVote(t *testing.T) {
	const rule = "constitution: {tracks: [{name: price, collateral_sat: 1000, weight: {kind: stake}}]}\n"
	for budget, want := range map[string]int64{"0": 0, "40000": 0, "4000000": 1} {
		row := runOne(t, load(t, strings.Replace(small, "budget_sat: 40000", "budget_sat: "+budget, 1)+rule), 0)
		require.Equal(t, want, row.AttackSuccess, "budget %s", budget)
		if budget == "0" {
			require.Zero(t, row.ProposalsOpened)
		}
	}
}

// A stake that lapses is renewed in the same instant, so a long run ends with
// what was locked at its start.
func TestStakesAreRenewed(t *testing.T) {
	row := runOne(t, load(t, `
version: 1
name: long
seed: 1
replicates: 1
steps: 20
populations:
  - {name: shops, kind: honest, count: 2, stake_sat: 20000000}
`), 0)
	require.EqualValues(t, 40_000_000, row.StakeSat)
	require.EqualValues(t, 20-1, row.Epochs)
}

func TestGalleryIsValid(t *testing.T) {
	for _, file := range gallery(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = Load(text)
		require.NoError(t, err, file)
	}
}

func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
