package voting

import (
	"fmt"

	"github.com/econd/econd/node/member"
)

// between is the sentence of most ranges, whole of most shares.
const (
	between = "{is} is not between {least} and {most}"
	whole   = "{is} is more than the whole, {most}"
)

// misfit is what is wrong with a member of a rule, nil where nothing is.
func misfit(m *member.Misfit) error {
	if m == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrRule, m.Field(), m.Sentence())
}

// Members lists the members of a track, of its rules, too: what each means and may be.
func Members() []member.Row {
	rows := trackTable.Rows()
	for _, of := range []struct {
		above string
		rows  []member.Row
	}{
		{"weight.", weightTable.Rows()}, {"quorum.", quorumTable.Rows()}, {"pass.", passTable.Rows()},
		{"delegation.", delegationTable.Rows()}, {"opposition.", oppositionTable.Rows()}, {"throttle.", throttleTable.Rows()},
		{"dispute.", disputeTable.Rows()}, {"evaluation.", evaluationTable.Rows()},
		{"conviction.", convictionTable.Rows()}, {"conviction.", convictionTrackTable.Rows()},
	} {
		rows = append(rows[:len(rows):len(rows)], member.Below(of.above, of.rows)...)
	}
	return rows
}

// words are the texts that a member may be.
func words[W ~string](list ...W) []string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	return texts
}

// Name is what tracks and fields of expertise are called.
var Name = member.Form{Also: "-", Most: maxName}

const (
	maxName  = 40
	nameSays = "must be {least} to {most} characters of a-z, 0-9 and '-'"
)

// Pointer is how JSON pointers start that name a member.
var Pointer = member.Form{Prefix: "/"}

// ValidName tells whether a text can name a track or a field of expertise: 1 to
// 40 characters of a-z, 0-9 and '-'.
func ValidName(s string) bool { return Name.Holds(s) }

// trackTable is of a track's own members, in the order of Track.Validate.
var trackTable = member.New[Track]("must be between {least} and {most} seconds",
	member.Named("name", Name, "Each once.").Saying(nameSays),
	member.Within("voting_delay_s", 0, maxDelayS, "From the collateral to the start of the vote, and the snapshot of weights."),
	member.Within("voting_period_s", 1, maxDelayS, "Length of the vote."),
	member.Within("late_quorum_s", 0, maxDelayS, "A quorum reached later than this before the deadline extends it by this, once; 0 is no extension, most is voting_period_s."),
	member.Within("timelock_s", 0, maxDelayS, "From the close of the vote to the execution; a veto is possible in it."),
	member.Within("grace_s", 1, maxDelayS, "After the timelock; not executed in it, the proposal expires."),

	deposit("collateral_sat", "Locked by the proposer; 0 is none."),
	deposit("propose_stake_sat", "Least locked stake of a proposer."),
	member.AtLeast("max_open_per_agent", 0, "Most open proposals of an agent on the track, drafts included; 0 is no limit.").Saying("must be at least 0"),
	member.Within("honest_for_ppm", 0, PPM, "Defeated with at least this share in favour, by conviction of the threshold's stake, the collateral returns.").
		Saying("must be between {least} and {most}"),
	member.Within("honest_turnout_ppm", 0, PPM, "Where fewer of all voted for and against, the share for the collateral's return is taken of this; "+
		"0 or absent: of those who voted, and it returns if nobody did. Says nothing on a conviction track.").Saying("must be at most {most}"),
	vetoForfeit(),
	member.AtLeast("propose_reputation", 0, "Least score of a proposer, of 2^60."),

	member.Text("weight", "How much an agent's voice counts."),
	member.Text("quorum", "How much must take part."),
	member.Text("pass", "What must be in favour."),
	member.Text("final_votes", "True: a ballot cannot be replaced."),
	member.OneOf("counting", "How ballots are filled in and counted.", append([]string{""}, words(Methods()...)...)...),
	member.Text("delegation", "Bounds of delegation."),
	member.Text("opposition", "Lengthens the timelock by the weight that was against."),
	member.Text("dispute", "Lets proposals of the track be challenged before jurors."),
	member.Text("conviction", "Gathers conviction over time for payments from a pool, instead of a vote."),
	member.Text("vetoable", "Whether guardians and operator may veto."),
	member.Text("rage_quit", "Whoever voted against may leave with a share of the pools in exit before the execution."),
	member.OneOf("cancel_until", "How long guardians and operator may cancel: close, to the close of the vote; absent, to the execution.", "", string(CancelUntilClose)).
		Saying(fmt.Sprintf("{is} is neither absent nor %+q", CancelUntilClose)),
	member.OneOf("proposers", "Who may propose; absent, any agent.", "", string(ProposersGuardians)).
		Saying(fmt.Sprintf("{is} is neither absent nor %+q", ProposersGuardians)),
	member.Text("removal_for_ppm", "Least share of all in favour with which guardians are removed, by more for than against; absent, by the track's quorum. "+
		"Never more than appointing them asks in favour."),
	member.Text("throttle", "Makes collateral dearer while the track is crowded."),
	member.Text("evaluation", "Lets proposals of the track name criteria by which they are judged after their execution."),
)

func deposit(path, doc string) member.Row {
	r := member.AtLeast(path, 0, doc).Saying("must be at least 0")
	r.As = "collateral_sat, propose_stake_sat"
	return r
}

func vetoForfeit() member.Row {
	r := member.Text("veto_forfeit_ppm", "0 or 1,000,000: whether a veto forfeits the collateral.").
		Saying("must be 0 or 1000000: a hold is settled whole or not at all")
	r.Values = []int64{0, PPM}
	return r
}

var weightTable = member.New[WeightRule]("",
	member.OneOf("kind", "", words(weightKinds...)...).Saying("{is} is not one of {enum}"),
	member.Within("bond_sat", 0, MaxStakeSat, "Identity bond: with less locked, no weight.").Saying("{is} is more than all bitcoin, {most} sat"),
	member.Within("least_reputation", 0, 1<<60, "Reputation floor: with a lower score, no weight.").Saying("{is} is more than the whole mass, 2^60"),
	member.Within("cap_ppm", 0, PPM, "Most of the total that one agent may have; 0 is no cap.").Saying(whole),
	member.Within("unconfirmed_ppm", 0, PPM, "How much a sat of stake counts, for the bond too, whose agent has not confirmed that it is locked; absent, all. "+
		"Known from version 2 of the rules on.").Saying(whole),
)

// quorumTable: which of the numbers count depends on the kind, see QuorumRule.Validate.
var quorumTable = member.New[QuorumRule](between,
	member.OneOf("kind", "Share of all, absolute weight, share in favour, or a share that follows the turnout.", words(quorumKinds...)...).
		Saying("{is} is not one of {enum}"),
	member.Within("share_ppm", 0, PPM, "For eligible and for."),
	member.AtLeast("weight", 0, "For absolute.").Saying("must be at least {least}"),
	member.Text("min_ppm", "For turnout; at most max_ppm."),
	member.Text("max_ppm", "For turnout; at most 1,000,000."),
	member.Text("count_abstain", "Whether abstentions take part."),
)

// passTable: which of the numbers count depends on kind and early, see PassRule.Validate.
var passTable = member.New[PassRule](between,
	member.OneOf("kind", "More for than against, a share of those two, a share of all, or an absolute weight.", words(passKinds...)...).
		Saying("{is} is not one of {enum}"),
	member.Within("share_ppm", 0, PPM, "Above one half; for share and eligible.").
		Saying(between+": at one half a tie would pass; for more than half use the kind majority"),
	member.AtLeast("weight", 0, "For absolute.").Saying("must be at least {least}"),
	member.OneOf("early", "When the vote may end before its deadline, where final_votes is true.", words(EarlyNever, EarlyCertain, EarlySuper)...).
		Saying(fmt.Sprintf("{is} is neither empty, %+q nor %+q", EarlyCertain, EarlySuper)),
	member.Within("super_ppm", 0, PPM, "For super-quorum."),
)

var delegationTable = member.New[DelegationRule](between,
	member.Within("max_depth", 0, MaxDepth, "Most hops; 0 is the most there can be.").Saying("{is} is more than {most}"),
	member.Within("cap_ppm", 0, PPM, "Most of the eligible weight that one voter may carry; 0 is no cap.").Saying(whole),
	member.Within("cooldown_s", 0, maxDelayS, "From one delegation to the next of the same weight."),
)

var oppositionTable = member.New[OppositionRule](whole,
	member.Within("r1_ppm", 0, PPM, "Up to here nothing; below r2_ppm."),
	member.Within("r2_ppm", 0, PPM, "From here on max_delay."),
	member.Within("max_delay", 0, maxDelayS, "At least timelock_s.").Saying("must be at most {most} seconds"),
)

var throttleTable = member.New[ThrottleRule](between,
	member.Within("target", 1, 10_000, "Open proposals above which it rises and below which it decays."),
	member.Within("rise_ppm", 1, PPM, "For each proposal that starts above the target."),
	// The least decay bounds how many steps it takes from the most to the least.
	member.Within("decay_ppm", 10_000, PPM, "In each decay_s below it."),
	member.Within("decay_s", 1, maxDelayS, ""),
	member.Within("max_sat", 1, 2_100_000_000_000, "Most that is asked; at least collateral_sat.").
		Saying("{is} is not between collateral_sat, {least}, and {most}"),
)

const maxPartS = 7 * 86400 // of a round of a dispute

var disputeTable = member.New[DisputeRule](between,
	member.Within("window_s", 1, maxDelayS, "From the close of the vote on; at most timelock_s."),
	member.Within("after_s", 0, maxDelayS, "From the execution on, where all actions can be undone; 0 is not at all."),
	member.Within("bond_sat", 1, 1_000_000_000, "Of the first challenge; each further one and each appeal locks twice the one before."),
	member.Within("jurors", 1, 31, "Of the first round, an odd number; each appeal draws twice as many and one."),
	member.Within("commit_s", 1, maxPartS, "Time to commit to a vote."),
	member.Within("reveal_s", 1, maxPartS, "Time to reveal it."),
	member.Within("appeal_s", 1, maxPartS, "Time to appeal."),
	member.Within("max_rounds", 1, 4, "Most rounds of one dispute."),
	member.Within("winner_ppm", 0, PPM, "The winner's part of what the losers forfeit; 0 is one half."),
	member.Within("field_times", 0, 100, "How many times the first jury the field of candidates must be; 0 is once. Else a challenge stops nothing."),
	member.Within("least_score_ppm", 0, PPM, "Least sum of the candidates' scores, as a share of all trust; 0 is {default}. Else a challenge stops nothing.").
		Or(DefaultLeastScorePPM),
	member.Within("seniority_s", 0, maxDelayS, "How long before the challenge jurors must have offered themselves and had their score."),
	member.OneOf("seats", "How seats are drawn. weight: each over all scores, so that seats follow weight however it is divided among keys. "+
		"spread, where absent: nobody gets more than its part, rounded up; who divides its weight gets more.", "", SeatsWeight, SeatsSpread).
		Saying(fmt.Sprintf("is {is}, must be %+q or %+q", SeatsWeight, SeatsSpread)),
	member.Named("field", Name, "Expertise that jurors must offer; one of disputes.fields.").Saying(nameSays),
)

var evaluationTable = member.New[EvaluationRule](between,
	member.Within("max_period_s", 1, 366*86400, "Longest evaluation."),
	member.Within("max_reporters", 1, 64, "Most keys."),
	member.Within("min_reporters", 1, 64, "Fewest keys that a proposal may name; at most max_reporters."),
	member.Within("least_reports", 1, 64, "Fewest reports that a metric must ask for; at most min_reporters."),
	member.Within("max_reward_sat", 1, MaxStakeSat, "Most that one proposal can earn."),
	member.Text("pool", "Pays the rewards."),
)

var convictionTable = member.New[ConvictionRule](between,
	member.Within("decay", 0, DecayScale-1, "What conviction keeps per step, of 10,000,000.").Saying(fmt.Sprintf("{is} is not below %d", DecayScale)),
	member.Within("beta_ppm", 1, PPM, "Share of the pool that cannot be asked for."),
	member.Within("rho_ppm", 1, PPM, "Tunes the threshold."),
	member.Within("least_stake_ppm", 0, PPM, "Least share of all locked stake that counts as put behind proposals; 0 or absent: {default}.").
		Or(DefaultLeastStakePPM).Saying(whole),
)

var convictionTrackTable = member.New[ConvictionTrack](between,
	member.Within("step_s", 1, maxDelayS, "Unit of time of conviction.").Saying("{is} is not between {least} and voting_period_s, {most}"),
	member.Within("high_water_window_s", 0, MaxHighWaterS, "How long stake that was there still counts in the threshold."),
)
