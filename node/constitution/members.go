package constitution

import (
	"fmt"
	"slices"
	"strings"

	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

const (
	dayS  = 86400
	yearS = 366 * dayS
	// longestS is that of pauses, and of the times of metrics.
	longestS = 30 * dayS
	allSat   = voting.MaxStakeSat
)

// Bounds that others read, or that lists have so that checking them has an end.
const (
	MaxSeeds           = 256
	MaxTracks          = 64
	MaxMetricName      = 40
	MaxUnit            = 40 // bytes, of a metric
	MaxMetricReporters = 64

	// MostUnpaid bounds how many holds may be unpaid: all of them are looked at where
	// one has to make room.
	MostUnpaid = 10_000
)

// between is the sentence of ranges, tooMany of lists.
const (
	between = "is {is}, must be between {least} and {most}"
	tooMany = "has {is}, at most {most} are allowed"
)

// Members lists every member of a constitution, sections before what is in them: what it
// means and what it may be. Validate holds a constitution against the same rows.
func Members() []member.Row {
	return slices.Concat(
		table.Rows(),
		member.Below("guardians.", guardianTable.Rows()),
		member.Below("reputation.", reputation.Members()),
		member.Below("prices[].", priceTable.Rows()),
		member.Below("pools[].", poolTable.Rows()),
		member.Below("payouts.", payoutTable.Rows()),
		member.Below("disputes.", disputeTable.Rows()),
		member.Below("metrics[].", metricTable.Rows()),
		member.Below("exit.", exitTable.Rows()),
		member.Below("wallets.", walletTable.Rows()),
		member.Below("tracks[].", voting.Members()),
		member.Below("tracks[].", trackTable.Rows()),
	)
}

// table has the sections and the members that have none of their own, in the order in which they are held.
var table = member.New[Constitution](between,
	member.Within("version", 1, NewestRules, "Version of the rules: what entries mean, and what this document may hold. An amend of a proposal raises it."),

	member.Text("operations", "How far created_at may be from the time of the entry."),
	member.Within("operations.max_age_s", 1, yearS, fmt.Sprintf("Most that created_at may lie behind, at least %d but on regtest.", LeastAgeS)),
	member.Within("operations.max_future_s", 0, dayS, fmt.Sprintf("Most that created_at may lie ahead, at least %d but on regtest.", LeastFutureS)),

	member.Within("stake.min_sat", 1, allSat, "Least stake; at most max_sat."),
	member.Within("stake.max_sat", 1, allSat, "Most that one hold may lock; a renewal keeps what is locked, also above it."),
	member.Within("stake.cltv_blocks", stake.MinCltvBlocks, stake.MaxCltvBlocks, "Life of a hold, in blocks of about ten minutes; 24 of them are safety."),
	member.Within("stake.invoice_expiry_s", 10, dayS, "How long a hold invoice can be paid."),
	member.Within("stake.max_per_agent", 1, 1000, "Most holds of an agent that have not ended."),
	member.Within("stake.max_unpaid_per_agent", 0, 1000, "Most holds of an agent that are not paid yet, renewals apart; 0 is {default}.").Or(unpaidPerAgent),
	member.Within("stake.max_unpaid", 0, MostUnpaid, "The same of all agents; those without locked stake have half of it, "+
		"and one with stake may always have one. 0 is {default}.").Or(unpaid),

	member.Within("receipts.min_sat", 1, allSat, "Least payment that makes a receipt."),
	member.Within("receipts.max_age_s", 1, yearS, "How old the invoice of a receipt may be; of a complaint, how long it may have been expired."),
	member.Within("receipts.unnamed_ppm", 0, voting.PPM, "How much praise counts over an invoice that names no customer, rounded down to 1/4096; 0 is {default}.").
		Or(unnamedPpm),
	member.Within("receipts.stranger_ppm", 0, voting.PPM, "How much a complaint counts by somebody whom the invoice does not name, "+
		"rounded down to 1/4096; 0 is {default}.").Or(strangerPpm),
	member.Within("receipts.complaint_stake_sat", 0, allSat, "Stake, locked since before the invoice was issued or for the length of an epoch, "+
		"with which a complaint over an invoice that names nobody counts whole; 0 is {default}.").Or(complaintStakeSat),

	member.Within("epoch_s", 1, yearS, fmt.Sprintf("Length of a reputation epoch, at least %d but on regtest; "+
		"a change takes effect with the end of the running one.", LeastEpochS)),

	member.Text("reputation", "A change takes effect with the end of the running epoch."),
	member.List("seeds", MaxSeeds, ""),
	member.Text("seeds[]", fmt.Sprintf("Keys that are trusted while nobody has staked, at most %d.", MaxSeeds)),
	member.Text("guardians", "They may veto, cancel and pause when enough of them agree, as the operator may alone."),
	member.Text("prices", "One for each resource, in this order: operations, proofs, queries, events."),
	member.List("pools", 64, "Where forfeited sats go. Shares add up to 1,000,000; later pools are added at the end. At most {most}.").Saying(tooMany),
	member.Text("payouts", "What is paid from the pools."),
	member.List("metrics", 64, "Figures of the economy that rules look at.").Saying(tooMany),
	member.List("tracks", MaxTracks, "Kinds of proposals, each with its own rules, at most {most}.").Saying(tooMany),
	member.Text("disputes", "What jurors offer."),
	member.Text("exit", "What agents who leave by rage-quit get, on tracks with rage_quit."),
	member.Text("wallets", "Wallets that spend from the pools; known from version 3 of the rules on."),
)

const maxGuardians = 64

var guardianTable = member.New[Guardians](between,
	member.List("keys", maxGuardians, "").Saying(tooMany),
	member.Text("keys[]", fmt.Sprintf("Their keys, x-only, at most %d.", maxGuardians)),
	member.Within("threshold", 0, maxGuardians, "How many must agree; 0 is 1."),
	member.Within("max_pause_s", 0, longestS, "Longest pause; 0 is {default}.").Or(dayS),
)

var priceTable = member.New[Price](between,
	member.OneOf("resource", "", Resources()...),
	member.Within("sat", 0, MaxPriceSat, "What one L402 token costs; 0 is free."),
)

var poolTable = member.New[PoolShare](between,
	member.Bytes("name", 0, 64, "Each once, at most {most} bytes.").Saying("has {is} bytes, at most {most} are allowed"),
	member.Within("share_ppm", 0, voting.PPM, ""),
)

var payoutTable = member.New[PayoutRules](between,
	member.Within("claim_s", 0, yearS, fmt.Sprintf("Time to name an invoice, at least %d but on regtest; 0 is {default}.", LeastClaimS)).Or(claimS),
	member.Within("max_claims", 0, 100, "Invoices tried; 0 is {default}.").Or(claims),
	// What may be set aside for a route comes off the share of who leaves, so more would
	// take that away.
	member.Within("fee_ppm", 0, 100_000, "Most that routes may cost, of the amount; 0 is {default}.").Or(feePpm),
	member.Within("fee_base_sat", 0, 1000, "And beside it; 0 is {default}.").Or(feeBaseSat),
)

var disputeTable = member.New[DisputeTerms](between,
	member.List("fields", 64, "").Saying(tooMany),
	member.Named("fields[]", voting.Name, "Fields of expertise, each once."),
	member.Within("juror_bond_sat", 0, allSat, "Locked by a juror for each field; it is what the juror may lose."),
)

// metricNames are what metrics are called, of the constitution and of evaluations.
var metricNames = member.Form{Also: "_-", Most: MaxMetricName}

const metricNameSays = "is {is}, must be {least} to {most} characters of a-z, 0-9, '-' and '_'"

var metricTable = member.New[MetricRule](between,
	member.Named("name", metricNames, "Each once.").Saying(metricNameSays),
	member.Bytes("unit", 1, MaxUnit, "{least} to {most} bytes.").Saying("has {is} bytes, must have {least} to {most}"),
	member.Within("reporters", 1, MaxMetricReporters, ""),
	member.Text("reporters[]", fmt.Sprintf("Who may report, x-only keys, 1 to %d.", MaxMetricReporters)),
	member.Within("least_reports", 1, MaxMetricReporters, "Reports that make a figure, their median; at most as many as there are reporters."),
	member.Within("within_s", 0, longestS, "How far the reports of one figure may lie apart; 0 is {default}.").Or(withinS),
	member.Within("interval_s", 0, longestS, "Least time between two figures; 0 is none."),
)

var exitTable = member.New[ExitRules](between,
	member.Text("pools[]", "Names of the pools that are shared, each once."),
	member.Within("retention_ppm", 0, voting.PPM, "Share of the stake that must stay for the decision to be executed."),
	member.Within("seniority_s", 0, yearS, "For how long before the vote stake must have been locked to have a share."),
	member.OneOf("share", "What a share rests on: own stake, of all that is locked, also where it is absent; "+
		"or what the agent brought into the pool, of all that came in.", "", ShareStake, ShareBroughtIn).
		Saying(fmt.Sprintf("is {is}, must be %+q or %+q", ShareStake, ShareBroughtIn)),
	member.Within("within_s", 0, 20*yearS, "For how long what was brought in has a share; 0 is {default}.").Or(broughtInS),
)

// trackTable is of what only a constitution knows of tracks; the rest is voting's.
var trackTable = member.New[voting.Track]("",
	member.List("actions", int64(len(actions)), "").Saying("has {is}, there are {most}"),
	member.OneOf("actions[]", "What proposals may carry out; none on a track of signals.", Actions()...),
	member.List("parameters", 64, "").Saying(tooMany),
	pointer("parameters[]", 200, "Places of the constitution that the actions may change, as JSON pointers; absent, all that they can."),
	member.Text("templates[]", "Marketplace templates of which a proposal fills in one; absent, none."),
)

func pointer(path string, most int64, doc string) member.Row {
	r := member.Bytes(path, 0, most, doc)
	r.Form = voting.Pointer
	return r
}

// Paths lists the members that have a value of their own, sorted.
func Paths() []string {
	rows := Members()
	var list []string
	for _, r := range rows {
		holds := func(other member.Row) bool {
			return strings.HasPrefix(other.Path, r.Path+".") || strings.HasPrefix(other.Path, r.Path+"[]")
		}
		if !slices.ContainsFunc(rows, holds) {
			list = append(list, r.Path)
		}
	}
	slices.Sort(list)
	return list
}

// misfit is the refusal of a member below field, nil where nothing is wrong.
func misfit(field string, m *member.Misfit) error {
	if m == nil {
		return nil
	}
	return refusal.New(refusal.ErrInvalid, field+m.Field(), m.Rule(), "%s", m.Sentence())
}

var walletTable = member.New[WalletRules](between,
	member.Within("max_per_agent", 0, 1000, "Most wallets of an agent that are not closed, parts included; 0 is {default}.").Or(walletsPerAgent),
	member.Text("operator", "Budgets that the operator may set without a decision; absent, none."),
	member.List("operator.pools", 64, "").Saying(tooMany),
	member.Text("operator.pools[]", "Names of the pools that they may spend from, each once."),
	member.Within("operator.day_sat", 0, allSat, "Most that all of them together may add in a day; of a period longer than that, all of it counts."),
	member.Within("operator.cap_sat", 0, allSat, "Most for one payment, its route included."),
	member.Within("operator.life_s", 0, yearS, "How long one holds at most, from when it is set."),
)
