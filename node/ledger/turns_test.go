package ledger

import (
	"strings"
	"testing"
)

// Words about the course of proposals.
//
//	turns P = STATE...             the changes by entries, oldest first
func init() {
	looks["turns"] = func(sc *scenario, f []string) string {
		sc.enterDue()
		list, ok := sc.s.Turns(sc.labels[f[0]])
		if !ok {
			return "= none"
		}
		var states []string
		for _, t := range list {
			states = append(states, t.State)
		}
		return "= " + strings.Join(states, " ")
	}
}

// checkTurns demands that the last recorded turn of every proposal is its state,
// so that no way into another state is forgotten.
func checkTurns(t testing.TB, s *State) {
	t.Helper()
	for i := range s.proposals.list {
		p := &s.proposals.list[i]
		n := len(p.turns)
		if n == 0 || byTime(p.turns[n-1].phase) != byTime(s.phase(p)) {
			t.Fatalf("proposal %s is %s, its turns are %v", p.id, s.phase(p), p.turns)
		}
		for k := 1; k < n; k++ {
			if p.turns[k].seq <= p.turns[k-1].seq || p.turns[k].timeMs < p.turns[k-1].timeMs {
				t.Fatalf("turns of %s go back: %v", p.id, p.turns)
			}
		}
	}
}
