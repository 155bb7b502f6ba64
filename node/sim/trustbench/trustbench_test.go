package trustbench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The definition: pairs won plus half the ties, of all pairs.
func TestAUCIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.25, 0.5, 1}), 1, 20)
		good, bad := scores.Draw(t, "good"), scores.Draw(t, "bad")
		won := 0.0
		for _, g := range good {
			for _, b := range bad {
				if g > b {
					won++
				} else if g == b {
					won += 0.5
				}
			}
		}
		require.InDelta(t, won/float64(len(good)*len(bad)), AUC(good, bad), 1e-12)
	})
	require.Equal(t, 0.5, AUC(nil, []float64{1}))
}

// day formats a row at noon of a day.
func day(d int, rater, ratee string, rating int) string {
	return fmt.Sprintf("%s,%s,%d,%d\n", rater, ratee, rating, d*86_400+43_200)
}

// townsfolk is a network in which "good" is praised and "bad" blamed all the
// time by the people whom the founder trusts.
func townsfolk() string {
	var b strings.Builder
	b.WriteString(day(0, "founder", "ann", 8) + day(0, "founder", "bob", 5) + day(0, "founder", "eve", 4))
	for d := 1; d < 400; d += 20 {
		b.WriteString(day(d, "ann", "good", 3) + day(d, "bob", "bad", -3))
	}
	return b.String()
}

func loadTown(t *testing.T, ratings, labels string) *Network {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "town.csv"), []byte(ratings), 0o600))
	if labels != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "town_labels.csv"), []byte(labels), 0o600))
	}
	n, err := Load(dir, "town")
	require.NoError(t, err)
	return n
}

func TestNextRatings(t *testing.T) {
	n := loadTown(t, townsfolk(), "")
	for _, m := range Methods() {
		next, err := MeasureNext(n, m, "founder")
		require.NoError(t, err)
		require.Equal(t, 1.0, next.AUC, m.Name)
		require.Equal(t, next.Good, next.Bad, m.Name)
		require.NotZero(t, next.Bad)
	}
	_, err := MeasureNext(n, Methods()[0], "nobody")
	require.ErrorContains(t, err, "nobody")
}

// A prediction sees nothing of what it foretells: whoever has no history by
// then is not scored, and the first rating of a turncoat counts against the
// method.
func TestNextRatingsDoNotLookAhead(t *testing.T) {
	n := loadTown(t, townsfolk()+day(395, "ann", "newcomer", -5), "")
	with, err := MeasureNext(n, Methods()[0], "founder")
	require.NoError(t, err)
	require.Equal(t, 1.0, with.AUC, "the newcomer's only rating is not foretold")
	n = loadTown(t, townsfolk()+day(395, "bob", "good", -5), "")
	with, err = MeasureNext(n, Methods()[0], "founder")
	require.NoError(t, err)
	require.Less(t, with.AUC, 1.0)
}

// Without variations, vary is the engine.
func TestVariationOfNothingIsTheEngine(t *testing.T) {
	n := loadTown(t, townsfolk(), "")
	m := Methods()[0]
	trusted := seeds(0, n.Ratings)
	end := n.Ratings[len(n.Ratings)-1].TimeMicros
	engine, err := m.quality(n, n.Ratings, end, trusted)
	require.NoError(t, err)
	times := make([]int64, len(n.Ratings))
	for i, r := range n.Ratings {
		times[i] = r.TimeMicros
	}
	book, err := n.book(n.Ratings, times, end, trusted, m.Params)
	require.NoError(t, err)
	require.InDeltaSlice(t, engine, m.vary(book, n.Ratings, times, end, len(n.IDs)), 1e-5, "but for the tables' rounding")
}

func TestBlind(t *testing.T) {
	labels := "ann,+1\ngood,1\nbad,-1\nstranger,-1\n"
	blind, err := MeasureBlind(loadTown(t, townsfolk(), labels), BlindMethod(), "founder")
	require.NoError(t, err)
	require.Equal(t, Blind{AUC: 1, Dropped: 20, Good: 2, Bad: 1}, blind, "ann is trusted, so her praise of good is left out")
	_, err = MeasureBlind(loadTown(t, townsfolk(), ""), BlindMethod(), "founder")
	require.ErrorIs(t, err, ErrAbsent)
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir, "town")
	require.ErrorIs(t, err, ErrAbsent)
	require.ErrorContains(t, err, "https://snap.stanford.edu/data/soc-sign-bitcoin-otc.html")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "town.csv"), []byte("a,b,11,0\n"), 0o600))
	_, err = Load(dir, "town")
	require.ErrorContains(t, err, "town.csv:1:5: rating is")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "town.csv"), []byte("a,b,1,0\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "town_labels.csv"), []byte("a,1\nb,2\n"), 0o600))
	_, err = Load(dir, "town")
	require.ErrorContains(t, err, `town_labels.csv:2: label is "2"`)
}

func TestGridHoldsTheEngine(t *testing.T) {
	require.Equal(t, Methods()[0].Params, Grid()[0].Params)
	require.Equal(t, int64(0), Grid()[0].PerDay)
	for _, m := range append(Grid(), append(Methods(), BlindMethod())...) {
		require.NoError(t, m.Params.Validate())
	}
}
