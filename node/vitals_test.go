package node

import "testing"

// A problem is counted under the part that it begins with.
func TestPartOf(t *testing.T) {
	for problem, want := range map[string]string{
		"lnd: does not answer": "lnd", "chain: no block seen yet": "chain", "anchoring: has failed": "anchoring",
		"l402: a request": "l402", "recovery: why: more": "recovery", "something: else": "other", "lnd": "lnd", "": "other",
	} {
		if got := PartOf(problem); got != want {
			t.Errorf("%q is about %q, want %q", problem, got, want)
		}
	}
}
