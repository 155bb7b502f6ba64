package voting

import (
	"errors"
	"fmt"
	"slices"

	"github.com/econd/econd/node/muldiv"
)

// PPM is the denominator of every share: one million parts.
const PPM = 1_000_000

// ErrTrack is the kind of every invalid track.
var ErrTrack = errors.New("invalid track")

// Track is a kind of proposal with its own rules. Durations are seconds,
// shares are parts per million, amounts are sats.
type Track struct {
	Name string `json:"name"` // 1 to 40 characters of a-z, 0-9, '-'

	// Who may propose, and at what price.
	ProposeReputation uint64 `json:"propose_reputation"` // least score
	ProposeStakeSat   int64  `json:"propose_stake_sat"`  // least locked stake
	CollateralSat     int64  `json:"collateral_sat"`     // 0: none
	MaxOpenPerAgent   int64  `json:"max_open_per_agent"` // on this track, drafts included; 0: no limit

	// The vote.
	VotingDelayS  int64      `json:"voting_delay_s"`
	VotingPeriodS int64      `json:"voting_period_s"`
	LateQuorumS   int64      `json:"late_quorum_s"` // 0: no extension
	Weight        WeightRule `json:"weight"`
	Quorum        QuorumRule `json:"quorum"`
	Pass          PassRule   `json:"pass"`
	FinalVotes    bool       `json:"final_votes"`    // true: a vote cannot be replaced
	HonestForPpm  int64      `json:"honest_for_ppm"` // defeated with at least this share of for: collateral returns
	// HonestTurnoutPPM is the share of the eligible weight of which, where fewer
	// voted, HonestForPpm is taken; absent, of those who
	// voted, and of nobody all is. On a conviction track it says nothing.
	HonestTurnoutPPM uint32 `json:"honest_turnout_ppm,omitempty"`
	VetoForfeitPpm   int64  `json:"veto_forfeit_ppm"` // 0 or 1,000,000: a hold is settled whole or not at all

	// Counting is how ballots are filled in and counted; absent, it is
	// SingleChoice. Methods with options of their own carry no actions.
	Counting Method `json:"counting,omitempty"`

	// Delegation bounds it; absent, delegation is free up to MaxDepth hops.
	Delegation *DelegationRule `json:"delegation,omitempty"`

	// Opposition lengthens the timelock by the weight that was against;
	// max_delay is in seconds. Absent, the timelock is always the same.
	Opposition *OppositionRule `json:"opposition,omitempty"`

	// Dispute lets decisions be challenged before a jury; absent, they cannot
	// be.
	Dispute *DisputeRule `json:"dispute,omitempty"`

	// Conviction makes the track gather conviction over time instead of
	// counting votes at a deadline; voting_period_s is then the longest time
	// that a proposal may take.
	Conviction *ConvictionTrack `json:"conviction,omitempty"`

	// After the vote.
	TimelockS int64    `json:"timelock_s"`
	GraceS    int64    `json:"grace_s"`
	Vetoable  bool     `json:"vetoable"`
	Actions   []string `json:"actions"` // allowed action types; none: a signal

	// CancelUntil is how long who guards may cancel; absent, until the execution.
	CancelUntil CancelUntil `json:"cancel_until,omitempty"`

	// RageQuit lets agents who voted against leave with a share of the pools
	// that the constitution names before the decision is executed.
	RageQuit bool `json:"rage_quit,omitempty"`

	// Parameters are the places of the constitution that actions of the track
	// may change, as JSON pointers to a value or all below it; absent, all that
	// its actions can.
	Parameters []string `json:"parameters,omitempty"`

	// Proposers narrows who may propose; absent, any agent may.
	Proposers Proposers `json:"proposers,omitempty"`

	// RemovalForPPM is the least share of the eligible weight in favour with which
	// guardians are removed, by more for than against; absent, the track's quorum
	// holds. Only where set-guardians is allowed, see Removal.
	RemovalForPPM uint32 `json:"removal_for_ppm,omitempty"`

	// Throttle makes collateral dearer while many proposals are open; absent,
	// it is always the same.
	Throttle *ThrottleRule `json:"throttle,omitempty"`

	// Evaluation lets proposals state how their effect is measured and what
	// they get if it comes about; absent, they cannot.
	Evaluation *EvaluationRule `json:"evaluation,omitempty"`

	// Templates are the marketplace templates of which a proposal may fill in
	// one; absent, none can be.
	Templates []string `json:"templates,omitempty"`
}

// Clone copies a track. The copy shares nothing that can be changed with the original.
func (t *Track) Clone() Track {
	d := *t
	d.Weight.UnconfirmedPPM = copied(t.Weight.UnconfirmedPPM)
	d.Delegation, d.Opposition, d.Dispute = copied(t.Delegation), copied(t.Opposition), copied(t.Dispute)
	d.Conviction, d.Throttle, d.Evaluation = copied(t.Conviction), copied(t.Throttle), copied(t.Evaluation)
	d.Actions, d.Parameters, d.Templates = slices.Clone(t.Actions), slices.Clone(t.Parameters), slices.Clone(t.Templates)
	return d
}

// copied points to a copy of a value in which nothing is shared, nil to nothing.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// maxDelayS bounds every duration of a track, so that no proposal outlives a hold (a hold
// covers voting, timelock and dispute window, never a month).
const maxDelayS = 30 * 86400

// VoteS is how long a vote lasts that nothing extends, in seconds: voting_period_s; of
// a vote by conviction, which ends with its last step, the steps that fit into it.
func (t *Track) VoteS() int64 {
	if c := t.Conviction; c != nil {
		return t.VotingPeriodS - t.VotingPeriodS%c.StepS
	}
	return t.VotingPeriodS
}

// Validate checks every field and names the first bad one.
func (t *Track) Validate() error {
	bad := func(field, rule string) error {
		return fmt.Errorf("%w: track %+q: %s: %s", ErrTrack, t.Name, field, rule)
	}
	fits := func(from, to string) error {
		if m := trackTable.MisfitOf(t, from, to); m != nil {
			return bad(m.Field(), m.Sentence())
		}
		return nil
	}
	if err := fits("name", "grace_s"); err != nil {
		return err
	}
	if t.LateQuorumS > t.VotingPeriodS {
		return bad("late_quorum_s", "must be at most voting_period_s")
	}
	if err := fits("collateral_sat", "veto_forfeit_ppm"); err != nil {
		return err
	}
	if err := t.Weight.Validate(); err != nil {
		return fmt.Errorf("track %+q: weight: %w", t.Name, err)
	}
	if err := t.Quorum.Validate(); err != nil {
		return fmt.Errorf("track %+q: quorum: %w", t.Name, err)
	}
	if err := t.Pass.Validate(); err != nil {
		return fmt.Errorf("track %+q: pass: %w", t.Name, err)
	}
	if err := t.validateCounting(); err != nil {
		return fmt.Errorf("track %+q: counting: %w", t.Name, err)
	}
	if err := t.validateConviction(); err != nil {
		return fmt.Errorf("track %+q: %w", t.Name, err)
	}
	if err := t.validateLimits(); err != nil {
		return fmt.Errorf("track %+q: %w", t.Name, err)
	}
	if t.Delegation != nil {
		if err := t.Delegation.Validate(); err != nil {
			return fmt.Errorf("track %+q: delegation: %w", t.Name, err)
		}
	}
	if t.Dispute != nil {
		if err := t.Dispute.Validate(t.TimelockS); err != nil {
			return fmt.Errorf("track %+q: dispute: %w", t.Name, err)
		}
	}
	if t.Evaluation != nil {
		if err := t.Evaluation.Validate(); err != nil {
			return fmt.Errorf("track %+q: evaluation: %w", t.Name, err)
		}
	}
	if t.Opposition == nil {
		return nil
	}
	if err := t.Opposition.Validate(t.TimelockS); err != nil {
		return fmt.Errorf("track %+q: opposition: %w", t.Name, err)
	}
	if m := oppositionTable.MisfitOf(t.Opposition, "max_delay", "max_delay"); m != nil {
		return bad("opposition."+m.Field(), m.Sentence())
	}
	return nil
}

// OppositionMs is what the weight against adds to the timelock, in milliseconds.
func (t *Track) OppositionMs(against, eligible uint64) int64 {
	if t.Opposition == nil {
		return 0
	}
	return 1000 * (t.Opposition.Delay(t.TimelockS, against, eligible) - t.TimelockS)
}

// Honest tells whether a defeated proposal keeps its collateral: at least
// HonestForPpm was in favour, of those for and against, or of HonestTurnoutPPM of
// the eligible weight, rounded up, if that is more.
func (t *Track) Honest(c Counts, eligible uint64) bool {
	whole := max(c.For+c.Against, muldiv.Ceil(eligible, uint64(t.HonestTurnoutPPM), PPM))
	return whole == 0 || SharePPM(uint32(t.HonestForPpm)).met(Wide(c.For), Wide(whole))
}

// Method returns how the track counts.
func (t *Track) Method() Method {
	if t.Counting == "" {
		return SingleChoice
	}
	return t.Counting
}

// validateCounting checks that the other rules have a meaning beside the
// counting method. Between options nothing is for or against: quorum is taken
// of the weight that took part, the highest score wins, and there is nothing
// to carry out.
func (t *Track) validateCounting() error {
	m := t.Method()
	switch {
	case !m.Known():
		return fmt.Errorf("%w: %+q is no method", ErrRule, t.Counting)
	case !m.HasOptions():
		return nil
	case len(t.Actions) > 0:
		return fmt.Errorf("%w: %s chooses between options: actions must be empty", ErrRule, m)
	case t.Evaluation != nil:
		return fmt.Errorf("%w: %s chooses between options: evaluation must be absent", ErrRule, m)
	case t.Quorum.Kind == QuorumFor:
		return fmt.Errorf("%w: %s has no weight in favour: quorum cannot be %+q", ErrRule, m, QuorumFor)
	case t.Pass.Kind != PassMajority || t.Pass.Early != EarlyNever:
		return fmt.Errorf("%w: %s lets the highest score win: pass must be {kind: majority}", ErrRule, m)
	}
	return nil
}

// DelegationRule bounds delegation on a track. It is a value and safe for
// concurrent use.
type DelegationRule struct {
	// MaxDepth is the most hops from an agent to whoever votes for it, 1 to
	// MaxDepth; 0 is MaxDepth.
	MaxDepth uint32 `json:"max_depth,omitempty"`
	// CapPPM bounds what one voter may carry, its own weight included, as a
	// share of the eligible weight; 0 is no cap. What a voter brings itself
	// always counts.
	CapPPM uint32 `json:"cap_ppm,omitempty"`
	// CooldownS is the least time, in seconds, from one delegation to the
	// next that gives the same weight to somebody else.
	CooldownS int64 `json:"cooldown_s,omitempty"`
}

// Validate reports the first field that makes the rule unusable.
func (r DelegationRule) Validate() error {
	return misfit(delegationTable.Misfit(&r))
}

// DelegationLimits returns the bounds of a tally among so much eligible weight.
// The cap is rounded down, but never to 0, which would mean none.
func (t *Track) DelegationLimits(eligible uint64) Limits {
	l := Limits{MaxDepth: MaxDepth}
	if t.Delegation == nil {
		return l
	}
	if t.Delegation.MaxDepth > 0 {
		l.MaxDepth = t.Delegation.MaxDepth
	}
	if t.Delegation.CapPPM > 0 {
		limit := muldiv.Floor(eligible, uint64(t.Delegation.CapPPM), PPM)
		l.Cap = max(1, limit)
	}
	return l
}

// CooldownMs is the track's cool-down between delegations, in milliseconds.
func (t *Track) CooldownMs() int64 {
	if t.Delegation == nil {
		return 0
	}
	return t.Delegation.CooldownS * 1000
}

// Allows tells whether proposals on the track may carry the action type.
func (t *Track) Allows(action string) bool { return slices.Contains(t.Actions, action) }
