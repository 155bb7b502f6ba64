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
		what          string
		before, after int64
		atMs          int64
		want          int64
	}{
		{"the first", 0, 1, 1_000, 1000},
		{"up to the target nothing rises", 1, 2, 2_000, 1000},
		{"the one above it raises the level", 2, 3, 3_000, 1100},
		{"and the next, rounded up", 3, 4, 4_000, 1210},
		{"ends raise nothing", 4, 3, 5_000, 1210},
		{"above and at the target nothing decays", 3, 2, 100_000, 1210},
		{"below it starts the first period", 2, 1, 200_000, 1210},
		{"which is not over yet", 1, 0, 209_999, 1210},
		{"now it is: 1210 less 61", 0, 1, 210_000, 1149},
		{"two more, less 58 and 55", 1, 1, 239_999, 1036},
		{"down to the base and no further", 1, 2, 900_000, 1000},
		{"the most is the most", 2, 3, 900_001, 1100},
		{"", 3, 4, 900_002, 1210},
		{"", 4, 5, 900_003, 1331},
		{"", 5, 6, 900_004, 1465},
		{"", 6, 7, 900_005, 1500},
		{"", 7, 8, 900_006, 1500},
	} {
		if a = crowd.Moved(a, base, c.before, c.after, c.atMs); a.Sat != c.want {
			t.Fatalf("%s: %d to %d at %d: asks %d, want %d", c.what, c.before, c.after, c.atMs, a.Sat, c.want)
		}
	}
}

// Drafts count as if they had started, and leave nothing behind.
func TestThrottleQuote(t *testing.T) {
	for _, c := range []struct{ open, drafts, want int64 }{
		{0, 0, 1000}, {0, 2, 1000}, {0, 3, 1100}, {2, 0, 1000}, {2, 1, 1100}, {1, 3, 1210}, {3, 1, 1100}, {2, 1_000_000_000, 1500},
	} {
		if got := crowd.Quote(Ask{}, 1000, c.open, c.drafts, 5); got != c.want {
			t.Errorf("%d open, %d drafts: %d, want %d", c.open, c.drafts, got, c.want)
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
