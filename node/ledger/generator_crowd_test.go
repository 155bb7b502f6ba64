package ledger

import "slices"

// The economies of the generator: a demo whose tracks have disputes, throttles,
// delegation with a cap and leaving by stake; a demo that shares by what was brought
// in; and the default constitution with its days.
var economies = [][]string{
	append([]string{
		"set stake.max_per_agent 60",
		"set exit {pools: [reserve, performance], retention_ppm: 900000, seniority_s: 1}",
		"set tracks.treasury.delegation {max_depth: 4, cap_ppm: 400000}",
		"set tracks.price.throttle {target: 1, rise_ppm: 300000, decay_ppm: 100000, decay_s: 2, max_sat: 90000}",
		"set tracks.grant.weight {kind: one, bond_sat: 1000, cap_ppm: 300000}",
		"set tracks.upgrade.quorum {kind: turnout, min_ppm: 100000, max_ppm: 400000}",
	}, livelyDemo...),
	append([]string{
		"set stake.max_per_agent 60",
		"set exit {pools: [reserve], share: brought-in, within_s: 60, retention_ppm: 850000}",
		"set tracks.treasury.throttle {target: 1, rise_ppm: 200000, decay_ppm: 50000, decay_s: 5, max_sat: 200000}",
		"set version 2",
		"set tracks.treasury.weight {kind: stake, cap_ppm: 250000, unconfirmed_ppm: 400000}",
		"set tracks.price.weight {kind: root-stake, bond_sat: 1000, unconfirmed_ppm: 0}",
		"set tracks.price.delegation {max_depth: 2}",
		"set payouts {claim_s: 30, max_claims: 1}",
	}, livelyDemo...),
	{
		"constitution default", "set stake.max_per_agent 60", "set guardians.max_pause_s 172800", "set tracks.grant.weight {kind: root-stake, bond_sat: 1000}",
		"set tracks.parameter.dispute {field: general, window_s: 86400, after_s: 86400, bond_sat: 20000, jurors: 1, least_score_ppm: 1000, commit_s: 43200, reveal_s: 21600, appeal_s: 43200, max_rounds: 2, seats: weight, field_times: 3, seniority_s: 3600}",
		"set tracks.treasury.dispute {field: general, window_s: 86400, bond_sat: 20000, jurors: 1, least_score_ppm: 1000, commit_s: 43200, reveal_s: 21600, appeal_s: 43200, max_rounds: 2, seats: weight, seniority_s: 86400}",
		"set tracks.grant.dispute {field: general, window_s: 86400, bond_sat: 20000, jurors: 3, least_score_ppm: 1000, commit_s: 43200, reveal_s: 21600, appeal_s: 43200, max_rounds: 1, seats: weight}",
		"guardians 2 gil una bob",
	},
}

// foundation is all that is set before the genesis of an economy.
func foundation(economy int) []string {
	return slices.Concat(economies[economy], pollTracks(economy), ruleTrackLines, convictionTracks(economy))
}

// livelyDemo makes much possible in the seconds of the demo.
var livelyDemo = []string{
	"set disputes {juror_bond_sat: 3000, fields: [general]}",
	"set tracks.price.timelock_s 20", "set tracks.treasury.timelock_s 20", "set tracks.grant.timelock_s 20", "set tracks.parameter.timelock_s 20",
	"set tracks.upgrade.timelock_s 20",
	"set tracks.price.dispute {field: general, window_s: 20, after_s: 20, bond_sat: 2000, jurors: 1, least_score_ppm: 1000, commit_s: 3, reveal_s: 3, appeal_s: 4, max_rounds: 2}",
	"set tracks.treasury.dispute {field: general, window_s: 20, bond_sat: 2000, jurors: 1, least_score_ppm: 1000, commit_s: 3, reveal_s: 3, appeal_s: 4, max_rounds: 2}",
	"set tracks.parameter.dispute {field: general, window_s: 20, after_s: 30, bond_sat: 2000, jurors: 3, least_score_ppm: 1000, commit_s: 3, reveal_s: 3, appeal_s: 4, max_rounds: 1, winner_ppm: 700000}",
	"set tracks.upgrade.dispute {field: general, window_s: 20, after_s: 30, bond_sat: 2000, jurors: 1, least_score_ppm: 1000, commit_s: 3, reveal_s: 3, appeal_s: 4, max_rounds: 3}",
	"set tracks.treasury.rage_quit true", "set tracks.grant.rage_quit true", "set tracks.price.rage_quit true",
	"set tracks.constitution.pass.share_ppm 666667",
	"set tracks.price.max_open_per_agent 0", "set tracks.treasury.max_open_per_agent 2",
	"guardians 2 gil una bob",
}

var (
	people = []string{"ann", "bob", "cyd", "dan", "eve", "fay", "gil", "una"}
	judges = []string{"jim", "joy", "jon", "jay", "jed"}
)

// situations are those that must come about over the seeds of one run of the test.
var situations = []string{
	"two decisions executed in one sweep", "an exit counted by two decisions", "a renewal during a dispute", "a dispute during a pause",
	"a veto in the last instant", "an amendment while a vote runs", "an appeal", "an evaluation",
	"a retention failure", "an action fails", "two disputes of one decision", "two have announced to leave", "a departure",
	"delegated weight counted", "a ballot replaced", "a late quorum", "renewed make before break", "a lapse",
	"a challenge is upheld", "a challenge is refused", "a throttle rises", "a pause moves an execution", "a draw",
	"a payment failed", "a claim lapsed", "settled without a rule", "an expiry", "a cancel", "a defeat forfeits",
	"counted approval", "counted fractional", "counted weighted", "counted ranked-choice", "counted quadratic-credits", "counted copeland", "counted quadratic",
	"passed by conviction", "conviction ran out", "support withdrawn", "stake that went took support away", "a threshold falls",
	"a rule opened a proposal", "a rule armed again", "what a rule asked for was executed", "options level", "delegated weight in ballots filled in",
	"verdict met", "verdict missed", "verdict undetermined",
}
