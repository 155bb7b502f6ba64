package voting

import (
	"errors"
	"math/big"
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
		{"max_period_s", 1, 366 * 86400, rule(func(r *EvaluationRule, v int64) { r.MaxPeriodS = v })},
		{"max_reward_sat", 1, MaxStakeSat, rule(func(r *EvaluationRule, v int64) { r.MaxRewardSat = v })},
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
			r := ThrottleRule{Target: 5, RisePPM: 1, DecayPPM: 10_000, DecayS: 1, MaxSat: 1000}
			set(&r, v)
			return r.Validate(base)
		}
	}
	for _, b := range []bound{
		{"target", 1, 10_000, rule(func(r *ThrottleRule, v int64) { r.Target = v })},
		{"rise_ppm", 1, PPM, rule(func(r *ThrottleRule, v int64) { r.RisePPM = v })},
		{"decay_ppm", 10_000, PPM, rule(func(r *ThrottleRule, v int64) { r.DecayPPM = v })},
		{"decay_s", 1, maxDelayS, rule(func(r *ThrottleRule, v int64) { r.DecayS = v })},
		{"max_sat", base, 2_100_000_000_000, rule(func(r *ThrottleRule, v int64) { r.MaxSat = v })},
	} {
		b.hold(t)
	}
	r := ThrottleRule{Target: 5, RisePPM: 1, DecayPPM: 10_000, DecayS: 1, MaxSat: 1000}
	if err := r.Validate(1); err != nil {
		t.Errorf("a collateral of one sat is refused: %v", err)
	}
	if err := r.Validate(0); !errors.Is(err, ErrRule) {
		t.Errorf("no collateral gives %v", err)
	}
}

// Only who went through above the target raises the level, and only a fall below
// the target starts a decay.
func TestThrottleMovesOnce(t *testing.T) {
	r := ThrottleRule{Target: 5, RisePPM: 500_000, DecayPPM: 100_000, DecayS: 10, MaxSat: 1000}
	a := Ask{Sat: 200, SinceMs: 7}
	if got := r.Ended(a, 100, 6, true, 50_000); got.Sat != 300 || got.SinceMs != 7 {
		t.Errorf("one above the target: %+v", got)
	}
	if got := r.Ended(a, 100, 6, false, 50_000); got != a {
		t.Errorf("one that was cancelled: %+v", got)
	}
	if got := r.Ended(a, 100, 5, true, 50_000); got.Sat != 200 || got.SinceMs != 50_000 {
		t.Errorf("the one that fills the target: %+v", got)
	}
	if got := r.Ended(a, 100, 4, true, 8); got != a {
		t.Errorf("one below it: %+v", got)
	}
}

func TestConvictionBounds(t *testing.T) {
	bound{"conviction.step_s", 1, 100, func(v int64) error {
		track := convictionTrack()
		track.Conviction.StepS = v
		return track.Validate()
	}}.hold(t)
	bound{"conviction.high_water_window_s", 0, MaxHighWaterS, func(v int64) error {
		track := convictionTrack()
		track.Conviction.HighWaterWindowS = v
		return track.Validate()
	}}.hold(t)
}

// One step is a range, too, and its ends belong to it.
func TestFirstPassingAtTheEnds(t *testing.T) {
	from := func(n uint64) func(uint64) bool { return func(step uint64) bool { return step >= n } }
	for _, c := range []struct {
		low, high, first, want uint64
		found                  bool
	}{{5, 5, 5, 5, true}, {5, 5, 6, 0, false}, {5, 9, 9, 9, true}, {5, 9, 1, 5, true}, {6, 5, 0, 0, false}} {
		for guess := range uint64(12) {
			if got, found := firstPassing(c.low, c.high, guess, from(c.first)); got != c.want || found != c.found {
				t.Errorf("from %d to %d, passing from %d, guessing %d: %d, %v", c.low, c.high, c.first, guess, got, found)
			}
		}
	}
	waning := &Course{Decay: 9_000_000, Y: big.NewInt(1_000_000)}
	at := func(want uint64) func(uint64, *big.Int) bool {
		return func(step uint64, _ *big.Int) bool { return step == want }
	}
	falls := func(steps ...uint64) func() []uint64 { return func() []uint64 { return steps } }
	if got, found := waning.FirstAbove(5, 9, falls(3, 9), at(9)); got != 9 || !found {
		t.Errorf("a fall at the last step: %d, %v", got, found)
	}
	if got, found := waning.FirstAbove(5, 9, falls(3, 10), at(3)); found {
		t.Errorf("a fall before the first step: %d", got)
	}
	if got, found := waning.FirstAbove(5, 5, falls(), at(5)); got != 5 || !found {
		t.Errorf("one step: %d, %v", got, found)
	}
}
