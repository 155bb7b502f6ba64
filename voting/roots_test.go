package voting

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// quadraticSlowly counts by exact enclosures alone, at the precision that a midpoint
// is told by and far beyond.
func quadraticSlowly(options, digits int, list []Ballot) []string {
	var out Outcome
	t := tally{options: options, digits: digits, total: new(big.Int), ballots: list, out: &out}
	for i := range list {
		t.total.Add(t.total, list[i].Weight)
	}
	low, high := t.rootSums(4096)
	t.roundQuadratic(low, high, true)
	return scores(out)
}

// Fast roots change no digit of a score: shares and weights of all sizes, few and
// many, squares among them.
func TestQuadraticAgainstExactEnclosures(t *testing.T) {
	number := rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64Range(0, 100), rapid.Uint64(),
		rapid.Map(rapid.Uint64Range(0, 1<<20), func(x uint64) uint64 { return x * x }))
	rapid.Check(t, func(t *rapid.T) {
		options, digits := rapid.IntRange(1, 5).Draw(t, "options"), rapid.SampledFrom([]int{0, 3, 13}).Draw(t, "digits")
		list := make([]Ballot, rapid.IntRange(0, 20).Draw(t, "ballots"))
		for i := range list {
			list[i].Weight = bigU(number.Draw(t, "weight"))
			for o := 1; o <= options; o++ {
				if amount := number.Draw(t, "share"); amount > 0 || o == options {
					list[i].Choice.Portions = append(list[i].Choice.Portions, Portion{o, bigU(max(amount, 1))})
				}
			}
		}
		out, err := Tally(Quadratic, options, digits, list)
		require.NoError(t, err)
		require.Equal(t, quadraticSlowly(options, digits, list), scores(out))
	})
}

// Sums of fast roots enclose what exact ones do.
func TestNearRootSumsEnclose(t *testing.T) {
	number := rapid.OneOf(rapid.Uint64Range(1, 100), rapid.Uint64Range(1, 1<<63-1),
		rapid.Map(rapid.IntRange(0, 62), func(k int) uint64 { return 1 << k }), rapid.Map(rapid.IntRange(1, 62), func(k int) uint64 { return 1<<k - 1 }))
	rapid.Check(t, func(t *rapid.T) {
		c := tally{options: 2, total: bigU(1)}
		for range rapid.IntRange(1, 10).Draw(t, "ballots") {
			c.ballots = append(c.ballots, Ballot{bigU(number.Draw(t, "weight")), Choice{Portions: []Portion{
				{1, bigU(number.Draw(t, "one"))}, {2, bigU(number.Draw(t, "two"))}}}})
		}
		low, high, ok := c.nearRootSums()
		require.True(t, ok)
		exactLow, exactHigh := c.rootSums(rootDigits + 200)
		for i := range low {
			wide := new(big.Int).Sub(high[i], low[i])
			require.LessOrEqual(t, low[i].Lsh(low[i], 200).Cmp(exactLow[i]), 0)
			require.GreaterOrEqual(t, high[i].Lsh(high[i], 200).Cmp(exactHigh[i]), 0)
			require.LessOrEqual(t, wide.BitLen(), max(exactHigh[i].BitLen()-200-116, 6), "no wider than it says")
		}
	})
}

// Scores in the middle between two last digits are told by no enclosure: they round
// to the even one. The roots are irrational.
func TestQuadraticMidpoints(t *testing.T) {
	for _, c := range []struct {
		one, two int64
		want     []string
	}{
		{5, 20, []string{"0", "0.000000000002"}},
		{15, 20, []string{"0.000000000002", "0.000000000002"}},
		{16, 20, []string{"0.000000000002", "0.000000000002"}},
	} {
		list := []Ballot{{big.NewInt(c.one), Choice{Portions: []Portion{{1, big.NewInt(1)}}}},
			{big.NewInt(c.two), Choice{Portions: []Portion{{2, big.NewInt(1)}}}}}
		out, err := Tally(Quadratic, 2, 13, list)
		require.NoError(t, err)
		require.Equal(t, c.want, scores(out), "%d %d", c.one, c.two)
	}
}

// Shares beyond 64 binary digits are counted, too.
func TestQuadraticOfHugeShares(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 70)
	out, err := Tally(Quadratic, 2, 0, []Ballot{{big.NewInt(8), Choice{Portions: []Portion{{1, huge}, {2, huge}}}}, {big.NewInt(1), Choice{Portions: []Portion{{1, big.NewInt(1)}}}}})
	require.NoError(t, err)
	require.Equal(t, []string{"6.230769230769", "2.769230769231"}, scores(out))
}

func BenchmarkQuadratic(b *testing.B) {
	for _, most := range []int64{97, 1 << 40} {
		b.Run(fmt.Sprint("shares up to ", most), func(b *testing.B) {
			list := make([]Ballot, 1000)
			for i := range list {
				list[i].Weight = big.NewInt(int64(1000 + i))
				for o := range 64 {
					list[i].Choice.Portions = append(list[i].Choice.Portions, Portion{o + 1, big.NewInt((int64(i+o)*982451653)%most + 1)})
				}
			}
			for b.Loop() {
				if _, err := Tally(Quadratic, 64, 0, list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
