package voting

import (
	"errors"
	"strings"
	"testing"
)

// bound is a member that takes every number from low to high and no other.
type bound struct {
	field     string
	low, high int64
	with      func(v int64) error // the rule's word on the member set so
}

// hold tries both sides of both ends.
func (b bound) hold(t *testing.T) {
	t.Helper()
	for _, v := range []int64{b.low, b.high} {
		if err := b.with(v); err != nil {
			t.Errorf("%s: %d is refused: %v", b.field, v, err)
		}
	}
	for _, v := range []int64{b.low - 1, b.high + 1} {
		if err := b.with(v); !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), b.field) {
			t.Errorf("%s: %d gives %v", b.field, v, err)
		}
	}
}

func TestEvaluationBounds(t *testing.T) {
	rule := func(set func(*EvaluationRule, int64)) func(int64) error {
		return func(v int64) error {
			r := EvaluationRule{MaxPeriodS: 60, MinReporters: 3, MaxReporters: 5, LeastReports: 2, Pool: "p", MaxRewardSat: 100}
			set(&r, v)
			return r.Validate()
		}
	}
	for _, b := range []bound{
		{"max_period_s", 1, maxEvaluationS, rule(func(r *EvaluationRule, v int64) { r.MaxPeriodS = v })},
		{"max_reward_sat", 1, maxRewardSat, rule(func(r *EvaluationRule, v int64) { r.MaxRewardSat = v })},
		{"least_reports", 1, 3, rule(func(r *EvaluationRule, v int64) { r.LeastReports = v })},
		{"baseline", 1, maxBaseline, func(v int64) error { return Criterion{Baseline: v, Direction: Up}.Validate() }},
		{"change_ppm", 0, maxChangePPM, func(v int64) error { return Criterion{Baseline: 1, Direction: Up, ChangePPM: v}.Validate() }},
		{"change_ppm", 0, PPM, func(v int64) error { return Criterion{Baseline: 1, Direction: Down, ChangePPM: v}.Validate() }},
	} {
		b.hold(t)
	}
}

func TestThrottleBounds(t *testing.T) {
	const base = 100
	rule := func(set func(*ThrottleRule, int64)) func(int64) error {
		return func(v int64) error {
			r := ThrottleRule{Target: 5, RisePPM: 1, DecayPPM: minDecayPPM, DecayS: 1, MaxSat: 1000}
			set(&r, v)
			return r.Validate(base)
		}
	}
	for _, b := range []bound{
		{"target", 1, maxThrottleTarget, rule(func(r *ThrottleRule, v int64) { r.Target = v })},
		{"rise_ppm", 1, PPM, rule(func(r *ThrottleRule, v int64) { r.RisePPM = v })},
		{"decay_ppm", minDecayPPM, PPM, rule(func(r *ThrottleRule, v int64) { r.DecayPPM = v })},
		{"decay_s", 1, maxDelayS, rule(func(r *ThrottleRule, v int64) { r.DecayS = v })},
		{"max_sat", base, maxCollateralSat, rule(func(r *ThrottleRule, v int64) { r.MaxSat = v })},
	} {
		b.hold(t)
	}
	r := ThrottleRule{Target: 5, RisePPM: 1, DecayPPM: minDecayPPM, DecayS: 1, MaxSat: 1000}
	if err := r.Validate(1); err != nil {
		t.Errorf("a collateral of one sat is refused: %v", err)
	}
	if err := r.Validate(0); !errors.Is(err, ErrRule) {
		t.Errorf("no collateral gives %v", err)
	}
}

// Only one more proposal raises the level, and only a fall below the target
// starts a decay.
func TestThrottleMovesOnce(t *testing.T) {
	r := ThrottleRule{Target: 5, RisePPM: 500_000, DecayPPM: 100_000, DecayS: 10, MaxSat: 1000}
	a := Ask{Sat: 200, SinceMs: 7}
	if got := r.Moved(a, 100, 7, 7, 50_000); got != a {
		t.Errorf("nothing moved: %+v", got)
	}
	if got := r.Moved(a, 100, 6, 7, 50_000); got.Sat != 300 {
		t.Errorf("one more above the target: %+v", got)
	}
	if got := r.Moved(a, 100, 4, 5, 7); got.Sat != 200 {
		t.Errorf("one more up to the target: %+v", got)
	}
	if got := r.Moved(a, 100, 6, 5, 50_000); got != a {
		t.Errorf("down to the target: %+v", got)
	}
	if got := r.Moved(a, 100, 5, 4, 50_000); got.SinceMs != 50_000 {
		t.Errorf("below the target: %+v", got)
	}
}
