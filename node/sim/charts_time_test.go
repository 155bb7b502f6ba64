package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/sim/plot"
)

// overTimeOf is a study of one group whose runs have these moments.
func overTimeOf(runs ...[]Moment) (*study, []group, [][][]Moment) {
	return &study{s: &Scenario{StepS: 86_400}}, []group{{name: "all"}}, [][][]Moment{runs}
}

// A Gini coefficient is at most 1, whatever Student's interval of a few runs says.
func TestGiniEndsAtOne(t *testing.T) {
	st, groups, moments := overTimeOf([]Moment{{Step: 0, Carriers: 9, GiniPpm: 500_000}}, []Moment{{Step: 0, Carriers: 9, GiniPpm: 980_000}})
	line := st.gini(groups, moments, "").Lines[0]
	require.Equal(t, []float64{1}, line.High)
	require.Equal(t, []float64{0}, line.Low)
	// How many agents it takes has no such end.
	moments[0][0][0].Nakamoto, moments[0][1][0].Nakamoto = 1, 9
	require.Greater(t, st.nakamoto(groups, moments, "").Lines[0].High[0], 9.0)
}

// Where nobody has weight there is no figure about its spread: a gap, not zero.
func TestNoFigureWithoutWeight(t *testing.T) {
	some := Moment{Carriers: 3, GiniPpm: 250_000, Nakamoto: 2, Lorenz10: 40_000}
	at := func(step int64, m Moment) Moment { m.Step = step; return m }
	st, groups, moments := overTimeOf([]Moment{at(0, some), at(1, Moment{}), at(2, some)}, []Moment{at(0, Moment{}), at(1, Moment{}), at(2, some)})
	for name, c := range map[string]plot.Lines{"gini": st.gini(groups, moments, ""), "nakamoto": st.nakamoto(groups, moments, "")} {
		line := c.Lines[0]
		require.Equal(t, []float64{0, 1, 2}, line.X, name)
		require.True(t, math.IsNaN(line.Y[1]), name)
		require.Equal(t, line.Y[2], line.Y[0], "%s: runs without weight do not pull a mean down", name)
	}
	require.Len(t, st.lorenz(groups, moments, "").Lines[0].X, 11)

	for _, run := range moments[0] {
		run[2] = at(2, Moment{})
	}
	curve := st.lorenz(groups, moments, "")
	require.Contains(t, string(curve.Draw().SVG()), "(nobody has weight)")
	line := curve.Lines[0]
	require.Empty(t, line.X, "no diagonal where nobody has weight")
	require.Equal(t, "all (nobody has weight)", line.Name)
	moments[0] = [][]Moment{{{}, {}}}
	require.Equal(t, "all (nobody has weight)", st.gini(groups, moments, "").Lines[0].Name)
}
