package sim

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The report needs nothing beside itself: no address, no script, every picture
// inside.
func TestReportStandsAlone(t *testing.T) {
	files := sweepInto(t, t.TempDir(), 2)
	page := files[ReportFile]
	require.NotEmpty(t, page)
	for _, banned := range []string{"<script", "<link", "<img", "src=", "@import", "url("} {
		require.False(t, strings.Contains(page, banned), banned)
	}
	require.False(t, strings.Contains(strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, ""), "://"), "an address")
	for _, name := range []string{"even-chance", "attack_success", "map-attack_success", "gini", "nakamoto", "weight"} {
		svg := files["plot-"+name+".svg"]
		require.NotEmpty(t, svg, name)
		require.True(t, strings.Contains(page, svg), name)
		require.True(t, strings.HasPrefix(files["plot-"+name+".png"], "\x89PNG"), name)
	}
	require.True(t, strings.Contains(page, "Sats for a 50 % chance to flip the vote"))
	require.True(t, strings.Contains(page, "18 runs in 6 of 6 cells"))
}

// chartsOf runs a sweep and returns the charts by name, as SVG.
func chartsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	_, err := RunSweep(context.Background(), load(t, file), Options{Dir: dir, Workers: 2})
	require.NoError(t, err)
	out := map[string]string{}
	for name, text := range contents(t, dir) {
		if short, ok := strings.CutSuffix(name, ".svg"); ok {
			out[strings.TrimPrefix(short, "plot-")] = text
		}
	}
	return out
}

// Every kind of sweep gets charts that fit it.
func TestChartsFitTheSweep(t *testing.T) {
	calm := strings.ReplaceAll(small, "attack: {population: ring, budget_sat: 40000, proposal: dearer, want: passed}", "")
	alone := chartsOf(t, calm)
	require.NotContains(t, alone, "bad_passed", "one cell has nothing to compare")
	require.Contains(t, alone, "gini")
	require.NotContains(t, chartsOf(t, strings.Replace(calm, "steps: 8", "steps: 8\nseries_every: 0", 1)), "gini")

	rules := chartsOf(t, calm+"sweep: {method: grid, parameters: [{path: constitution.tracks.price.weight.kind, values: [stake, one]}]}\n")
	require.Contains(t, rules["bad_passed"], ">one</text>", "texts make rows")

	sample := chartsOf(t, small+`
report: {metrics: [turnout_ppm, good_passed]}
sweep:
  method: latin-hypercube
  samples: 30
  parameters:
    - {path: attack.budget_sat, min: 1000, max: 1000000, scale: log}
    - {path: populations.shops.stake_sat, min: 10000, max: 90000}
`)
	require.Contains(t, sample["turnout_ppm"], "twelve bins")
	require.Contains(t, sample["turnout_ppm"], "shops.stake")
	require.Contains(t, sample["map-turnout_ppm"], " to ")
	require.Contains(t, sample, "good_passed")

	days := chartsOf(t, calm+"sweep: {method: grid, parameters: [{path: constitution.tracks.price.voting_period_s, values: [90000, 172800]}]}\n")
	require.Contains(t, days["bad_passed"], "price.voting period (h)")
}

func TestReportRefusals(t *testing.T) {
	for given, want := range map[string]string{
		"{x: steps}":                                      `report.x: is "steps", which is not swept`,
		"{by: [attack.budget_sats]}":                      `report.by[0]: is "attack.budget_sats"`,
		"{metrics: [log_hash]}":                           `report.metrics[0]: is "log_hash"`,
		"{metrics: [ballots, ballots]}":                   `report.metrics[1]: is "ballots"`,
		"{x: attack.budget_sat, by: [attack.budget_sat]}": "report.by[0]",
	} {
		_, err := Load([]byte(sweptSmall + "report: " + given + "\n"))
		require.ErrorIs(t, err, ErrScenario, given)
		require.ErrorContains(t, err, want, given)
	}
}
