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
	Text         string         `json:"text"` // Markdown by its author; not to be trusted as HTML
	Actions      []op.Raw       `json:"actions" schema:"is=Action,max=16"`
	State        string         `json:"state" schema:"is=ProposalState"`
	Reason       string         `json:"reason,omitempty"` // of veto, cancel or failure
	VoteStartMs  int64          `json:"vote_start_ms,omitempty"`
	DeadlineMs   int64          `json:"deadline_ms,omitempty"` // a ballot at this instant counts
	ExecuteAfter int64          `json:"execute_after_ms,omitempty"`
	For          op.Weight      `json:"for"`
	Against      op.Weight      `json:"against"`
	Abstain      op.Weight      `json:"abstain"`
	Eligible     op.Weight      `json:"eligible"`
	Ballots      int            `json:"ballots"`
	Outcome      *op.Close      `json:"outcome,omitempty"` // content of the entry that closed the vote
	CloseSeq     uint64         `json:"close_seq,omitempty"`
	Results      []ActionResult `json:"results,omitempty"` // of the actions, once executed
	Collateral   *Hold          `json:"collateral,omitempty"`

	// The method, where it is not single-choice.
	Counting voting.Method `json:"counting,omitempty" schema:"is=Counting"`
	// What the vote chooses between; ballots number them from 1.
	Options []string `json:"options,omitempty" schema:"min=2,max=64"`
	// The vote ended at DeadlineMs because nothing could change its result any
	// more.
	DecidedEarly bool  `json:"decided_early,omitempty"`
	Exits        Exits `json:"exits,omitzero"`
	// On a conviction track: there For is the stake behind it, Eligible all locked
	// stake, and DeadlineMs the instant at which it passes as things stand, or its
	// last one.
	Conviction Conviction `json:"conviction,omitzero"`
	Vetoes     []Assent   `json:"vetoes,omitempty"`  // signed by guardians so far
	Cancels    []Assent   `json:"cancels,omitempty"` // signed by guardians so far

	Evaluation *Evaluation `json:"evaluation,omitempty"` // how its effect is measured and rewarded
	Template   string      `json:"template,omitempty"`   // marketplace template that it fills in
	Terms      op.Raw      `json:"terms,omitempty" schema:"is=TemplateTerms"`
	Rule       *Firing     `json:"rule,omitempty"` // which rule opened it, and the figures that made it do so

	// Ended tells that texts, actions, options and terms are to be recalled from
	// entry Seq, and ReasonSeq the entry of the reason, if that is to be; see Recalled.
	Ended     bool   `json:"-"`
	ReasonSeq uint64 `json:"-"`
}

// Ballot is one ballot as it counts.
type Ballot struct {
	Voter  op.PublicKey `json:"voter"`
	Choice string       `json:"choice" schema:"is=Choice"`
	Weight op.Weight    `json:"weight"`
	Seq    uint64       `json:"seq"`                                       // entry of the vote
	Ballot op.Raw       `json:"ballot,omitempty" schema:"is=FilledBallot"` // as filled in, where Choice is ballot
}

// Conviction is the conviction of a proposal as it is at an instant, and
// where it leads as things stand; once the vote is closed, as of the step that
// decided.
type Conviction struct {
	Pool         string    `json:"pool"`
	RequestedSat int64     `json:"requested_sat"`
	FundsSat     int64     `json:"funds_sat"`     // in the pool
	SupportedSat op.Weight `json:"supported_sat"` // stake behind it
	Step         uint64    `json:"step"`          // since the vote started
	StepS        int64     `json:"step_s" schema:"min=1"`
	Conviction   string    `json:"conviction" schema:"is=Digits"`
	// What conviction must be above, rounded down; absent where none suffices.
	Threshold string    `json:"threshold,omitempty" schema:"is=Digits"`
	StakeSat  op.Weight `json:"stake_sat"` // the threshold is taken of
	// When it passes if nothing changes; absent where it does not pass in its time.
	PassesMs int64 `json:"passes_ms,omitempty"`
}

// Evaluation is a proposer's bet on a proposal's effect.
type Evaluation struct {
	Metrics   []op.EvaluatedMetric `json:"metrics" schema:"min=1,max=16"`
	PeriodS   int64                `json:"period_s" schema:"min=1"` // from the execution
	Reporters []op.PublicKey       `json:"reporters" schema:"min=1"`
	Least     int64                `json:"least_reports" schema:"min=1"` // for each metric; with fewer the result is undetermined
	Pool      string               `json:"pool"`                         // pays the reward
	RewardSat int64                `json:"reward_sat"`                   // gross: the collateral stays in the pool

	BeganMs  int64                `json:"began_ms,omitempty"`  // the execution
	UntilMs  int64                `json:"until_ms,omitempty"`  // a report at this instant counts
	AsideSat int64                `json:"aside_sat,omitempty"` // taken from the pool for the reward and its route, and kept
	Reports  []Report             `json:"reports,omitempty"`   // as they count, by metric
	Results  []op.EvaluatedResult `json:"results,omitempty"`   // as they stand; final with the verdict
	Verdict  string               `json:"verdict,omitempty" schema:"is=EvaluationVerdict"`
	Payout   string               `json:"payout,omitempty" schema:"is=StableID"` // of the reward
}

// Report is one value that somebody reported.
type Report struct {
	Metric     string       `json:"metric"`
	Reporter   op.PublicKey `json:"reporter"`
	Value      int64        `json:"value" schema:"min=-9007199254740992,max=9007199254740992"`
	MeasuredMs int64        `json:"measured_ms"`
	Seq        uint64       `json:"seq"`
}

// Turn is one change of a proposal's state by an entry.
type Turn struct {
	Seq    uint64 `json:"seq"`
	TimeMs int64  `json:"time_ms"`
	State  string `json:"state" schema:"is=ProposalState"`
}

// ActionResult says how far one action of an executed proposal is.
type ActionResult struct {
	Action string `json:"action"`
	State  string `json:"state" schema:"is=ActionState"`
	Reason string `json:"reason,omitempty"` // of a failure
	Ref    string `json:"ref,omitempty"`    // id of the payout, effect or other thing that the action led to
}
