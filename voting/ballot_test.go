package voting

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseChoice(t *testing.T) {
	for _, tc := range []struct {
		method Method
		raw    string
		valid  bool
	}{
		{SingleChoice, `1`, true}, {SingleChoice, `3`, true}, {SingleChoice, `2.0`, true}, {SingleChoice, `2e0`, true},
		{SingleChoice, `0`, false}, {SingleChoice, `4`, false}, {SingleChoice, `-1`, false}, {SingleChoice, `1.5`, false},
		{SingleChoice, `"1"`, false}, {SingleChoice, `[1]`, false}, {SingleChoice, `{"1":1}`, false},
		{SingleChoice, `null`, false}, {SingleChoice, ``, false}, {SingleChoice, `true`, false}, {SingleChoice, `1e400`, false},

		{Approval, `[]`, true}, {Approval, `[3,1]`, true}, {Approval, `[1,2,3]`, true}, {Approval, ` [1]`, true},
		{Approval, `[1,1]`, false}, {Approval, `[0]`, false}, {Approval, `[4]`, false}, {Approval, `["1"]`, false},
		{Approval, `1`, false}, {Approval, `null`, false}, {Approval, `{}`, false}, {Approval, `[null]`, false},
		{Approval, `[1,2,3,1]`, false}, {Approval, `[1`, false}, {Approval, ``, false},

		{RankedChoice, `[3,1,2]`, true}, {Copeland, `[3,1,2]`, true},
		{RankedChoice, `[3,1]`, false}, {RankedChoice, `[3,1,1]`, false}, {RankedChoice, `[]`, false},
		{Copeland, `[3,1]`, false}, {Copeland, `[1,2,3,3]`, false}, {Copeland, `null`, false},

		{Weighted, `{"1":1}`, true}, {Weighted, `{"1":0.5,"3":1e-3}`, true}, {Weighted, `{"1":0,"2":1}`, true},
		{Weighted, `{}`, false}, {Weighted, `{"1":0}`, false}, {Weighted, `{"1":-1,"2":5}`, false},
		{Weighted, `{"0":1}`, false}, {Weighted, `{"4":1}`, false}, {Weighted, `{"x":1}`, false}, {Weighted, `{"01":1}`, false},
		{Weighted, `{"1":"1"}`, false}, {Weighted, `{"1":null}`, false}, {Weighted, `{"1":[1]}`, false},
		{Weighted, `{"1":1,"1":1}`, false}, {Weighted, `[1]`, false}, {Weighted, `null`, false}, {Weighted, `{"1":1`, false},
		{Weighted, `{"1":1}{}`, false}, {Weighted, `{"1":1,"2":1,"3":1,"3":1}`, false},
		{Quadratic, `{"2":3}`, true}, {Quadratic, `{"2":-0.0}`, false},

		{QuadraticCredits, `{"1":2,"2":1}`, true}, {QuadraticCredits, `{"1":0.5}`, false}, {QuadraticCredits, `{"1":2.0}`, true},
		{Fractional, `{"1":600000,"2":400000}`, true}, {Fractional, `{"1":600000,"2":399999}`, false},
		{Fractional, `{"1":600000,"2":400001}`, false}, {Fractional, `{"3":1000000}`, true}, {Fractional, `{"1":999999.5,"2":0.5}`, false},
		{"lottery", `1`, false},
	} {
		_, err := ParseChoice(tc.method, 3, []byte(tc.raw))
		if tc.valid {
			require.NoError(t, err, "%s %s", tc.method, tc.raw)
		} else {
			require.ErrorIs(t, err, ErrBallot, "%s %s", tc.method, tc.raw)
		}
	}
}

func TestChoiceSharesKeepTheirProportions(t *testing.T) {
	c, err := ParseChoice(Weighted, 3, []byte(`{"3":0.25,"1":1e1}`))
	require.NoError(t, err)
	require.Equal(t, []Portion{{1, big.NewInt(1000)}, {3, big.NewInt(25)}}, c.Portions)
}

func TestCredits(t *testing.T) {
	c, err := ParseChoice(QuadraticCredits, 3, []byte(`{"1":4,"3":3}`))
	require.NoError(t, err)
	require.NoError(t, CheckCredits(c, big.NewInt(25)))
	require.ErrorIs(t, CheckCredits(c, big.NewInt(24)), ErrBallot)
}

func TestSplitFractional(t *testing.T) {
	c, err := ParseChoice(Fractional, 3, []byte(`{"1":333333,"2":333333,"3":333334}`))
	require.NoError(t, err)
	require.Equal(t, Counts{For: 3, Against: 3, Abstain: 4}, SplitFractional(c, 10))
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Uint64().Draw(t, "weight")
		counts := SplitFractional(c, weight)
		require.Equal(t, weight, counts.For+counts.Against+counts.Abstain, "nothing is lost")
		require.Equal(t, counts.For, counts.Against)
	})
}

func FuzzParseChoice(f *testing.F) {
	for _, seed := range []string{`1`, `[1,2,3]`, `{"1":2,"2":1.5}`, `{"1":1e-5}`, `[`, `{"1":1,}`, `{1:1}`, `nul`, `{"1":{}}`} {
		f.Add(seed)
	}
	methods := Methods()
	f.Fuzz(func(t *testing.T, raw string) {
		for _, m := range methods {
			c, err := ParseChoice(m, 3, []byte(raw))
			if err != nil {
				require.ErrorIs(t, err, ErrBallot)
				continue
			}
			out, err := Tally(m, 3, 0, []Ballot{{big.NewInt(1_000_000), c}})
			require.NoError(t, err)
			require.Len(t, out.Scores, 3)
		}
	})
}
