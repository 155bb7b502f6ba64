package sim

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The headline says what was found, how sure that is, and in how many runs there
// was a vote at all.
func TestAnswers(t *testing.T) {
	inf := math.Inf(1)
	s := load(t, sweptSmall)
	rule := []Setting{{"constitution.tracks.price.weight.kind", "stake"}}
	for _, c := range []struct {
		f    Flip
		text string
	}{
		{Flip{Sats: 316_228, CI: Interval{250_000, 400_000}, Below: 250_000, Above: 400_000, Opened: 40, Runs: 48}, "316,000 sat (250,000 to 400,000)"},
		{Flip{Sats: 1_234_567, CI: Interval{0, inf}, Below: 1, Above: 9, Opened: 3, Runs: 9}, "1,230,000 sat (0 and more)"},
		{Flip{Sats: inf, CI: Interval{5_000_000, inf}, Below: 5_000_000, Opened: 8, Runs: 8}, "not with 5,000,000 sat"},
		{Flip{Sats: inf, CI: Interval{900, inf}, Below: 1_000, Opened: 8, Runs: 8}, "not with 1,000 sat (900 and more)"},
		{Flip{Sats: 100, CI: Interval{0, 100}, Above: 100, Least: true, Opened: 8, Runs: 16}, "at most 100 sat (0 to 100)"},
		{Flip{Sats: math.NaN(), CI: noInterval, Runs: 16}, "no vote"},
	} {
		c.f.Settings = rule
		a := s.answer(c.f)
		require.Equal(t, c.text, a.Text)
		require.Equal(t, "stake", a.Rules)
		require.Equal(t, c.f.Opened, a.RunsOpened)
	}
	a := s.answer(Flip{Opened: 40, Runs: 48, Sats: 7, CI: Interval{0, inf}})
	require.Equal(t, "opened in 40 of 48 runs", a.Opened())
	require.EqualValues(t, 7, *a.Sats)
	require.Zero(t, *a.Low)
	require.Nil(t, a.High)
}

func TestPeopleReadThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.4: "0", 7: "7", 999: "999", 1000: "1,000", 1234: "1,230", 99_950: "100,000", 316_228: "316,000", 2.1e15: "2,100,000,000,000,000"} {
		require.Equal(t, want, people(v))
	}
}

// A sweep counts its runs without a vote by their reasons; report and provenance
// say so, and a headline that was touched up is found.
func TestRunsWithoutAVoteAreSaid(t *testing.T) {
	dir := t.TempDir()
	files := sweepInto(t, dir, 2)
	p, err := ReadProvenance(dir)
	require.NoError(t, err)
	require.Equal(t, 6, p.RunsOpened)
	require.Equal(t, map[string]int{byNobody: 6, byWallet: 6}, p.RunsUnopened)
	require.Equal(t, []string{"12 of 18 runs had no vote and say nothing about votes (nobody set out to propose: 6; the proposer had too few sats: 6)"}, p.Warnings())
	require.Len(t, p.Headline, 2)
	require.Equal(t, "at most 4,000,000 sat (0 and more)", p.Headline[0].Text)
	require.Equal(t, "opened in 3 of 9 runs", p.Headline[0].Opened())
	for _, said := range []string{p.Warnings()[0], p.Headline[0].Text, p.Headline[0].Opened(), "The attacked proposal opened in 6 of 18 runs", "<td>no vote</td>"} {
		require.True(t, strings.Contains(files[ReportFile], said), said)
	}
	require.Contains(t, files["plot-attack_success.svg"], "18 runs, which had no such vote, are left out.")
	require.Contains(t, files["plot-even-chance.svg"], "at most 4M sat, 3 of 9")

	name := filepath.Join(dir, provenanceFile)
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	for from, to := range map[string]string{`"runs_opened": 6`: `"runs_opened": 7`, `"wallet": 6`: `"wallet": 5`, "at most 4,000,000": "at most 3,000,000", `"low": 0`: `"low": 1`} {
		require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(raw), from, to, 1)), 0o600))
		_, err := Verify(t.Context(), dir, 1, 0, nil)
		require.ErrorIs(t, err, ErrResults, from)
		require.ErrorContains(t, err, "headline does not follow", from)
	}
}

// Both engines tell alike why there was no vote.
func TestEnginesAgreeOnWhatNeverOpened(t *testing.T) {
	for want, change := range map[string][]string{
		byNobody:             {"budget_sat: 40000", "budget_sat: 0"},
		byWallet:             {"budget_sat: 40000", "budget_sat: 40000"},
		"propose-stake":      {"proposal: dearer", "proposal: dearer, stake_ppm: 0"},
		"propose-reputation": {"step: 2", "step: 0", "steps: 8", "steps: 8\nconstitution: {tracks: [{name: price, collateral_sat: 0, propose_reputation: 1}]}"},
	} {
		for _, engine := range []string{"ledger", "crowd"} {
			row := runOne(t, load(t, replace(replace(small, change...), "seed: 7", "seed: 7\nengine: "+engine)), 0)
			require.Equal(t, want, row.UnopenedBy, engine)
			require.Zero(t, row.TargetOpened)
		}
	}
}

// A vote that began and was cancelled, because its proposer spent what the next
// hold of the collateral takes, is a failed attack; it has no turnout.
func TestCancelledVotes(t *testing.T) {
	s := load(t, replace(small, "kind: sybil-ring", "kind: whale", "budget_sat: 40000", "budget_sat: 22000", "buys_per_step: 1}", "buys_per_step: 1}",
		"want: passed}", "want: passed}\nconstitution: {tracks: [{name: price, collateral_sat: 500, propose_stake_sat: 0}]}"))
	row := runOne(t, s, 0)
	require.Equal(t, []int64{1, 0, 0}, []int64{row.TargetOpened, row.TargetDecided, row.AttackSuccess})
	require.Empty(t, row.UnopenedBy)
	require.EqualValues(t, 500, row.ForfeitedSat, "it falls at its block, which lies between two steps")
	for metric, known := range map[string]bool{successMetric: true, "bad_passed": true, "turnout_ppm": false, "attack_weight_ppm": false, "wrong_outcomes": false} {
		f, _ := metricField(metric)
		require.Equal(t, known, f.known(&row), metric)
	}
	p := new(Provenance)
	p.Runs = 1
	p.conclude(s, []finished{{rows: []*Row{&row}}}, 1)
	require.Equal(t, 1, p.RunsCancelled)
	require.Equal(t, []string{"in 1 of 1 runs a vote began and was cancelled, as where collateral was not renewed: nothing passed in them"}, p.Warnings())
}
