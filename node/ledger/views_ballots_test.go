package ledger

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/stretchr/testify/require"
)

// Pages of any size put together are the list of all ballots, while the vote
// runs and after its close; and each ballot can be asked for by its voter.
func TestBallotsPage(t *testing.T) {
	sc := newScenario(t)
	sc.file = t.Name()
	sc.set("tracks.signal.weight", "{kind: one}")
	sc.set("tracks.signal.propose_stake_sat", "0")
	for i := range 13 {
		sc.command([]string{"agent", fmt.Sprint("a", i)})
	}
	sc.command([]string{"wait", "1s"})
	sc.command([]string{"a0", "propose", "p", "signal"})
	sc.command([]string{"wait", "2s"})
	for i := range 11 {
		sc.command([]string{fmt.Sprint("a", i), "vote", "p", []string{"for", "against", "abstain"}[i%3]})
	}
	for _, when := range []string{"open", "closed"} {
		all, ok := sc.s.Ballots(sc.labels["p"])
		if !ok || len(all) != 11 {
			t.Fatalf("%s: %d ballots", when, len(all))
		}
		for limit := 1; limit <= 12; limit++ {
			if got := pageThrough(t, sc.s, sc.labels["p"], limit); !reflect.DeepEqual(got, all) {
				t.Errorf("%s, pages of %d: %v, want %v", when, limit, got, all)
			}
		}
		for _, want := range all {
			if got, ok := sc.s.Ballot(sc.labels["p"], want.Voter); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: ballot of %s: %v", when, want.Voter, got)
			}
		}
		if _, ok := sc.s.Ballot(sc.labels["p"], secretOf("a12").Public()); ok {
			t.Errorf("%s: a ballot of somebody who did not vote", when)
		}
		sc.command([]string{"wait", "13s"})
		sc.command([]string{"state", "p", "defeated"})
	}
	if _, _, ok := sc.s.BallotsPage(op.ID{1}, op.PublicKey{}, 5); ok {
		t.Error("a page of no proposal")
	}
}

func pageThrough(t *testing.T, s *State, id op.ID, limit int) []view.Ballot {
	t.Helper()
	var all []view.Ballot
	var after op.PublicKey
	for {
		page, more, ok := s.BallotsPage(id, after, limit)
		if !ok || len(page) > limit || more && len(page) < limit {
			t.Fatalf("page of %d after %s: %d ballots, more %v, %v", limit, after, len(page), more, ok)
		}
		all = append(all, page...)
		if !more {
			return all
		}
		after = page[len(page)-1].Voter
	}
}

// A page of ballots of an open vote looks at as many of them in a large vote as in
// a small one.
func TestBallotsPageCostsItsLength(t *testing.T) {
	cost := func(voters int) float64 {
		c := newCrowd(t, voters)
		id := c.proposeAndVote(voters)
		page, more, ok := c.sc.s.BallotsPage(id, op.PublicKey{}, 25)
		require.True(t, ok && more && len(page) == 25)
		return testing.AllocsPerRun(10, func() { c.sc.s.BallotsPage(id, op.PublicKey{}, 25) })
	}
	require.Equal(t, cost(26), cost(3000), "allocations")
}
