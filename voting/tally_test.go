package voting

import (
	"fmt"
	"math"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// cast is a ballot in short: a weight and the JSON of its choice.
type cast struct {
	weight int64
	choice string
}

func ballots(t require.TestingT, m Method, options int, casts []cast) []Ballot {
	var list []Ballot
	for _, c := range casts {
		choice, err := ParseChoice(m, options, []byte(c.choice))
		require.NoError(t, err, c.choice)
		list = append(list, Ballot{big.NewInt(c.weight), choice})
	}
	return list
}

func scores(out Outcome) []string {
	var list []string
	for _, s := range out.Scores {
		list = append(list, s.String())
	}
	return list
}

func TestTally(t *testing.T) {
	for name, tc := range map[string]struct {
		method  Method
		options int
		casts   []cast
		want    []string
		winner  int
	}{
		"single":       {SingleChoice, 3, []cast{{5, "1"}, {7, "3"}, {1, "1"}}, []string{"6", "0", "7"}, 3},
		"single, none": {SingleChoice, 2, nil, []string{"0", "0"}, 0},
		"approval":     {Approval, 3, []cast{{5, "[1,3]"}, {7, "[3]"}, {9, "[]"}}, []string{"5", "0", "12"}, 3},
		"weighted": {Weighted, 3, []cast{{1, `{"1":1,"2":2}`}, {2, `{"1":0.5,"3":0.5}`}},
			[]string{"1.333333333333", "0.666666666667", "1"}, 1},
		"weighted, a midpoint": {Weighted, 2, []cast{{1, `{"1":0.0000000000005,"2":0.9999999999995}`}},
			[]string{"0", "1"}, 2},
		"weighted, no weight": {Weighted, 2, []cast{{0, `{"1":1}`}}, []string{"0", "0"}, 0},
		// Roots 2+1 and 2: squares 9 and 4 of 9 in all.
		"quadratic":             {Quadratic, 2, []cast{{8, `{"1":1,"2":1}`}, {1, `{"1":1}`}}, []string{"6.230769230769", "2.769230769231"}, 1},
		"quadratic, all on one": {Quadratic, 2, []cast{{3, `{"2":1}`}, {2, `{"2":5}`}}, []string{"0", "5"}, 2},
		"quadratic, irrational": {Quadratic, 2, []cast{{2, `{"1":1}`}, {3, `{"2":1}`}}, []string{"2", "3"}, 2},
		"quadratic, no weight":  {Quadratic, 2, []cast{{0, `{"2":1}`}}, []string{"0", "0"}, 0},
		"credits": {QuadraticCredits, 3, []cast{{25, `{"1":4,"3":3}`}, {24, `{"1":4,"3":3}`}, {4, `{"2":2}`}},
			[]string{"4", "2", "3"}, 1},
		"fractional": {Fractional, 3, []cast{{10, `{"1":333333,"2":666667}`}}, []string{"3", "6", "1"}, 2},

		"runoff, a majority at once": {RankedChoice, 3, []cast{{3, "[2,1,3]"}, {1, "[1,2,3]"}, {1, "[3,1,2]"}}, []string{"1", "3", "1"}, 2},
		"runoff, half is not enough": {RankedChoice, 3, []cast{{2, "[2,1,3]"}, {1, "[1,2,3]"}, {1, "[3,1,2]"}}, []string{"0", "3", "1"}, 2},
		"runoff moves ballots":       {RankedChoice, 3, []cast{{4, "[1,2,3]"}, {3, "[2,3,1]"}, {2, "[3,2,1]"}}, []string{"4", "5", "0"}, 2},
		"runoff, two left":           {RankedChoice, 2, []cast{{1, "[1,2]"}, {1, "[2,1]"}}, []string{"1", "1"}, 1},
		"runoff, one option":         {RankedChoice, 1, []cast{{1, "[1]"}}, []string{"1"}, 1},
		"runoff, none":               {RankedChoice, 3, nil, []string{"0", "0", "0"}, 0},

		// Two wins and all Borda points, one win and half of them, nothing:
		// 4.5, 2.25 and 0 points.
		"copeland":             {Copeland, 3, []cast{{1, "[1,2,3]"}}, []string{"0.666666666667", "0.333333333333", "0"}, 1},
		"copeland, a tie":      {Copeland, 2, []cast{{1, "[1,2]"}, {1, "[2,1]"}}, []string{"1", "1"}, 1},
		"copeland, one option": {Copeland, 1, []cast{{7, "[1]"}}, []string{"7"}, 1},
		"copeland, none":       {Copeland, 3, nil, []string{"0", "0", "0"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Tally(tc.method, tc.options, 0, ballots(t, tc.method, tc.options, tc.casts))
			require.NoError(t, err)
			require.Equal(t, tc.want, scores(out))
			require.Equal(t, tc.winner, out.Winner)
		})
	}
}

// Two of three options are level on contests and told apart by Borda points:
// points are 3 + 90/280, 3 + 80/280 and 0 + 40/280, for 70 votes in all.
func TestCopelandSeparatesTiesByBorda(t *testing.T) {
	casts := []cast{{20, "[1,2,3]"}, {15, "[1,3,2]"}, {20, "[2,1,3]"}, {5, "[2,3,1]"}, {10, "[3,2,1]"}}
	out, err := Tally(Copeland, 3, 0, ballots(t, Copeland, 3, casts))
	require.NoError(t, err)
	want := []*big.Rat{big.NewRat(3*280+90, 1), big.NewRat(3*280+80, 1), big.NewRat(40, 1)}
	sum := new(big.Rat)
	for _, w := range want {
		sum.Add(sum, w)
	}
	for i, w := range want {
		w.Mul(w, big.NewRat(70, 1)).Quo(w, sum)
		require.Equal(t, w.FloatString(9), rounded(t, out.Scores[i], 9))
	}
}

func rounded(t *testing.T, s Score, digits int) string {
	r, ok := new(big.Rat).SetString(s.String())
	require.True(t, ok)
	return r.FloatString(digits)
}

func TestTiesAreSaid(t *testing.T) {
	out, err := Tally(RankedChoice, 3, 0, ballots(t, RankedChoice, 3, []cast{{1, "[1,2,3]"}, {1, "[2,3,1]"}, {1, "[3,1,2]"}}))
	require.NoError(t, err)
	require.Equal(t, []Tie{{Round: 1, Options: []int{1, 2, 3}, Chosen: 1}}, out.Ties)
	require.Equal(t, []string{"0", "2", "1"}, scores(out))

	out, err = Tally(RankedChoice, 3, 0, ballots(t, RankedChoice, 3, []cast{{2, "[1,2,3]"}, {1, "[2,3,1]"}, {2, "[3,1,2]"}}))
	require.NoError(t, err)
	require.Empty(t, out.Ties, "a single last place is no tie")
	require.Equal(t, []string{"2", "0", "3"}, scores(out))

	out, err = Tally(SingleChoice, 3, 0, ballots(t, SingleChoice, 3, []cast{{2, "2"}, {2, "3"}}))
	require.NoError(t, err)
	require.Equal(t, []Tie{{Options: []int{2, 3}, Chosen: 2}}, out.Ties)
	require.Equal(t, 2, out.Winner)
}

// Weighted parts, rounded off far below a score's digits, give the scores of exact
// fractions.
func TestWeightedAgainstExactFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const options, digits = 4, 3
		list := make([]Ballot, rapid.IntRange(1, 12).Draw(t, "ballots"))
		want := make([]*big.Rat, options)
		for i := range want {
			want[i] = new(big.Rat)
		}
		for i := range list {
			var portions []Portion
			sum := int64(0)
			for o := 1; o <= options; o++ {
				share := rapid.Int64Range(0, 1_000_000).Draw(t, "share") + int64(o/options)
				portions, sum = append(portions, Portion{o, big.NewInt(share)}), sum+share
			}
			w := rapid.Int64Range(0, 1<<62).Draw(t, "weight")
			list[i] = Ballot{Weight: big.NewInt(w), Choice: Choice{Portions: portions}}
			for _, p := range portions {
				part := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(w), p.Amount), big.NewInt(sum))
				want[p.Option-1].Add(want[p.Option-1], part)
			}
		}
		out, err := Tally(Weighted, options, digits, list)
		require.NoError(t, err)
		for i := range want {
			require.Equal(t, roundScore(want[i].Num(), want[i].Denom(), digits).String(), out.Scores[i].String())
		}
	})
}

// A ballot costs the same whatever shares the others name.
func TestWeightedCostsItsBallots(t *testing.T) {
	cost := func(n int) float64 {
		list := make([]Ballot, n)
		for i := range list {
			list[i] = Ballot{Weight: big.NewInt(1 << 40), Choice: Choice{Portions: []Portion{{1, big.NewInt(int64(999_000_007 + 2*i))}, {2, big.NewInt(int64(i + 1))}}}}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Tally(Weighted, 2, 0, list)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	few, many := cost(100), cost(10_000)
	require.Less(t, many, 100*few+1<<20, "bytes allocated")
}

func TestTallyRefusals(t *testing.T) {
	_, err := Tally("lottery", 2, 0, nil)
	require.ErrorIs(t, err, ErrBallot)
	for _, n := range []int{0, MaxOptions + 1} {
		_, err = Tally(Approval, n, 0, nil)
		require.ErrorIs(t, err, ErrBallot)
	}
	out, err := Tally(Approval, MaxOptions, 0, nil)
	require.NoError(t, err)
	require.Len(t, out.Scores, MaxOptions)
}

func TestOnlyRootsAreNotLinear(t *testing.T) {
	for _, m := range []Method{SingleChoice, Fractional, Approval, RankedChoice, Copeland, Weighted} {
		require.True(t, m.Linear(), m)
	}
	require.False(t, Quadratic.Linear())
	require.False(t, QuadraticCredits.Linear())
}

// drawCasts draws ballots whose weights are decimals with the given digits.
func drawCasts(t *rapid.T, m Method, options int) []cast {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) cast {
		c := cast{weight: rapid.Int64Range(0, 1_000_000).Draw(t, "weight")}
		switch m {
		case SingleChoice:
			c.choice = strconv.Itoa(rapid.IntRange(1, options).Draw(t, "option"))
		case Approval, RankedChoice, Copeland:
			order := make([]int, options)
			for i := range order {
				order[i] = i + 1
			}
			order = rapid.Permutation(order).Draw(t, "order")
			if m == Approval {
				order = order[:rapid.IntRange(0, options).Draw(t, "length")]
			}
			c.choice = "["
			for i, o := range order {
				if i > 0 {
					c.choice += ","
				}
				c.choice += strconv.Itoa(o)
			}
			c.choice += "]"
		case Fractional:
			part := rapid.IntRange(0, PPM).Draw(t, "for")
			c.choice = fmt.Sprintf(`{"1":%d,"2":%d}`, part, PPM-part)
		default:
			c.choice = fmt.Sprintf(`{"1":%d,"%d":%d}`, rapid.IntRange(1, 40).Draw(t, "first"), options,
				rapid.IntRange(0, 40).Draw(t, "last"))
		}
		return c
	}), 0, 12).Draw(t, "casts")
}

func TestTallyIgnoresOrderAndScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(Methods()).Draw(t, "method")
		options := rapid.IntRange(3, 6).Draw(t, "options")
		list := ballots(t, m, options, drawCasts(t, m, options))
		want, err := Tally(m, options, 3, list)
		require.NoError(t, err)

		got, err := Tally(m, options, 3, rapid.Permutation(list).Draw(t, "order"))
		require.NoError(t, err)
		require.Equal(t, scores(want), scores(got))
		require.Equal(t, want.Ties, got.Ties)

		if m == Fractional {
			return // parts are whole units of weight, so the unit matters
		}
		for i := range list {
			list[i].Weight = new(big.Int).Mul(list[i].Weight, big.NewInt(1000))
		}
		got, err = Tally(m, options, 6, list)
		require.NoError(t, err)
		require.Equal(t, scores(want), scores(got), "the same weights in a finer unit")
	})
}

// The scores of every method that divides the total sum up to it, up to the
// rounding of each.
func TestTallyConservesWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]Method{SingleChoice, Fractional, RankedChoice, Copeland, Weighted, Quadratic}).Draw(t, "method")
		options := rapid.IntRange(3, 6).Draw(t, "options")
		out, err := Tally(m, options, 0, ballots(t, m, options, drawCasts(t, m, options)))
		require.NoError(t, err)
		sum := new(big.Int)
		for _, s := range out.Scores {
			sum.Add(sum, s.Units())
		}
		gap := sum.Sub(sum, out.Total.Units())
		require.LessOrEqual(t, gap.CmpAbs(big.NewInt(int64(options))), 0, "%v of %s", scores(out), out.Total)
	})
}

// A slow tally in floats is close to the exact one.
func TestQuadraticAgainstFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := ballots(t, Quadratic, 4, drawCasts(t, Quadratic, 4))
		out, err := Tally(Quadratic, 4, 0, list)
		require.NoError(t, err)
		var roots [4]float64
		total, squares := 0.0, 0.0
		for _, b := range list {
			weight, sum := float64(b.Weight.Int64()), 0.0
			total += weight
			for _, p := range b.Choice.Portions {
				sum += float64(p.Amount.Int64())
			}
			for _, p := range b.Choice.Portions {
				roots[p.Option-1] += math.Sqrt(weight * float64(p.Amount.Int64()) / sum)
			}
		}
		for _, r := range roots {
			squares += r * r
		}
		for i, r := range roots {
			got, err := strconv.ParseFloat(out.Scores[i].String(), 64)
			require.NoError(t, err)
			if squares > 0 {
				require.InDelta(t, total*r*r/squares, got, 1e-6*total+1e-9)
			}
		}
	})
}

// A delegate's ballot counted once with all it carries equals its principals'
// ballots counted apart, wherever Linear says so.
func TestLinearMethodsMayBeSummed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]Method{SingleChoice, Approval, RankedChoice, Copeland, Weighted}).Draw(t, "method")
		casts := drawCasts(t, m, 3)
		if len(casts) == 0 {
			return
		}
		list := ballots(t, m, 3, casts)
		split := slices.Clone(list)
		part := new(big.Int).Div(split[0].Weight, big.NewInt(3))
		split[0].Weight = new(big.Int).Sub(split[0].Weight, part)
		split = append(split, Ballot{part, split[0].Choice})
		a, err := Tally(m, 3, 0, list)
		require.NoError(t, err)
		b, err := Tally(m, 3, 0, split)
		require.NoError(t, err)
		require.Equal(t, scores(a), scores(b))
	})
}
