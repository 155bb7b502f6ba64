package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const seekers = `
version: 1
name: seekers
seed: 11
replicates: 1
steps: 9
market: {candidates: 8}
populations:
  - {name: shops, kind: honest, count: 3, stake_sat: 30000, sells: true, buys_per_step: 1, statement: true}
  - {name: upstart, kind: malicious, count: 2, stake_sat: 1000, statement: true}
  - {name: quiet, kind: honest, count: 4, stake_sat: 50000, turnout_ppm: 0, buys_per_step: 1}
  - {name: crowd, kind: delegate-seeking, count: 20, stake_sat: 10000, buys_per_step: 1}
proposals:
  - {name: reform, by: shops, track: price, merit: good, step: 4}
attack: {population: upstart, budget_sat: 100000, proposal: reform, want: defeated}
`

// Whoever seeks a delegate finds one with reputation among those that say how
// they vote, votes through it and never itself.
func TestDelegateSeekingAgents(t *testing.T) {
	r := played(t, seekers)
	require.Len(t, r.speaker, 20)
	for seeker, to := range r.speaker {
		require.NotEqual(t, seeker, to.index)
		require.True(t, r.sc.Populations[to.population].Statement)
	}
	require.Zero(t, r.row.CapturedPpm, "the upstart sells nothing and has no score")
	require.Positive(t, r.row.DelegatedPpm)
	require.Greater(t, r.row.TurnoutPpm, r.row.DelegatedPpm)
	require.EqualValues(t, 1, r.row.GoodPassed)
	require.LessOrEqual(t, r.row.Ballots, int64(5))

	// Where only the upstart makes a statement, all go to it.
	r = played(t, replace(seekers, "buys_per_step: 1, statement: true", "buys_per_step: 1"))
	require.EqualValues(t, ppm, r.row.CapturedPpm)
	require.EqualValues(t, 1, r.row.AttackSuccess)

	// Who goes by the statement alone takes the upstart's as well as any.
	r = played(t, replace(seekers, "kind: delegate-seeking", "kind: delegate-seeking, seeks: statement"))
	require.Greater(t, r.row.CapturedPpm, int64(100_000))
	require.Less(t, r.row.CapturedPpm, int64(800_000))

	// Where nobody does, reputation alone decides.
	r = played(t, replace(seekers, ", statement: true", ""))
	require.Zero(t, r.row.CapturedPpm)
}

// A cap on what one delegate carries leaves the rest unrepresented.
func TestDelegationCapBinds(t *testing.T) {
	free := played(t, seekers).row
	capped := played(t, seekers+"constitution: {tracks: [{name: price, delegation: {cap_ppm: 50000}}]}\n").row
	require.Less(t, capped.DelegatedPpm, free.DelegatedPpm)
}

// Agents of one model err together: all of them or none, about as often as
// said. Those of the kind noisy err one by one.
func TestSharedErrors(t *testing.T) {
	file := `
version: 1
name: shared
seed: 2
replicates: 1
steps: 40
populations:
  - {name: all, kind: %KIND%, count: 8, stake_sat: 20000, turnout_ppm: 1000000, error_ppm: %OWN%, shared_error_ppm: %SHARED%}
proposals:
  - {name: p, by: all, track: price, merit: good, step: 0, every: 1}
constitution: {tracks: [{name: price, collateral_sat: 0, max_open_per_agent: 0}]}
`
	together := played(t, replace(file, "%KIND%", "llm-noisy", "%OWN%", "0", "%SHARED%", "300000")).row
	require.EqualValues(t, 36, together.GoodOpened)
	require.Greater(t, together.WrongOutcomes, int64(3))
	require.Less(t, together.WrongOutcomes, int64(20))
	alone := played(t, replace(file, "%KIND%", "noisy", "%OWN%", "150000", "%SHARED%", "-1")).row
	require.Less(t, alone.WrongOutcomes, together.WrongOutcomes, "single errors are outvoted")
	require.Zero(t, played(t, replace(file, "%KIND%", "honest", "%OWN%", "-1", "%SHARED%", "-1")).row.WrongOutcomes)
	always := played(t, replace(file, "%KIND%", "llm-noisy", "%OWN%", "0", "%SHARED%", "1000000")).row
	require.EqualValues(t, 36, always.WrongOutcomes)
}

const guarded = `
version: 1
name: guarded
seed: 4
replicates: 1
steps: 30
step_s: 21600
populations:
  - {name: bad, kind: malicious, count: 3, stake_sat: 50000}
  - {name: good, kind: honest, count: 3, stake_sat: 1000}
guardians: {count: 5, threshold: 3, notice_ppm: %NOTICE%, error_ppm: %ERROR%}
proposals:
  - {name: theft, by: bad, track: price, merit: bad, step: 1}
attack: {population: bad, budget_sat: 500000, proposal: theft, want: executed}
`

// Guardians who look stop what passed; those who do not, or too few of them,
// do not. Guardians who err stop good things.
func TestGuardians(t *testing.T) {
	watched := played(t, replace(guarded, "%NOTICE%", "1000000", "%ERROR%", "0")).row
	require.EqualValues(t, 1, watched.BadPassed)
	require.EqualValues(t, 1, watched.Vetoed)
	require.Zero(t, watched.AttackSuccess)
	require.Zero(t, watched.Executed)
	require.EqualValues(t, 5000, watched.ForfeitedSat, "a veto forfeits the collateral")

	blind := played(t, replace(guarded, "%NOTICE%", "0", "%ERROR%", "0")).row
	require.EqualValues(t, 1, blind.AttackSuccess)
	require.EqualValues(t, 1, blind.Executed)
	fooled := played(t, replace(guarded, "%NOTICE%", "1000000", "%ERROR%", "1000000")).row
	require.EqualValues(t, 1, fooled.AttackSuccess)

	good := replace(guarded, "%NOTICE%", "1000000", "%ERROR%", "1000000", "merit: bad", "merit: good", "kind: malicious", "kind: honest")
	require.EqualValues(t, 1, played(t, good).row.GoodVetoed)

	_, err := Load([]byte(replace(guarded, "%NOTICE%", "0", "%ERROR%", "0", "threshold: 3", "threshold: 6")))
	require.ErrorContains(t, err, "guardians.threshold: is 6 of 5 guardians")
}
