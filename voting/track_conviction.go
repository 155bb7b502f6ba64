package voting

import (
	"fmt"
	"math/big"

	"github.com/econd/econd/node/member"
)

// ConvictionTrack makes a track gather conviction: agents put locked stake behind
// proposals that ask for sats of a pool, the conviction of each grows with time,
// and it passes when that is above the threshold for its share of the pool. It
// is a value and safe for concurrent use.
type ConvictionTrack struct {
	// Decay is what conviction keeps per step, over DecayScale.
	Decay uint32 `json:"decay"`
	// RhoPPM tunes the threshold and BetaPPM is the share of the pool that
	// cannot be asked for: see ConvictionRule.
	RhoPPM  uint32 `json:"rho_ppm"`
	BetaPPM uint32 `json:"beta_ppm"`
	// LeastStakePPM is the share of all locked stake that counts as put behind
	// proposals even where less is; 0 is DefaultLeastStakePPM. Without such a
	// floor a single sat, the only one behind any proposal, would be enough.
	LeastStakePPM uint32 `json:"least_stake_ppm,omitempty"`
	// StepS is the unit of time of conviction, in seconds.
	StepS int64 `json:"step_s"`
	// HighWaterWindowS is how long, in seconds, stake that was there still
	// counts in the threshold; 0 lets it go at once.
	HighWaterWindowS int64 `json:"high_water_window_s,omitempty"`
}

// DefaultLeastStakePPM is the floor of a conviction track that names none: a
// tenth of all locked stake.
const DefaultLeastStakePPM = 100_000

// MaxHighWaterS bounds the window of a conviction track, in seconds.
const MaxHighWaterS = 366 * 86400

// Rule is the pass rule of the track, its floor included.
func (c *ConvictionTrack) Rule() ConvictionRule {
	r := ConvictionRule{Decay: c.Decay, BetaPPM: c.BetaPPM, RhoPPM: c.RhoPPM, LeastStakePPM: c.LeastStakePPM}
	if r.LeastStakePPM == 0 {
		r.LeastStakePPM = DefaultLeastStakePPM
	}
	return r
}

// validateConviction checks the rule and that the rest of the track leaves the
// decision to it: there is nothing to count but the stake behind a proposal.
func (t *Track) validateConviction() error {
	c := t.Conviction
	if c == nil {
		return nil
	}
	if err := c.Rule().Validate(); err != nil {
		return fmt.Errorf("conviction: %w", err)
	}
	if m := convictionTrackTable.Misfit(c, member.NoMore("step_s", t.VotingPeriodS)); m != nil {
		return fmt.Errorf("%w: conviction.%s: %s", ErrRule, m.Field(), m.Sentence())
	}
	switch {
	case t.Weight.Kind != WeightConviction || t.Weight.CapPPM != 0:
		return fmt.Errorf("%w: conviction: weight must be of kind %+q and without cap_ppm", ErrRule, WeightConviction)
	case t.Quorum.Kind != QuorumNone:
		return fmt.Errorf("%w: conviction: quorum must be {kind: %s}: the threshold takes its place", ErrRule, QuorumNone)
	case t.Pass.Kind != PassMajority || t.Pass.Early != EarlyNever:
		return fmt.Errorf("%w: conviction: pass must be {kind: %s}: the threshold takes its place", ErrRule, PassMajority)
	case t.Method() != SingleChoice:
		return fmt.Errorf("%w: conviction: counting must be %s", ErrRule, SingleChoice)
	case t.LateQuorumS != 0 || t.FinalVotes || t.Opposition != nil || t.Delegation != nil:
		return fmt.Errorf("%w: conviction: late_quorum_s, final_votes, opposition and delegation have no meaning beside it", ErrRule)
	case len(t.Actions) == 0:
		return fmt.Errorf("%w: conviction: actions must ask for sats of a pool", ErrRule)
	}
	return nil
}

// firstPassing returns the first step from low to high, both included, at which
// passes holds, or false. Once it holds it must hold for good. It looks at the
// guess first, and then before it or after it.
func firstPassing(low, high, guess uint64, passes func(uint64) bool) (uint64, bool) {
	if low > high || !passes(high) {
		return 0, false
	}
	switch {
	case guess < low || guess > high:
	case !passes(guess):
		low = guess + 1
	case guess == low || !passes(guess-1):
		return guess, true
	default:
		high = guess - 1
	}
	for low < high {
		mid := low + (high-low)/2
		if passes(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return high, true
}

// Course is the conviction behind one proposal: Y at Step, and the stake behind
// it since. It is not safe for concurrent use; its fields may be stored and
// restored.
type Course struct {
	Decay uint32
	Step  uint64
	Y     *big.Int // nil is 0
	Stake uint64

	// What FirstAbove computed last, while the course is the same.
	known []knownStep
	found uint64
}

// knownStep is the conviction at a step.
type knownStep struct {
	step uint64
	y    *big.Int
}

// maxKnown bounds what is kept of FirstAbove: the first step, the last, and those
// around the one found, of now and of before.
const maxKnown = 8

// AtKept is At for FirstAbove and what follows it, which ask for the same few steps
// again and again: it keeps what it computed. The caller must not change the result.
func (c *Course) AtKept(step uint64) *big.Int {
	for _, k := range c.known {
		if k.step == step {
			return k.y
		}
	}
	y := c.At(step)
	if len(c.known) == maxKnown {
		c.known = append(c.known[:0:0], c.known[1:]...)
	}
	c.known = append(c.known, knownStep{step, y})
	return y
}

// At returns the conviction at a step, which may not precede c.Step.
func (c *Course) At(step uint64) *big.Int {
	y := c.Y
	if y == nil {
		y = new(big.Int)
	}
	if step <= c.Step { // mutate:same
		return new(big.Int).Set(y)
	}
	grown, err := Conviction(c.Decay, step-c.Step, y, bigU(c.Stake))
	if err != nil {
		panic("voting: course of a rule that was not validated: " + err.Error())
	}
	return grown
}

// Set changes the stake behind the proposal at a step: what was there counts up
// to that step, what is there now after it.
func (c *Course) Set(step, stake uint64) {
	c.Y, c.Step, c.Stake, c.known = c.At(step), max(step, c.Step), stake, nil
}

// rises tells whether conviction grows, or stays, with the stake there is.
func (c *Course) rises(from, to uint64) bool {
	return c.AtKept(to).Cmp(c.AtKept(from)) >= 0 // mutate:same
}

// FirstAbove returns the first step from low to high, both included, at which
// above holds for the conviction, or false. The threshold behind above may fall
// with the steps, but only at those that falls lists, which rise; it never grows.
//
// While conviction grows, once above is above for good, and bisection finds the
// step, first where it was the last time; while it wanes only the steps at which
// the threshold falls can bring it above.
func (c *Course) FirstAbove(low, high uint64, falls func() []uint64, above func(step uint64, y *big.Int) bool) (uint64, bool) {
	passes := func(step uint64) bool { return above(step, c.AtKept(step)) }
	if low > high {
		return 0, false
	}
	if c.rises(low, high) {
		step, ok := firstPassing(low, high, c.found, passes)
		if ok {
			c.found = step
		}
		return step, ok
	}
	if passes(low) {
		return low, true
	}
	for _, step := range falls() {
		if step < low { // mutate:same
			continue
		}
		if step <= high && passes(step) {
			return step, true
		}
	}
	return 0, false
}
