package voting

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Both sides of every threshold, and values at the ends of their range.
func TestCriterion(t *testing.T) {
	for _, c := range []struct {
		c     Criterion
		value int64
		met   bool
	}{
		{Criterion{100, Up, 250_000}, 124, false},
		{Criterion{100, Up, 250_000}, 125, true},
		{Criterion{100, Up, 250_000}, 128, true},
		{Criterion{3, Up, 333_333}, 4, true},  // 3.999999
		{Criterion{3, Up, 333_334}, 4, false}, // 4.000002
		{Criterion{21_000, Down, 140_000}, 18_060, true},
		{Criterion{21_000, Down, 140_000}, 18_061, false},
		{Criterion{82, Up, 0}, 82, true},
		{Criterion{82, Up, 0}, 81, false},
		{Criterion{82, Down, 0}, 82, true},
		{Criterion{82, Down, 0}, 83, false},
		{Criterion{5, Down, PPM}, 0, true},
		{Criterion{5, Down, PPM}, 1, false},
		{Criterion{5, Down, PPM}, -1, true},
		{Criterion{5, Up, 0}, -5, false},
		{Criterion{1 << 53, Up, maxChangePPM}, 1 << 53, false},
		{Criterion{1 << 53, Up, 0}, 1 << 53, true},
	} {
		if err := c.c.Validate(); err != nil {
			t.Errorf("%+v: %v", c.c, err)
		}
		if got := c.c.Met(c.value); got != c.met {
			t.Errorf("%+v met by %d: %v", c.c, c.value, got)
		}
	}
	for _, c := range []Criterion{{0, Up, 1}, {1<<53 + 1, Up, 1}, {1, "sideways", 1}, {1, Up, -1}, {1, Down, PPM + 1}, {1, Up, maxChangePPM + 1}} {
		if c.Validate() == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// The 128-bit comparison agrees with one over numbers of any size.
func TestCriterionAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Criterion{Baseline: rapid.Int64Range(1, maxBaseline).Draw(t, "baseline"), Direction: Up,
			ChangePPM: rapid.Int64Range(0, PPM).Draw(t, "change")}
		factor := PPM + c.ChangePPM
		if rapid.Bool().Draw(t, "down") {
			c.Direction, factor = Down, PPM-c.ChangePPM
		}
		right := new(big.Int).Mul(big.NewInt(c.Baseline), big.NewInt(factor))
		near := new(big.Int).Div(right, big.NewInt(PPM)).Int64()
		value := near + rapid.Int64Range(-2, 2).Draw(t, "off")
		cmp := new(big.Int).Mul(big.NewInt(value), big.NewInt(PPM)).Cmp(right)
		want := cmp >= 0
		if c.Direction == Down {
			want = cmp <= 0
		}
		if c.Met(value) != want {
			t.Fatalf("%+v met by %d: %v", c, value, !want)
		}
	})
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   int64
	}{{[]int64{7}, 7}, {[]int64{9, 1}, 1}, {[]int64{9, 1, 5}, 5}, {[]int64{4, 3, 2, 1}, 2}, {[]int64{-1, 1 << 53, -3}, -1}} {
		first := c.values[0]
		if got := Median(c.values); got != c.want || c.values[0] != first {
			t.Errorf("median of %v: %d, want %d", c.values, got, c.want)
		}
	}
}

func TestEvaluationRule(t *testing.T) {
	good := EvaluationRule{MaxPeriodS: 60, MinReporters: 3, MaxReporters: 5, LeastReports: 2, Pool: "performance", MaxRewardSat: 100}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []func(*EvaluationRule){
		func(r *EvaluationRule) { r.MaxPeriodS = 0 }, func(r *EvaluationRule) { r.MaxPeriodS = 366*86400 + 1 },
		func(r *EvaluationRule) { r.MinReporters = 6 }, func(r *EvaluationRule) { r.MaxReporters = 65 },
		func(r *EvaluationRule) { r.LeastReports = 4 }, func(r *EvaluationRule) { r.LeastReports = 0 },
		func(r *EvaluationRule) { r.Pool = "" }, func(r *EvaluationRule) { r.MaxRewardSat = 0 },
	} {
		r := good
		if spoil(&r); r.Validate() == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}
