package voting

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "5": "5", "1.50": "1.5", "1e3": "1000", "1.25e1": "12.5", "1E-2": "0.01", "-2.5": "-2.5",
		"100e-2": "1", "0.30000000000000004": "0.30000000000000004", "1e+2": "100", "0e400": "0", "10.0": "10",
	} {
		units, digits, err := ParseDecimal(text)
		require.NoError(t, err, text)
		require.Equal(t, want, DecimalString(units, digits), text)
	}
	for _, text := range []string{"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1_0", " 1", "1 ", "NaN", "1e401", "1e-401",
		"1e99999999999999999999", strings.Repeat("1", 401)} {
		_, _, err := ParseDecimal(text)
		require.Error(t, err, text)
	}
	_, _, err := ParseDecimal("1e400")
	require.NoError(t, err)
	_, _, err = ParseDecimal(strings.Repeat("1", 400))
	require.NoError(t, err)
}

func TestScoreRoundsHalfToEven(t *testing.T) {
	for units, want := range map[int64]string{
		0: "0", 4: "0", 5: "0", 6: "0.000000000001", 14: "0.000000000001", 15: "0.000000000002", 25: "0.000000000002",
		26: "0.000000000003", 10_000_000_000_000: "1",
	} {
		require.Equal(t, want, NewScore(big.NewInt(units), ScoreDigits+1).String(), units)
	}
	require.Equal(t, "0", Score{}.String())
	require.True(t, Score{}.IsZero())
	require.Equal(t, "3000000000000", NewScore(big.NewInt(3), 0).Units().String())
}

func TestScoreInJSON(t *testing.T) {
	in := []Score{{}, NewScore(big.NewInt(1235), 1)}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	require.Equal(t, `["0","123.5"]`, string(text))
	var out []Score
	require.NoError(t, json.Unmarshal(text, &out))
	require.Zero(t, out[1].Cmp(in[1]))
	for _, bad := range []string{`"123.50"`, `"x"`, `"1e2"`, `"0.0000000000001"`, `5`} {
		require.Error(t, json.Unmarshal([]byte(bad), &out[0]), bad)
	}
}

func TestParseU128(t *testing.T) {
	for _, text := range []string{"0", "7", "18446744073709551615", "18446744073709551616", "340282366920938463463374607431768211455"} {
		v, err := ParseU128(text)
		require.NoError(t, err)
		require.Equal(t, text, v.String())
	}
	for _, text := range []string{"", "-1", "01", "1.0", "x", "340282366920938463463374607431768211456", "3402823669209384634633746074317682114550"} {
		_, err := ParseU128(text)
		require.Error(t, err, text)
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-1.5e3", "1e-400", "00", "1.", "9e999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		units, digits, err := ParseDecimal(text)
		valid := json.Valid([]byte(text)) && jsonNumber(text)
		if err != nil {
			return
		}
		require.True(t, valid)
		again, digitsAgain, err := ParseDecimal(DecimalString(units, digits))
		if len(DecimalString(units, digits)) > maxNumberLength {
			return
		}
		require.NoError(t, err)
		require.Zero(t, again.Cmp(units))
		require.Equal(t, digits, digitsAgain)
		want, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		require.Zero(t, want.Cmp(new(big.Rat).SetFrac(units, pow10(digits))))
	})
}
