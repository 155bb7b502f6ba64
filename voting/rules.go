package voting

import (
	"fmt"

	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/muldiv"
)

// QuorumKind names how much participation a vote needs.
type QuorumKind string

const (
	// QuorumNone asks for none.
	QuorumNone QuorumKind = "none"
	// QuorumEligible asks that a share of the eligible weight voted.
	QuorumEligible QuorumKind = "eligible"
	// QuorumAbsolute asks that a number of weight voted.
	QuorumAbsolute QuorumKind = "absolute"
	// QuorumFor asks that a share of the eligible weight voted in favour.
	// Opponents then gain nothing by staying away, and lose nothing by
	// coming: the no-show paradox does not arise.
	QuorumFor QuorumKind = "for"
	// QuorumTurnout asks for a share of the eligible weight between two
	// bounds that follows the track's average turnout.
	QuorumTurnout QuorumKind = "turnout"
)

var quorumKinds = []QuorumKind{QuorumNone, QuorumEligible, QuorumAbsolute, QuorumFor, QuorumTurnout}

// QuorumRule is the quorum of a track. It is a value and safe for concurrent
// use.
type QuorumRule struct {
	Kind QuorumKind `json:"kind"`
	// SharePPM is the least share of the eligible weight, reached at
	// equality; for the kinds "eligible" and "for".
	SharePPM uint32 `json:"share_ppm,omitempty"`
	// Weight is the least weight, reached at equality; for "absolute".
	Weight uint64 `json:"weight,omitempty"`
	// MinPPM and MaxPPM bound the share; for "turnout".
	MinPPM uint32 `json:"min_ppm,omitempty"`
	MaxPPM uint32 `json:"max_ppm,omitempty"`
	// CountAbstain lets abstentions count; the kind "for" never counts them.
	CountAbstain bool `json:"count_abstain,omitempty"`
}

// Validate reports the first field that makes the rule unusable.
func (q QuorumRule) Validate() error {
	if err := misfit(quorumTable.MisfitAt(&q, "kind")); err != nil {
		return err
	}
	var m *member.Misfit
	switch q.Kind {
	case QuorumEligible, QuorumFor:
		m = quorumTable.MisfitAt(&q, "share_ppm", member.NoLess("share_ppm", 1))
	case QuorumAbsolute:
		m = quorumTable.MisfitAt(&q, "weight", member.NoLess("weight", 1))
	case QuorumTurnout:
		if q.MinPPM == 0 || q.MinPPM > q.MaxPPM {
			return fmt.Errorf("%w: min_ppm: %d is not between 1 and max_ppm, %d", ErrRule, q.MinPPM, q.MaxPPM)
		}
		if q.MaxPPM > PPM {
			return fmt.Errorf("%w: max_ppm: %d is more than the whole, %d", ErrRule, q.MaxPPM, PPM)
		}
	}
	if m != nil {
		return misfit(m)
	}
	if q.CountAbstain && (q.Kind == QuorumFor || q.Kind == QuorumNone) {
		return fmt.Errorf("%w: count_abstain: has no meaning with kind %+q", ErrRule, q.Kind)
	}
	return nil
}

// ShareNow returns the least share in parts per million that applies at the
// given turnout average; for "turnout" it is min + (max-min) * average, rounded
// up so that rounding never lowers a quorum. It is 0 where no share applies.
func (q QuorumRule) ShareNow(averagePPM uint32) uint32 {
	switch q.Kind {
	case QuorumEligible, QuorumFor:
		return q.SharePPM
	case QuorumTurnout:
		return q.MinPPM + uint32(muldiv.Ceil(uint64(q.MaxPPM-q.MinPPM), uint64(min(averagePPM, PPM)), PPM))
	}
	return 0
}

// Need returns the least weight that meets the quorum, rounded up. A vote
// without eligible weight never meets a share, so there it is 1.
func (q QuorumRule) Need(eligible uint64, averagePPM uint32) uint64 {
	switch q.Kind {
	case QuorumNone:
		return 0
	case QuorumAbsolute:
		return q.Weight
	}
	return max(1, muldiv.Ceil(eligible, uint64(q.ShareNow(averagePPM)), PPM))
}

// Measure returns the weight that counts toward this quorum.
func (q QuorumRule) Measure(c Counts) uint64 {
	switch {
	case q.Kind == QuorumFor:
		return c.For
	case q.CountAbstain:
		return c.For + c.Against + c.Abstain
	}
	return c.For + c.Against
}

func (q QuorumRule) test(averagePPM uint32) quorumTest {
	t := quorumTest{of: quorumDecided, share: SharePPM(q.ShareNow(averagePPM))}
	if q.CountAbstain {
		t.of = quorumAll
	}
	switch q.Kind {
	case QuorumNone:
		t.of = quorumNone
	case QuorumAbsolute:
		t.byCount, t.count = true, Wide(q.Weight)
	case QuorumFor:
		t.of = quorumFor
	}
	return t
}

// NextTurnout moves the turnout average by one closed vote: eight tenths of
// the old value and two tenths of the new turnout, in parts per million,
// rounded to the nearest (halves up). Turnout is voted/eligible rounded down; a
// vote without eligible weight leaves the average as it is.
func NextTurnout(averagePPM uint32, voted, eligible uint64) uint32 {
	if eligible == 0 {
		return averagePPM
	}
	turnout := muldiv.Floor(min(voted, eligible), PPM, eligible)
	return uint32((8*uint64(averagePPM) + 2*turnout + 5) / 10)
}

// PassKind names what a vote needs in favour.
type PassKind string

const (
	// PassMajority asks for strictly more in favour than against.
	PassMajority PassKind = "majority"
	// PassShare asks for at least a share of for and against.
	PassShare PassKind = "share"
	// PassEligible asks for at least a share of the eligible weight;
	// abstentions stay in the whole.
	PassEligible PassKind = "eligible"
	// PassAbsolute asks for at least a number of weight in favour.
	PassAbsolute PassKind = "absolute"
)

var passKinds = []PassKind{PassMajority, PassShare, PassEligible, PassAbsolute}

// EarlyKind names when a vote may end before its deadline.
type EarlyKind string

const (
	// EarlyNever waits for the deadline.
	EarlyNever EarlyKind = ""
	// EarlyCertain ends the vote, either way, once no ballot still to come
	// can change the result.
	EarlyCertain EarlyKind = "certain"
	// EarlySuper ends the vote in favour once the super-quorum voted for it.
	EarlySuper EarlyKind = "super-quorum"
)

// PassRule is the pass rule of a track. It is a value and safe for concurrent
// use.
//
// Early decision counts only agents that voted themselves, and never happens
// on a track where ballots can be replaced.
type PassRule struct {
	Kind PassKind `json:"kind"`
	// SharePPM is the least share, reached at equality; for "share" and
	// "eligible". It is above one half, so that a tie always fails.
	SharePPM uint32 `json:"share_ppm,omitempty"`
	// Weight is the least weight in favour, reached at equality; for
	// "absolute".
	Weight uint64 `json:"weight,omitempty"`
	// Early says when the vote may end before its deadline.
	Early EarlyKind `json:"early,omitempty"`
	// SuperPPM is the super-quorum: the least share of the eligible weight
	// in favour, reached at equality; for the early kind "super-quorum". It
	// is above one half and no less than SharePPM, so that those who have
	// not voted cannot undo it.
	SuperPPM uint32 `json:"super_ppm,omitempty"`
}

// Validate reports the first field that makes the rule unusable.
func (r PassRule) Validate() error {
	if err := misfit(passTable.MisfitAt(&r, "kind")); err != nil {
		return err
	}
	var m *member.Misfit
	switch r.Kind {
	case PassShare, PassEligible:
		m = passTable.MisfitAt(&r, "share_ppm", member.NoLess("share_ppm", PPM/2+1))
	case PassAbsolute:
		m = passTable.MisfitAt(&r, "weight", member.NoLess("weight", 1))
	}
	if m != nil {
		return misfit(m)
	}
	return r.validateEarly()
}

func (r PassRule) validateEarly() error {
	if err := misfit(passTable.MisfitAt(&r, "early")); err != nil {
		return err
	}
	switch {
	case r.Early != EarlySuper && r.SuperPPM != 0:
		return fmt.Errorf("%w: super_ppm: has no meaning unless early is %+q", ErrRule, EarlySuper)
	case r.Early != EarlySuper:
		return nil
	case r.Kind == PassAbsolute:
		return fmt.Errorf("%w: early: an absolute weight ends early by %+q, not by a share", ErrRule, EarlyCertain)
	}
	return misfit(passTable.MisfitAt(&r, "super_ppm", member.NoLess("super_ppm", int64(max(PPM/2+1, r.SharePPM)))))
}

// Need returns the least weight in favour with which the counts would pass if
// the vote closed now and nobody else voted differently, rounded up; possible
// is false where no weight would do.
func (r PassRule) Need(c Counts, eligible uint64) (need uint64, possible bool) {
	switch r.Kind {
	case PassMajority:
		return c.Against + 1, c.Against != ^uint64(0)
	case PassShare:
		if r.SharePPM == PPM {
			return 1, c.Against == 0
		}
		need, fits := muldiv.CeilFits(c.Against, uint64(r.SharePPM), uint64(PPM-r.SharePPM))
		return max(1, need), fits
	case PassEligible:
		return max(1, muldiv.Ceil(eligible, uint64(r.SharePPM), PPM)), true
	}
	return r.Weight, true
}

func (r PassRule) test() passTest {
	switch r.Kind {
	case PassMajority:
		return passTest{of: passCast, share: Share{Majority: true}}
	case PassShare:
		return passTest{of: passCast, share: SharePPM(r.SharePPM)}
	case PassEligible:
		return passTest{of: passEligible, share: SharePPM(r.SharePPM)}
	}
	return passTest{of: passCount, count: Wide(r.Weight)}
}

// NewThreshold joins the quorum and pass rule of a track at the given turnout
// average (0 where the quorum kind is not "turnout"). Both rules must be valid.
func NewThreshold(q QuorumRule, r PassRule, averagePPM uint32) Threshold {
	t := Threshold{quorum: q.test(averagePPM), pass: r.test(), super: SharePPM(r.SuperPPM)}
	switch r.Early {
	case EarlyCertain:
		t.early = earlyCertain
	case EarlySuper:
		t.early = earlySuper
	}
	return t
}

// Counts is the weight behind each answer, in the unit of the weight rule.
type Counts struct {
	For     uint64 `json:"for"`
	Against uint64 `json:"against"`
	Abstain uint64 `json:"abstain"`
}

func (c Counts) wide() WideCounts {
	return WideCounts{For: Wide(c.For), Against: Wide(c.Against), Abstain: Wide(c.Abstain)}
}

// Poll is WidePoll in 64-bit weights, as a ledger keeps them.
type Poll struct {
	Cast, Direct  Counts
	Eligible      uint64
	Closed        bool
	MinPeriodOver bool
	Replaceable   bool
}

// Wide returns the poll that Threshold decides.
func (p Poll) Wide() WidePoll {
	return WidePoll{
		Cast: p.Cast.wide(), Direct: p.Direct.wide(), Eligible: Wide(p.Eligible),
		Closed: p.Closed, MinPeriodOver: p.MinPeriodOver, Replaceable: p.Replaceable,
	}
}

// Decide is the decision of a track's rules on a poll.
func Decide(q QuorumRule, r PassRule, averagePPM uint32, p Poll) Decision {
	return NewThreshold(q, r, averagePPM).Decide(p.Wide())
}
