package sim

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
)

// ruled is an economy in which every rule of a vote that engine crowd plays decides
// something: proposers with little and with much, several at once, few who vote.
const ruled = `
version: 1
name: ruled
seed: 4
replicates: 1
engine: %ENGINE%
steps: 14
populations:
  - {name: shops, kind: honest, count: 4, stake_sat: 40000, stake_spread_ppm: 700000, sells: true, buys_per_step: 1, turnout_ppm: 1000000}
  - {name: users, kind: honest, count: 12, stake_sat: 15000, stake_spread_ppm: 500000, buys_per_step: 1, turnout_ppm: 1000000}
  - {name: poor, kind: honest, count: 3, stake_sat: 900, turnout_ppm: 1000000}
  - {name: large, kind: honest, count: 1, stake_sat: 300000, turnout_ppm: 0}
  - {name: bad, kind: malicious, count: 4, stake_sat: 40000, wallet_sat: 400000}
proposals:
  - {name: reform, by: users, track: price, merit: good, step: 3, every: 2}
  - {name: theft, by: bad, track: price, merit: bad, step: 3, every: 1, count: 3}
  - {name: nonsense, by: poor, track: price, merit: good, step: 4}
  - {name: idea, by: large, track: price, merit: good, step: 4}
constitution: %RULES%
`

// noLapse lets all stakes of an agent be renewed at once, and seldom.
const noLapse = "stake: {cltv_blocks: 1008, max_unpaid_per_agent: 8, max_sat: 100000}"

// bothEngines plays rules with a ledger and with a crowd.
func bothEngines(t *testing.T, rules string) (byLedger, byCrowd Row) {
	t.Helper()
	of := func(engine string) Row {
		return runOne(t, load(t, replace(ruled, "%ENGINE%", engine, "%RULES%", rules)), 0)
	}
	return of("ledger"), of("crowd")
}

// decided are the columns that votes fill.
var decided = []string{"proposals_tried", "proposals_opened", "good_passed", "bad_passed", "wrong_outcomes", "turnout_ppm",
	"ballots", "forfeited_sat", "stake_sat", "gini_ppm", "nakamoto"}

func columns(t *testing.T, r Row) (out []string) {
	t.Helper()
	for _, metric := range decided {
		f, ok := metricField(metric)
		require.True(t, ok, metric)
		out = append(out, metric+" "+f.text(&r))
	}
	return out
}

func onPrice(rules string) string { return "{" + noLapse + ", tracks: [{name: price, " + rules + "}]}" }

// Every member of a constitution is played by engine crowd, more coarsely as
// docs/simulations says, without effect in a scenario, or refused; what the list
// names exists.
func TestCrowdKnowsEveryMember(t *testing.T) {
	used := map[string]bool{}
	for _, m := range constitution.Paths() {
		name := m
		for crowdParts[name] == crowdRefuses {
			if _, ok := crowdParts[name]; ok {
				break
			}
			above := strings.TrimSuffix(name, ".")
			dot := strings.LastIndexByte(above, '.')
			require.Positive(t, dot, "%s: say in crowdParts what engine crowd makes of it", m)
			name = above[:dot+1]
		}
		used[name] = true
	}
	for name := range crowdParts {
		require.True(t, used[name], "%s: no member of the constitution", name)
	}
	page, err := os.ReadFile("../../docs/simulations/README.md")
	require.NoError(t, err)
	for _, m := range crowdApproximated() {
		name := strings.Trim(m, "`")
		if group, _, _ := strings.Cut(name, "."); group == "reputation" {
			name = group
		}
		require.True(t, strings.Contains(string(page), "`"+name+"`"), "docs/simulations: say how `%s` is coarser", name)
	}
}

// What the crowd plays decides the same as with a ledger, and decides something:
// each change of one member gives another row than none.
func TestCrowdPlaysAsALedger(t *testing.T) {
	plain := onPrice("max_open_per_agent: 2")
	byLedger, byCrowd := bothEngines(t, plain)
	require.Equal(t, columns(t, byLedger), columns(t, byCrowd), "as it is")
	changes := map[string]string{
		"stake.min_sat":                    "{stake: {cltv_blocks: 1008, max_unpaid_per_agent: 8, max_sat: 100000, min_sat: 20000}}",
		"stake.max_sat":                    "{stake: {cltv_blocks: 1008, max_unpaid_per_agent: 8, max_sat: 40000}}",
		"stake.max_per_agent":              "{stake: {cltv_blocks: 1008, max_unpaid_per_agent: 8, max_sat: 100000, max_per_agent: 3}}",
		"tracks[].propose_reputation":      onPrice("propose_reputation: 1000000"),
		"tracks[].propose_stake_sat":       onPrice("propose_stake_sat: 20000"),
		"tracks[].collateral_sat":          onPrice("collateral_sat: 300000"),
		"tracks[].max_open_per_agent":      onPrice("max_open_per_agent: 1"),
		"tracks[].voting_period_s":         onPrice("voting_period_s: 600000, max_open_per_agent: 1"),
		"tracks[].timelock_s":              onPrice("timelock_s: 500000, max_open_per_agent: 1"),
		"tracks[].weight.kind":             onPrice("weight: {kind: one}"),
		"tracks[].weight.bond_sat":         onPrice("weight: {bond_sat: 30000}"),
		"tracks[].weight.cap_ppm":          onPrice("weight: {cap_ppm: 30000}"),
		"tracks[].weight.least_reputation": onPrice("weight: {kind: root-stake, least_reputation: 1000000}"),
		"tracks[].quorum.kind":             onPrice("quorum: {kind: eligible, share_ppm: 900000}"),
		"tracks[].quorum.share_ppm":        onPrice("weight: {kind: one}, quorum: {share_ppm: 600000}"),
		"tracks[].quorum.weight":           onPrice("quorum: {kind: absolute, share_ppm: 0, weight: 700000}"),
		"tracks[].quorum.min_ppm":          onPrice("weight: {kind: one}, quorum: {kind: turnout, share_ppm: 0, min_ppm: 800000, max_ppm: 900000}"),
		"tracks[].quorum.max_ppm":          onPrice("weight: {kind: one}, quorum: {kind: turnout, share_ppm: 0, min_ppm: 1, max_ppm: 400000}"),
		"tracks[].quorum.count_abstain":    onPrice("weight: {kind: one}, quorum: {kind: eligible, share_ppm: 600000, count_abstain: true}"),
		"tracks[].pass.kind":               onPrice("weight: {kind: one}, pass: {kind: majority, share_ppm: 0}"),
		"tracks[].pass.share_ppm":          onPrice("weight: {kind: one}, pass: {share_ppm: 900000}"),
		"tracks[].pass.weight":             onPrice("weight: {kind: one}, pass: {kind: absolute, share_ppm: 0, weight: 20}"),
		"tracks[].honest_for_ppm":          onPrice("honest_for_ppm: 900000, pass: {share_ppm: 999999}"),
		"tracks[].honest_turnout_ppm":      onPrice("honest_turnout_ppm: 900000, honest_for_ppm: 500000, pass: {share_ppm: 999999}"),
		"tracks[].actions[]":               onPrice("actions: [revoke-grant]"),
		"tracks[].proposers":               onPrice("proposers: guardians"),
		"tracks[].voting_delay_s":          onPrice("voting_delay_s: 180000, max_open_per_agent: 1"),
		"tracks[].late_quorum_s":           onPrice("late_quorum_s: 0"),
		"tracks[].name":                    "",
		"prices[].resource":                "",
		"receipts.min_sat":                 "",
		"reputation.min_receipt_sats":      "",
		"tracks[].delegation.max_depth":    "",
		"tracks[].delegation.cap_ppm":      "",
	}
	for _, m := range constitution.Paths() {
		if crowdPart(m) == crowdPlays {
			require.Contains(t, changes, m)
		}
	}
	for member, rules := range changes {
		if rules == "" {
			continue // names, limits that Load holds prices to, and those that voting applies to delegates
		}
		l, c := bothEngines(t, rules)
		assert.Equal(t, columns(t, l), columns(t, c), "%s: %s", member, rules)
		if member != "tracks[].late_quorum_s" { // says nothing where no ballot is late
			assert.NotEqual(t, columns(t, byCrowd), columns(t, c), "%s decides nothing here: %s", member, rules)
		}
	}
}

// What is called idle changes nothing but the log's hash in a ledger's run.
func TestIdleMembersChangeNothing(t *testing.T) {
	plain, _ := bothEngines(t, onPrice("max_open_per_agent: 2"))
	const key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	changes := []string{
		fmt.Sprintf("{"+noLapse+", guardians: {keys: [%s], threshold: 1, max_pause_s: 3600}, operations: {max_age_s: 7200, max_future_s: 300}}", key),
		"{" + noLapse + ", pools: [{name: governance, share_ppm: 500000}, {name: performance, share_ppm: 200000}, {name: more, share_ppm: 0}]}",
		"{" + noLapse + ", payouts: {claim_s: 90000, max_claims: 5, fee_ppm: 20000, fee_base_sat: 20}, disputes: {juror_bond_sat: 20000, fields: [general, models, law]}}",
		fmt.Sprintf("{"+noLapse+", metrics: [{name: load, unit: percent, reporters: [%s], least_reports: 1, within_s: 60, interval_s: 60}]}", key),
		"{" + noLapse + ", exit: {pools: [founders], share: stake, within_s: 0, retention_ppm: 400000, seniority_s: 86400}}",
		"{stake: {cltv_blocks: 1008, max_unpaid_per_agent: 8, max_sat: 100000, invoice_expiry_s: 1800}}",
		"{" + noLapse + ", receipts: {max_age_s: 86400, unnamed_ppm: 400000, stranger_ppm: 100000, complaint_stake_sat: 5000}}",
		"{" + noLapse + ", wallets: {max_per_agent: 4, operator: {pools: [governance], day_sat: 1000, cap_sat: 100, life_s: 86400}}}",
		onPrice("final_votes: true, veto_forfeit_ppm: 0, grace_s: 90000, cancel_until: ''"),
		onPrice("vetoable: false, veto_forfeit_ppm: 0, cancel_until: ''"),
		onPrice("dispute: {field: general, window_s: 3600, bond_sat: 1000, jurors: 3, commit_s: 3600, reveal_s: 3600, appeal_s: 3600, max_rounds: 2, winner_ppm: 0, after_s: 0, field_times: 2, least_score_ppm: 5000, seniority_s: 60, seats: weight}"),
		onPrice("evaluation: {max_period_s: 86400, min_reporters: 1, max_reporters: 3, least_reports: 1, pool: reserve, max_reward_sat: 10000}"),
	}
	// These only say something beside actions that nobody in a scenario proposes.
	elsewhere := []string{"version", "tracks[].parameters[]", "tracks[].removal_for_ppm", "tracks[].rage_quit", "tracks[].templates[]"}
	for _, m := range constitution.Paths() {
		name := strings.TrimSuffix(m[strings.LastIndexByte(m, '.')+1:], "[]")
		if crowdPart(m) == crowdIdle && !slices.Contains(elsewhere, m) {
			require.Contains(t, strings.Join(changes, " "), name+": ", m)
		}
	}
	for _, rules := range changes {
		row := runOne(t, load(t, replace(ruled, "%ENGINE%", "ledger", "%RULES%", rules)), 0)
		row.LogHash = plain.LogHash
		require.Equal(t, plain, row, rules)
		load(t, replace(ruled, "%ENGINE%", "crowd", "%RULES%", rules))
	}
}

// What the crowd does not play is refused by name, on the tracks that something is
// proposed on, and not on others.
func TestCrowdRefusesWhatItDoesNotPlay(t *testing.T) {
	const key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	seen := map[string]bool{}
	for rules, want := range map[string]string{
		onPrice("throttle: {target: 5, rise_ppm: 100000, decay_ppm: 50000, decay_s: 3600, max_sat: 100000}"): "constitution.tracks.price.throttle.decay_ppm: is 50000",
		onPrice("opposition: {r1_ppm: 0, r2_ppm: 500000, max_delay: 100000}"):                                "constitution.tracks.price.opposition.max_delay: is 100000",
		onPrice("counting: fractional"):                                                        `constitution.tracks.price.counting: is "fractional"`,
		onPrice("delegation: {cooldown_s: 1, max_depth: 0, cap_ppm: 0}"):                       "constitution.tracks.price.delegation.cooldown_s: is 1",
		onPrice("final_votes: true, pass: {early: certain}"):                                   `constitution.tracks.price.pass.early: is "certain"`,
		onPrice("final_votes: true, pass: {early: super-quorum, super_ppm: 700000}"):           `constitution.tracks.price.pass.early: is "super-quorum"`,
		"{seeds: [" + key + "]}":                                                               "constitution.seeds: is [",
		strings.Replace(onPrice("weight: {unconfirmed_ppm: 400000}"), "{", "{version: 3, ", 1): "constitution.tracks.price.weight.unconfirmed_ppm: is 400000",
		onPrice("late_quorum_s: 108001"):                                                       "constitution.tracks.price.late_quorum_s: is 108001, and the ballots come 108000 s before",
	} {
		_, err := Load([]byte(replace(ruled, "%ENGINE%", "crowd", "%RULES%", rules)))
		require.ErrorIs(t, err, ErrScenario, rules)
		require.ErrorContains(t, err, want)
		elsewhere := strings.Replace(rules, "name: price", "name: signal", 1)
		if elsewhere != rules && !strings.Contains(rules, "_s: ") {
			_, err = Load([]byte(replace(ruled, "%ENGINE%", "crowd", "%RULES%", elsewhere)))
			require.NoError(t, err, elsewhere)
		}
		load(t, replace(ruled, "%ENGINE%", "ledger", "%RULES%", rules))
		seen[strings.TrimPrefix(strings.TrimPrefix(strings.SplitN(want, ":", 2)[0], "constitution."), "tracks.price.")] = true
	}
	for _, rules := range []string{onPrice("late_quorum_s: 108000")} {
		load(t, replace(ruled, "%ENGINE%", "crowd", "%RULES%", rules))
	}
	for _, m := range constitution.Paths() {
		if crowdPart(m) == crowdRefuses && !strings.Contains(m, "conviction") && !strings.Contains(m, "throttle") && !strings.Contains(m, "opposition") {
			name := strings.TrimSuffix(strings.TrimPrefix(m, "tracks[]."), "[]")
			require.True(t, seen[name] || name == "pass.super_ppm", "%s is refused by nothing here", m)
		}
	}
}
