package ledger

import (
	"testing"

	"github.com/econd/econd/node/constitution"
)

// What came in ages out after its last instant, whether or not an entry has come
// since, and counts again where the constitution counts for longer.
func TestInflowsAge(t *testing.T) {
	s := New()
	s.constitution = &constitution.Constitution{Exit: constitution.ExitRules{WithinS: 10}}
	s.treasury.poolSats, s.treasury.inflows = []int64{0}, make([]inflows, 1)
	s.bring(0, nobody, 5)
	s.clock.TimeMs = 5000
	s.bring(0, nobody, 7)
	for _, c := range []struct{ atMs, withinS, want int64 }{
		{10_000, 10, 12},
		{10_001, 10, 7},
		{15_000, 10, 7},
		{15_001, 10, 0},
		{15_001, 20, 12},
		{15_001, 11, 7},
		{20_001, 20, 7},
		{20_001, 0, 12}, // a year
	} {
		s.clock.TimeMs, s.constitution.Exit.WithinS = c.atMs, c.withinS
		if c.withinS == 10 {
			if got := s.cameIn(0, c.atMs); got != c.want {
				t.Errorf("at %d, before an entry, %d count, want %d", c.atMs, got, c.want)
			}
		}
		s.ageInflows()
		if got := s.cameIn(0, c.atMs); got != c.want {
			t.Errorf("at %d within %d s %d count, want %d", c.atMs, c.withinS, got, c.want)
		}
	}
	if s.treasury.poolSats[0] != 12 {
		t.Errorf("the pool holds %d: what aged out stays", s.treasury.poolSats[0])
	}
}
