package cheat

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// cheat is one kind of cheating.
type cheat struct {
	name    string // kebab-case, unique
	tries   string // what the operator does, for people
	catches string // the command, or who, that catches it
	holder  string // who holds what it is caught with
	play    func(t *testing.T, s *story) verdict

	err  error  // kind of the rejection; nil where something is proved against the operator
	says string // words of the rejection, or of what is proved

	trust string // what of it is still trust, or ""
}

// verdict is what econaudit says.
type verdict struct {
	err    error
	proved string // what is proved against the operator
}

func rejected(err error) verdict { return verdict{err: err} }

// table are all kinds, by subject.
func table() []cheat {
	var all []cheat
	for _, rows := range [][]cheat{ofEntries, ofOutcomes, ofTimes, ofBlocks, ofHistories, ofAnchors, ofWitnesses, ofBundles, ofStandings, ofSats, ofSpends, ofAnswers, ofKeys, ofWatching, ofLocks} {
		all = append(all, rows...)
	}
	return all
}

// Everything that the operator tries is caught, by the check and in the words of its row.
func TestEveryCheatIsCaught(t *testing.T) {
	names := map[string]bool{}
	for _, c := range table() {
		require.False(t, names[c.name], "two rows are called %s", c.name)
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			v := c.play(t, newStory(t))
			require.Equal(t, playedBy2[t.Name()], slices.Contains(sinceVersion2, c.name), "sinceVersion2: %s", c.name)
			if c.err == nil {
				require.NoError(t, v.err)
				require.Contains(t, v.proved, c.says)
				return
			}
			require.ErrorIs(t, v.err, c.err)
			require.Contains(t, v.err.Error(), c.says)
		})
	}
	require.GreaterOrEqual(t, len(names), 30)
}
