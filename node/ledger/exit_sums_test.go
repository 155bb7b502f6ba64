package ledger

import "testing"

// checkGone holds the sums over leavers against a walk over them, for a vote that
// would have started at any change of anybody's stake, or right before or after.
func checkGone(t *testing.T, s *State) {
	t.Helper()
	starts := []int64{0, s.clock.TimeMs, s.clock.TimeMs + 1}
	for _, c := range s.stakes.lockedSat {
		starts = append(starts, c.AtMs-1, c.AtMs, c.AtMs+1)
	}
	var leaving uint64
	for i := range s.agents.list {
		if s.agents.list[i].leaving != nil {
			leaving += s.agents.list[i].stakeSat.Now()
		}
	}
	if leaving != s.leavers.leavingSat {
		t.Fatalf("%d sat of stake leave, kept %d", leaving, s.leavers.leavingSat)
	}
	for _, start := range starts {
		weighs := func(at slot, ownSat uint64) uint64 { return min(ownSat, s.agents.list[at].stakeSat.Before(start)) }
		var going, left uint64
		for i := range s.agents.list {
			if x := s.agents.list[i].leaving; x != nil {
				going += weighs(slot(i), x.ownSat)
			}
		}
		for _, d := range s.leavers.list {
			if d.atMs < start {
				continue
			}
			going += weighs(d.agent, d.ownSat)
			if !d.blocked {
				left += weighs(d.agent, d.ownSat)
			}
		}
		if got := s.stakes.goneSat(s.leavers.going, start); got != going {
			t.Fatalf("for a vote from %d on %d sat of stake leave or left, %d by walking", start, got, going)
		}
		if got := s.stakes.goneSat(s.leavers.left, start); got != left {
			t.Fatalf("for a vote from %d on %d sat of stake left, %d by walking", start, got, left)
		}
	}
}
