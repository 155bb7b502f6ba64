package trustcsv

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/reputation"
)

// score returns the CSV of the rows' scores under the defaults, seeded at "a".
func score(t require.TestingT, rows []Row) string {
	h, err := NewHistory(reputation.DefaultParams())
	require.NoError(t, err)
	for _, row := range rows {
		require.NoError(t, h.Add(row))
	}
	scores, err := h.Score(h.LatestMicros(), []string{"a"}, 2)
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, Write(&out, scores))
	return out.String()
}

func TestScores(t *testing.T) {
	day := int64(86_400_000_000)
	got := score(t, []Row{
		{"a", "10", 1, 5, 60 * day},
		{"a", "9", 1, 5, 0},
		{"10", "b,c", 1, -1, 60 * day},
		{"b,c", "d", 1, 0, 60 * day},
	})
	// Half of a's trust walks away each round and all that the others hold comes
	// back, so a settles at 2/3 of the mass. The praise of 60 days ago counts
	// half, so the two it praised share 1/3 as 2/9 and 1/9. a's trust is
	// (2/3) / (2/3 + 1/8192) = 0.999816..., and r/(r+s+2) of that gives the rest.
	require.Equal(t, strings.Join([]string{
		"provider,quality,score,flow,positive,negative",
		"9,0.599985353671188378,0.022218967477309260,0.111111111085222091,0.499908463,0.000000000",
		"10,0.666646324072615920,0.074065032903905391,0.222222222170444183,0.999816927,0.000000000",
		`"b,c",0.250000000000000000,0.000000000000000000,0.000000000000000000,0.000000000,2.000000000`,
		"d,0.500000000000000000,0.000000000000000000,0.000000000000000000,0.000000000,0.000000000",
		"",
	}, "\n"), got)
}

func TestRowOrderIsImmaterial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"a", "b", "7", "10", strings.Repeat("ab", 32)})
		rows := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Row {
			consumer := id.Draw(t, "consumer")
			return Row{
				Consumer:   consumer,
				Provider:   id.Filter(func(p string) bool { return p != consumer }).Draw(t, "provider"),
				Sats:       rapid.Uint64Range(1, reputation.MaxSats).Draw(t, "sats"),
				Rating:     rapid.Int8Range(-10, 10).Draw(t, "rating"),
				TimeMicros: rapid.Int64Range(0, 3*86_400_000).Draw(t, "time") * 1000,
			}
		})).Draw(t, "rows")
		require.Equal(t, score(t, rows), score(t, rapid.Permutation(rows).Draw(t, "shuffled")))
	})
}

func TestDecimals(t *testing.T) {
	require.Equal(t, "0.000000000000000000", Fraction(0))
	require.Equal(t, "1.000000000000000000", Fraction(reputation.FlowOne))
	require.Equal(t, "0.999999999999999999", Fraction(reputation.FlowOne-1), "rounded down")
	require.Equal(t, "0.000000000000000008", Fraction(10))
	require.Equal(t, "4294967295.999999999", Evidence(1<<64-1))
	require.Equal(t, "2.500000000", Evidence(5*reputation.EvidenceOne/2))
}

func TestKeys(t *testing.T) {
	hex := strings.Repeat("0a", 32)
	require.Equal(t, [32]byte([]byte(strings.Repeat("\n", 32))), Key(hex))
	require.NotEqual(t, Key(hex), Key(strings.ToUpper(hex)), "two ids never share a key")
}

func TestHistoryRefusesBadRules(t *testing.T) {
	_, err := NewHistory(reputation.Params{})
	require.ErrorIs(t, err, reputation.ErrParams)
}
