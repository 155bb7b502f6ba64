package voting

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/econd/econd/node/member"
)

// Direction is where a metric has to go.
type Direction string

// Directions.
const (
	Up   Direction = "up"
	Down Direction = "down"
)

// Criterion is what a metric must have done by the end of an evaluation: gone
// in the direction by at least a share of the baseline. A change of 0 asks that
// it has not gone the other way.
type Criterion struct {
	Baseline  int64     `json:"baseline"` // value before, 1 to 2^53, in the metric's unit
	Direction Direction `json:"direction"`
	ChangePPM int64     `json:"change_ppm"` // of the baseline; down: at most PPM
}

// Limits of a criterion.
const (
	maxBaseline  = 1 << 53
	maxChangePPM = 1000 * PPM
)

// Validate reports the first field that makes the criterion unusable.
func (c Criterion) Validate() error {
	most := int64(maxChangePPM)
	if c.Direction == Down {
		most = PPM
	}
	switch {
	case c.Baseline < 1 || c.Baseline > maxBaseline:
		return fmt.Errorf("%w: baseline: %d is not between 1 and %d", ErrRule, c.Baseline, int64(maxBaseline))
	case c.Direction != Up && c.Direction != Down:
		return fmt.Errorf("%w: direction: %+q is neither %+q nor %+q", ErrRule, c.Direction, Up, Down)
	case c.ChangePPM < 0 || c.ChangePPM > most:
		return fmt.Errorf("%w: change_ppm: %d is not between 0 and %d", ErrRule, c.ChangePPM, most)
	}
	return nil
}

// Met tells whether a value of at most 2^53 either way meets a valid criterion,
// by exact cross-multiplication in 128 bits:
//
//	up:   value * PPM >= baseline * (PPM + change)
//	down: value * PPM <= baseline * (PPM - change)
func (c Criterion) Met(value int64) bool {
	if value < 0 { // and the right side is at least 0 (mutate:same)
		return c.Direction == Down
	}
	vh, vl := bits.Mul64(uint64(value), PPM)
	if c.Direction == Up {
		bh, bl := bits.Mul64(uint64(c.Baseline), uint64(PPM+c.ChangePPM))
		return vh > bh || vh == bh && vl >= bl
	}
	bh, bl := bits.Mul64(uint64(c.Baseline), uint64(PPM-c.ChangePPM))
	return vh < bh || vh == bh && vl <= bl
}

// Median returns the middle one of the values, of an even number the lower of
// the two middle ones, so that it is always a value that somebody stated. There
// must be at least one. The values stay as they are.
func Median(values []int64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// EvaluationRule lets proposals of a track bet on their effect. It is a value
// and safe for concurrent use.
type EvaluationRule struct {
	MaxPeriodS   int64  `json:"max_period_s"`   // longest evaluation, at most a year
	MinReporters int64  `json:"min_reporters"`  // fewest keys that a proposal may name
	MaxReporters int64  `json:"max_reporters"`  // most, up to 64
	LeastReports int64  `json:"least_reports"`  // fewest reports a metric must ask for
	Pool         string `json:"pool"`           // pays the rewards
	MaxRewardSat int64  `json:"max_reward_sat"` // of one proposal
}

// Validate reports the first field that makes the rule unusable.
func (r EvaluationRule) Validate() error {
	if m := evaluationTable.Misfit(&r, member.NoMore("min_reporters", r.MaxReporters), member.NoMore("least_reports", r.MinReporters)); m != nil {
		return misfit(m)
	}
	if r.Pool == "" {
		return fmt.Errorf("%w: pool: must name the pool that pays", ErrRule)
	}
	return nil
}
