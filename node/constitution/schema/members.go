package schema

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

const (
	dayS       = 86400
	yearS      = 366 * dayS
	longestS   = 30 * dayS // of any duration of a track
	allSat     = 2_100_000_000_000_000
	anyInteger = op.MaxInteger
)

// members says, of every member of a constitution, what it means and what it
// may be. Tests hold the ranges against the ledger's.
var members = map[string]member{
	"version": within(1, constitution.NewestRules, "Version of the rules: what entries mean, and what this document may hold. An amend of a proposal raises it."),

	"guardians":             text("They may veto, cancel and pause when enough of them agree, as the operator may alone."),
	"guardians.keys[]":      text("Their keys, x-only, at most 64."),
	"guardians.threshold":   within(0, 64, "How many must agree; 0 is 1."),
	"guardians.max_pause_s": within(0, longestS, "Longest pause; 0 is a day."),

	"operations":              text("How far created_at may be from the time of the entry."),
	"operations.max_age_s":    within(1, yearS, "Most that created_at may lie behind, at least 60 but on regtest."),
	"operations.max_future_s": within(0, dayS, "Most that created_at may lie ahead, at least 10 but on regtest."),

	"stake.min_sat":              within(1, allSat, "Least stake; at most max_sat."),
	"stake.max_sat":              within(1, allSat, "Most that one hold may lock; a renewal keeps what is locked, also above it."),
	"stake.cltv_blocks":          within(stake.MinCltvBlocks, stake.MaxCltvBlocks, "Life of a hold, in blocks of about ten minutes; 24 of them are safety."),
	"stake.invoice_expiry_s":     within(10, dayS, "How long a hold invoice can be paid."),
	"stake.max_per_agent":        within(1, 1000, "Most holds of an agent that have not ended."),
	"stake.max_unpaid_per_agent": within(0, 1000, "Most holds of an agent that are not paid yet, renewals apart; 0 is 3."),
	"stake.max_unpaid":           within(0, 10_000, "The same of all agents; those without locked stake have half of it, and one with stake may always have one. 0 is 256."),

	"receipts.min_sat":   within(1, allSat, "Least payment that makes a receipt."),
	"receipts.max_age_s": within(1, yearS, "How old the invoice of a receipt may be; of a complaint, how long it may have been expired."),

	"receipts.unnamed_ppm":         within(0, voting.PPM, "How much praise counts over an invoice that names no customer, rounded down to 1/4096; 0 is 500,000."),
	"receipts.stranger_ppm":        within(0, voting.PPM, "How much a complaint counts by somebody whom the invoice does not name, rounded down to 1/4096; 0 is 125,000."),
	"receipts.complaint_stake_sat": within(0, allSat, "Stake, locked since before the invoice was issued or for the length of an epoch, with which a complaint over an invoice that names nobody counts whole; 0 is 10,000."),

	"reputation":                         text("A change takes effect with the end of the running epoch."),
	"reputation.half_life_positive_days": text("How fast praise fades, in days: 0 (never), 7, 14, 30, 60, 90, 120, 180, 365 or 730."),
	"reputation.half_life_negative_days": text("How fast complaints fade, in days; as for praise."),
	"reputation.negative_weight":         within(0, 1000, "How many positive receipts one complaint outweighs."),
	"reputation.tau":                     within(0, min(int64(reputation.FlowOne), anyInteger), "Flow at which a consumer's praise counts half, of 2^60."),
	"reputation.min_receipt_sats":        within(1, int64(reputation.MaxSats), "Least price of a rated receipt."),

	"reputation.full_day_consumers": within(0, reputation.MaxAgents, "On how many consumers' receipts a day counts whole for the age of receipts; a day with fewer counts in part. 0 lets every day count."),

	"epoch_s": within(1, yearS, "Length of a reputation epoch, at least 600 but on regtest; a change takes effect with the end of the running one."),
	"seeds[]": text("Keys that are trusted while nobody has staked, at most 256."),

	"prices":            text("One for each resource, in this order: operations, proofs, queries, events."),
	"prices[].resource": one("", constitution.Resources()...),
	"prices[].sat":      within(0, 1_000_000, "What one L402 token costs; 0 is free."),

	"pools":             text("Where forfeited sats go. Shares add up to 1,000,000; later pools are added at the end. At most 64."),
	"pools[].name":      text("Each once, at most 64 bytes."),
	"pools[].share_ppm": within(0, voting.PPM, ""),

	"payouts":              text("What is paid from the pools."),
	"payouts.claim_s":      within(0, yearS, "Time to name an invoice, at least 86400 but on regtest; 0 is 7 days."),
	"payouts.max_claims":   within(0, 100, "Invoices tried; 0 is 3."),
	"payouts.fee_ppm":      within(0, 100_000, "Most that routes may cost, of the amount; 0 is 10,000."),
	"payouts.fee_base_sat": within(0, 1000, "And beside it; 0 is 10."),

	"tracks":                        text("Kinds of proposals, each with its own rules, at most 64."),
	"tracks[].name":                 {doc: "Each once.", pattern: "^[a-z0-9-]{1,40}$"},
	"tracks[].propose_reputation":   within(0, anyInteger, "Least score of a proposer, of 2^60."),
	"tracks[].propose_stake_sat":    within(0, anyInteger, "Least locked stake of a proposer."),
	"tracks[].collateral_sat":       within(0, anyInteger, "Locked by the proposer; 0 is none."),
	"tracks[].max_open_per_agent":   within(0, anyInteger, "Most open proposals of an agent on the track, drafts included; 0 is no limit."),
	"tracks[].voting_delay_s":       within(0, longestS, "From the collateral to the start of the vote, and the snapshot of weights."),
	"tracks[].voting_period_s":      within(1, longestS, "Length of the vote."),
	"tracks[].late_quorum_s":        within(0, longestS, "A quorum reached later than this before the deadline extends it by this, once; 0 is no extension, most is voting_period_s."),
	"tracks[].weight":               text("How much an agent's voice counts."),
	"tracks[].weight.kind":          one("", "one", "reputation", "stake", "root-stake", "reputation-root-stake", "conviction"),
	"tracks[].weight.bond_sat":      within(0, voting.MaxStakeSat, "Identity bond: with less locked, no weight."),
	"tracks[].weight.cap_ppm":       within(0, voting.PPM, "Most of the total that one agent may have; 0 is no cap."),
	"tracks[].quorum":               text("How much must take part."),
	"tracks[].quorum.kind":          one("Share of all, absolute weight, share in favour, or a share that follows the turnout.", "none", "eligible", "absolute", "for", "turnout"),
	"tracks[].quorum.share_ppm":     within(0, voting.PPM, "For eligible and for."),
	"tracks[].quorum.weight":        within(0, anyInteger, "For absolute."),
	"tracks[].quorum.min_ppm":       text("For turnout; at most max_ppm."),
	"tracks[].quorum.max_ppm":       text("For turnout; at most 1,000,000."),
	"tracks[].quorum.count_abstain": text("Whether abstentions take part."),
	"tracks[].pass":                 text("What must be in favour."),
	"tracks[].pass.kind":            one("More for than against, a share of those two, a share of all, or an absolute weight.", "majority", "share", "eligible", "absolute"),
	"tracks[].pass.share_ppm":       within(0, voting.PPM, "Above one half; for share and eligible."),
	"tracks[].pass.weight":          within(0, anyInteger, "For absolute."),
	"tracks[].pass.early":           one("When the vote may end before its deadline, where final_votes is true.", "", "certain", "super-quorum"),
	"tracks[].pass.super_ppm":       within(0, voting.PPM, "For super-quorum."),
	"tracks[].final_votes":          text("True: a ballot cannot be replaced."),
	"tracks[].honest_for_ppm":       within(0, voting.PPM, "Defeated with at least this share in favour, by conviction of the threshold's stake, the collateral returns."),
	"tracks[].honest_turnout_ppm":   within(0, voting.PPM, "Where fewer of all voted for and against, the share for the collateral's return is taken of this; 0 or absent: of those who voted, and it returns if nobody did. Says nothing on a conviction track."),
	"tracks[].veto_forfeit_ppm":     {doc: "0 or 1,000,000: whether a veto forfeits the collateral."},
	"tracks[].counting": one("How ballots are filled in and counted.", "", "single-choice", "fractional", "approval",
		"ranked-choice", "copeland", "weighted", "quadratic", "quadratic-credits"),
	"tracks[].delegation":              text("Bounds of delegation."),
	"tracks[].delegation.max_depth":    within(0, voting.MaxDepth, "Most hops; 0 is the most there can be."),
	"tracks[].delegation.cap_ppm":      within(0, voting.PPM, "Most of the eligible weight that one voter may carry; 0 is no cap."),
	"tracks[].delegation.cooldown_s":   within(0, longestS, "From one delegation to the next of the same weight."),
	"tracks[].opposition":              text("Lengthens the timelock by the weight that was against."),
	"tracks[].opposition.r1_ppm":       within(0, voting.PPM, "Up to here nothing; below r2_ppm."),
	"tracks[].opposition.r2_ppm":       within(0, voting.PPM, "From here on max_delay."),
	"tracks[].opposition.max_delay":    within(0, longestS, "At least timelock_s."),
	"tracks[].timelock_s":              within(0, longestS, "From the close of the vote to the execution; a veto is possible in it."),
	"tracks[].grace_s":                 within(1, longestS, "After the timelock; not executed in it, the proposal expires."),
	"tracks[].vetoable":                text("Whether guardians and operator may veto."),
	"tracks[].cancel_until":            one("How long guardians and operator may cancel: close, to the close of the vote; absent, to the execution.", "", "close"),
	"tracks[].actions[]":               one("What proposals may carry out; none on a track of signals.", constitution.Actions()...),
	"tracks[].parameters[]":            {doc: "Places of the constitution that the actions may change, as JSON pointers; absent, all that they can.", pattern: "^/"},
	"tracks[].proposers":               one("Who may propose; absent, any agent.", "", "guardians"),
	"tracks[].removal_for_ppm":         text("Least share of all in favour with which guardians are removed, by more for than against; absent, by the track's quorum. Never more than appointing them asks in favour."),
	"tracks[].throttle":                text("Makes collateral dearer while the track is crowded."),
	"tracks[].throttle.target":         within(1, 10_000, "Open proposals above which it rises and below which it decays."),
	"tracks[].throttle.rise_ppm":       within(1, voting.PPM, "For each proposal that starts above the target."),
	"tracks[].throttle.decay_ppm":      within(10_000, voting.PPM, "In each decay_s below it."),
	"tracks[].throttle.decay_s":        within(1, longestS, ""),
	"tracks[].throttle.max_sat":        within(1, 2_100_000_000_000, "Most that is asked; at least collateral_sat."),
	"tracks[].weight.least_reputation": within(0, anyInteger, "Reputation floor: with a lower score, no weight."),

	"disputes":                text("What jurors offer."),
	"disputes.juror_bond_sat": within(0, allSat, "Locked by a juror for each field; it is what the juror may lose."),
	"disputes.fields[]":       {doc: "Fields of expertise, each once.", pattern: "^[a-z0-9-]{1,40}$"},

	"tracks[].dispute":            text("Lets proposals of the track be challenged before jurors."),
	"tracks[].dispute.field":      {doc: "Expertise that jurors must offer; one of disputes.fields.", pattern: "^[a-z0-9-]{1,40}$"},
	"tracks[].dispute.window_s":   within(1, longestS, "From the close of the vote on; at most timelock_s."),
	"tracks[].dispute.after_s":    within(0, longestS, "From the execution on, where all actions can be undone; 0 is not at all."),
	"tracks[].dispute.bond_sat":   within(1, 1_000_000_000, "Of the first challenge; each further one and each appeal locks twice the one before."),
	"tracks[].dispute.jurors":     within(1, 31, "Of the first round, an odd number; each appeal draws twice as many and one."),
	"tracks[].dispute.commit_s":   within(1, 7*dayS, "Time to commit to a vote."),
	"tracks[].dispute.reveal_s":   within(1, 7*dayS, "Time to reveal it."),
	"tracks[].dispute.appeal_s":   within(1, 7*dayS, "Time to appeal."),
	"tracks[].dispute.max_rounds": within(1, 4, "Most rounds of one dispute."),
	"tracks[].dispute.winner_ppm": within(0, voting.PPM, "The winner's part of what the losers forfeit; 0 is one half."),
	"tracks[].dispute.seats": one("How seats are drawn. weight: each over all scores, so that seats follow weight however it is divided among keys. "+
		"spread, where absent: nobody gets more than its part, rounded up; who divides its weight gets more.", voting.SeatsWeight, voting.SeatsSpread),
	"tracks[].dispute.field_times":     within(0, 100, "How many times the first jury the field of candidates must be; 0 is once. Else a challenge stops nothing."),
	"tracks[].dispute.least_score_ppm": within(0, voting.PPM, "Least sum of the candidates' scores, as a share of all trust; 0 is 10000. Else a challenge stops nothing."),
	"tracks[].dispute.seniority_s":     within(0, longestS, "How long before the challenge jurors must have offered themselves and had their score."),

	"metrics":                 text("Figures of the economy that rules look at."),
	"metrics[].name":          {doc: "Each once.", pattern: "^[a-z0-9_-]{1,40}$"},
	"metrics[].unit":          text("1 to 40 bytes."),
	"metrics[].reporters[]":   text("Who may report, x-only keys, 1 to 64."),
	"metrics[].least_reports": within(1, 64, "Reports that make a figure, their median; at most as many as there are reporters."),
	"metrics[].within_s":      within(0, longestS, "How far the reports of one figure may lie apart; 0 is an hour."),
	"metrics[].interval_s":    within(0, longestS, "Least time between two figures; 0 is none."),

	"tracks[].evaluation":                text("Lets proposals of the track name criteria by which they are judged after their execution."),
	"tracks[].evaluation.max_period_s":   within(1, yearS, "Longest evaluation."),
	"tracks[].evaluation.min_reporters":  within(1, 64, "Fewest keys that a proposal may name; at most max_reporters."),
	"tracks[].evaluation.max_reporters":  within(1, 64, "Most keys."),
	"tracks[].evaluation.least_reports":  within(1, 64, "Fewest reports that a metric must ask for; at most min_reporters."),
	"tracks[].evaluation.pool":           text("Pays the rewards."),
	"tracks[].evaluation.max_reward_sat": within(1, allSat, "Most that one proposal can earn."),

	"exit":               text("What agents who leave by rage-quit get, on tracks with rage_quit."),
	"exit.pools[]":       text("Names of the pools that are shared, each once."),
	"exit.share":         one("What a share rests on: own stake, of all that is locked, also where it is absent; or what the agent brought into the pool, of all that came in.", "", "stake", "brought-in"),
	"exit.within_s":      within(0, 20*366*86400, "For how long what was brought in has a share; 0 is a year."),
	"exit.retention_ppm": within(0, voting.PPM, "Share of the stake that must stay for the decision to be executed."),
	"exit.seniority_s":   within(0, 366*86400, "For how long before the vote stake must have been locked to have a share."),
	"tracks[].rage_quit": text("Whoever voted against may leave with a share of the pools in exit before the execution."),

	"tracks[].conviction":                     text("Gathers conviction over time for payments from a pool, instead of a vote."),
	"tracks[].conviction.decay":               within(0, voting.DecayScale-1, "What conviction keeps per step, of 10,000,000."),
	"tracks[].conviction.rho_ppm":             within(1, voting.PPM, "Tunes the threshold."),
	"tracks[].conviction.beta_ppm":            within(1, voting.PPM, "Share of the pool that cannot be asked for."),
	"tracks[].conviction.least_stake_ppm":     within(0, voting.PPM, "Least share of all locked stake that counts as put behind proposals; 0 or absent: 100,000."),
	"tracks[].conviction.step_s":              within(1, longestS, "Unit of time of conviction."),
	"tracks[].conviction.high_water_window_s": within(0, voting.MaxHighWaterS, "How long stake that was there still counts in the threshold."),

	"tracks[].templates[]": text("Marketplace templates of which a proposal fills in one; absent, none."),
}
