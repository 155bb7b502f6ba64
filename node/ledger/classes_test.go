package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkClasses holds the weight classes that are kept up, and the sums over those who
// delegate, against those that a track or a vote needs: no more and no fewer.
func checkClasses(t *testing.T, s *State) {
	t.Helper()
	var need []trackClass
	add := func(x trackClass) {
		if !slices.Contains(need, x) {
			need = append(need, x)
		}
	}
	for i := range s.constitution.Tracks {
		track := &s.constitution.Tracks[i]
		class, ok := s.weights.classOf(track.Weight)
		require.True(t, ok, "no class of track %s", track.Name)
		add(trackClass{track.Name, class})
	}
	open := map[trackClass]int{}
	for i := range s.proposals.list {
		if p := &s.proposals.list[i]; p.binds() {
			x := trackClass{p.track.Name, p.class}
			require.Equal(t, p.track.Weight, s.weights.classes[p.class].rule)
			add(x)
			open[x]++
		}
	}
	require.Equal(t, open, s.weights.ballots)
	classes := map[int]bool{}
	for _, x := range need {
		classes[x.class] = true
		require.NotNil(t, s.delegations.sumsFor(x.class, x.track), "%v", x)
		require.NotNil(t, s.delegations.sumsFor(x.class, ""), "%v", x)
	}
	require.Len(t, s.weights.weighed, len(classes), "kept up, needed: %v", need)
	require.Len(t, s.delegations.leadSums, len(need)+len(classes), "needed: %v", need)
}
