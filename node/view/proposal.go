package view

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// Proposal is one proposal with its state at a given instant.
type Proposal struct {
	ID           op.ID          `json:"id"`
	Seq          uint64         `json:"seq"`
	Track        string         `json:"track"`
	Proposer     op.PublicKey   `json:"proposer,omitzero"` // absent where a rule opened it
	Title        string         `json:"title"`
	Text         string         `json:"text"`
	Actions      []op.Raw       `json:"actions"`
	State        string         `json:"state"`
	Reason       string         `json:"reason,omitempty"`
	VoteStartMs  int64          `json:"vote_start_ms,omitempty"`
	DeadlineMs   int64          `json:"deadline_ms,omitempty"`
	ExecuteAfter int64          `json:"execute_after_ms,omitempty"`
	For          op.Weight      `json:"for"`
	Against      op.Weight      `json:"against"`
	Abstain      op.Weight      `json:"abstain"`
	Eligible     op.Weight      `json:"eligible"`
	Ballots      int            `json:"ballots"`
	Outcome      *op.Close      `json:"outcome,omitempty"`
	CloseSeq     uint64         `json:"close_seq,omitempty"`
	Results      []ActionResult `json:"results,omitempty"` // of the actions, once executed
	Collateral   *Hold          `json:"collateral,omitempty"`

	// Counting is the method, where it is not single-choice; Options are
	// those that the vote chooses between.
	Counting voting.Method `json:"counting,omitempty"`
	Options  []string      `json:"options,omitempty"`
	// DecidedEarly says that the vote ended at DeadlineMs because nothing
	// could change its result any more.
	DecidedEarly bool `json:"decided_early,omitempty"`
	// Exits says who may leave before the execution and who did, on tracks
	// with rage_quit once the vote is closed.
	Exits Exits `json:"exits,omitzero"`
	// Conviction is that of a proposal on a conviction track: there For is the
	// stake behind it, Eligible all locked stake, and DeadlineMs the instant
	// at which it passes as things stand, or its last one.
	Conviction Conviction `json:"conviction,omitzero"`
	// Vetoes and Cancels are those signed by guardians so far.
	Vetoes  []Assent `json:"vetoes,omitempty"`
	Cancels []Assent `json:"cancels,omitempty"`

	// Evaluation is how its effect is measured and rewarded.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
	// Template and Terms are the marketplace template that it fills in.
	Template string `json:"template,omitempty"`
	Terms    op.Raw `json:"terms,omitempty"`
	// Rule says which rule opened it, and the figures that made it do so.
	Rule *Firing `json:"rule,omitempty"`

	// Ended tells that texts, actions, options and terms are to be recalled from
	// entry Seq, and ReasonSeq the entry of the reason, if that is to be; see Recalled.
	Ended     bool   `json:"-"`
	ReasonSeq uint64 `json:"-"`
}

// Ballot is one ballot as it counts.
type Ballot struct {
	Voter  op.PublicKey `json:"voter"`
	Choice string       `json:"choice"`
	Weight op.Weight    `json:"weight"`
	Seq    uint64       `json:"seq"`              // entry of the vote
	Ballot op.Raw       `json:"ballot,omitempty"` // as filled in, where Choice is "ballot"
}

// Conviction is the conviction of a proposal as it is at an instant, and
// where it leads as things stand. Conviction and threshold are decimal, because
// they may pass 2^64.
type Conviction struct {
	Pool         string    `json:"pool"`
	RequestedSat int64     `json:"requested_sat"`
	FundsSat     int64     `json:"funds_sat"`     // in the pool
	SupportedSat op.Weight `json:"supported_sat"` // stake behind it
	Step         uint64    `json:"step"`          // since the vote started
	StepS        int64     `json:"step_s"`
	Conviction   string    `json:"conviction"`
	// Threshold is what conviction must be above, rounded down; absent where
	// no conviction suffices. StakeSat is what it is taken of.
	Threshold string    `json:"threshold,omitempty"`
	StakeSat  op.Weight `json:"stake_sat"`
	// PassesMs is the instant at which it passes if nothing changes; absent
	// where it does not pass in its time.
	PassesMs int64 `json:"passes_ms,omitempty"`
}

// Evaluation is a proposer's bet on a proposal's effect. Times are unix
// milliseconds.
type Evaluation struct {
	Metrics   []op.EvaluatedMetric `json:"metrics"`
	PeriodS   int64                `json:"period_s"`
	Reporters []op.PublicKey       `json:"reporters"`
	Least     int64                `json:"least_reports"`
	Pool      string               `json:"pool"`
	RewardSat int64                `json:"reward_sat"` // gross: the collateral stays in the pool

	BeganMs int64 `json:"began_ms,omitempty"` // the execution
	UntilMs int64 `json:"until_ms,omitempty"` // last instant at which a report counts
	// AsideSat was taken from the pool for the reward and its route and is kept.
	AsideSat int64                `json:"aside_sat,omitempty"`
	Reports  []Report             `json:"reports,omitempty"` // as they count, by metric
	Results  []op.EvaluatedResult `json:"results,omitempty"` // as they stand; final with the verdict
	Verdict  string               `json:"verdict,omitempty"` // met, missed or undetermined
	Payout   string               `json:"payout,omitempty"`  // of the reward
}

// Report is one value that somebody reported.
type Report struct {
	Metric     string       `json:"metric"`
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// Turn is one change of a proposal's state by an entry.
type Turn struct {
	Seq    uint64 `json:"seq"`
	TimeMs int64  `json:"time_ms"`
	State  string `json:"state"`
}

// ActionResult says how far one action of an executed proposal is.
type ActionResult struct {
	Action string `json:"action"`
	State  string `json:"state"` // pending, done or failed
	Reason string `json:"reason,omitempty"`
	Ref    string `json:"ref,omitempty"` // of the payout or effect
}
