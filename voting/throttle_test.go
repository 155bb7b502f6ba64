package voting

import (
	"errors"
	"testing"
)

var crowd = ThrottleRule{Target: 2, RisePPM: 100_000, DecayPPM: 50_000, DecayS: 10, MaxSat: 1500}

func TestThrottle(t *testing.T) {
	const base = 1000
	a := Ask{}
	for _, c := range []struct {
		what    string
		running int64
		through bool
		atMs    int64
		want    int64
	}{
		{"at the target nothing rises", 2, true, 1_000, 1000},
		{"one above it that went through raises the level", 3, true, 3_000, 1100},
		{"and the next, rounded up", 4, true, 4_000, 1210},
		{"one that was cancelled raises nothing", 4, false, 5_000, 1210},
		{"above and at the target nothing decays, and below it the first period begins", 2, true, 200_000, 1210},
		{"which is not over yet", 1, true, 209_999, 1210},
		{"now it is: 1210 less 61", 1, true, 210_000, 1149},
		{"two more, less 58 and 55", 1, false, 239_999, 1036},
		{"down to the base and no further", 1, true, 900_000, 1000},
		{"the most is the most", 5, true, 900_001, 1100},
		{"", 5, true, 900_002, 1210},
		{"", 5, true, 900_003, 1331},
		{"", 5, true, 900_004, 1465},
		{"", 5, true, 900_005, 1500},
		{"", 5, true, 900_006, 1500},
	} {
		if a = crowd.Ended(a, base, c.running, c.through, c.atMs); a.Sat != c.want {
			t.Fatalf("%s: one of %d at %d: asks %d, want %d", c.what, c.running, c.atMs, a.Sat, c.want)
		}
	}
}

// Waiting ones count as if they ran, and leave nothing behind. What is asked does
// not move when one of those running goes through.
func TestThrottleQuote(t *testing.T) {
	for _, c := range []struct{ running, waiting, want int64 }{
		{0, 0, 1000}, {0, 2, 1000}, {0, 3, 1100}, {2, 0, 1000}, {2, 1, 1100}, {1, 3, 1210}, {3, 1, 1210}, {2, 1_000_000_000, 1500},
	} {
		got := crowd.Quote(Ask{}, 1000, c.running, c.waiting, 5)
		if got != c.want {
			t.Errorf("%d running, %d waiting: %d, want %d", c.running, c.waiting, got, c.want)
		}
		after := crowd.Quote(crowd.Ended(Ask{}, 1000, c.running, true, 5), 1000, c.running-1, c.waiting, 5)
		if c.running > crowd.Target && after != got {
			t.Errorf("%d running, %d waiting: %d, and %d after one went through", c.running, c.waiting, got, after)
		}
	}
	if got := crowd.Quote(Ask{Sat: 1331}, 1000, 2, 0, 1e12); got != 1331 {
		t.Errorf("at the target the level stays: %d", got)
	}
	if got := crowd.Quote(Ask{Sat: 1331}, 1400, 2, 0, 5); got != 1400 {
		t.Errorf("a track that asks more now asks at least that: %d", got)
	}
}

func TestThrottleRanges(t *testing.T) {
	good := crowd
	if err := good.Validate(1000); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]ThrottleRule{
		"target":    {0, 1, 10_000, 1, 1000},
		"rise":      {1, 1_000_001, 10_000, 1, 1000},
		"no rise":   {1, 0, 10_000, 1, 1000},
		"decay":     {1, 1, 9_999, 1, 1000},
		"all decay": {1, 1, 1_000_001, 1, 1000},
		"period":    {1, 1, 10_000, 0, 1000},
		"most":      {1, 1, 10_000, 1, 999},
	} {
		if err := r.Validate(1000); !errors.Is(err, ErrRule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.Validate(0); err == nil {
		t.Error("a track without collateral has nothing to throttle")
	}
}
