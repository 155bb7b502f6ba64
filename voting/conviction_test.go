package voting

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func bigText(t *testing.T, s string) *big.Int {
	t.Helper()
	v, ok := new(big.Int).SetString(s, 10)
	require.True(t, ok)
	return v
}

func TestConviction(t *testing.T) {
	for _, tc := range []struct {
		decay     uint32
		t         uint64
		y0, stake string
		want      string
	}{
		{9_000_000, 0, "1234", "777", "1234"},
		{9_000_000, 1, "0", "15000", "15000"},
		{9_000_000, 1, "5000", "0", "4500"},
		{9_000_000, 1, "1234", "777", "1888"}, // 1110.6 + 777, to the nearest
		{9_000_000, 2, "0", "1000", "1900"},
		{5_000_000, 1, "5", "0", "3"}, // 2.5 rounds up
		{0, 1, "5", "7", "7"},
		{9_999_999, 1 << 40, "0", "1", "10000000"},
		{9_965_853, 100_000, "0", "2100000000000000", "614988139514452221"},
		{9_965_853, 100_000, "1000000000000000", "1000000000", "292851495007"},
	} {
		got, err := Conviction(tc.decay, tc.t, bigText(t, tc.y0), bigText(t, tc.stake))
		require.NoError(t, err)
		require.Equal(t, tc.want, got.String(), "%+v", tc)
	}
}

func TestConvictionRefusals(t *testing.T) {
	zero, minus := new(big.Int), big.NewInt(-1)
	_, err := Conviction(DecayScale-1, 1, zero, zero)
	require.NoError(t, err)
	for field, call := range map[string]func() (*big.Int, error){
		"decay": func() (*big.Int, error) { return Conviction(DecayScale, 1, zero, zero) },
		"y0":    func() (*big.Int, error) { return Conviction(1, 1, minus, zero) },
		"stake": func() (*big.Int, error) { return Conviction(1, 1, zero, minus) },
	} {
		_, err := call()
		require.ErrorIs(t, err, ErrConviction)
		require.ErrorContains(t, err, ": "+field+": ")
	}
}

// One step of t is t steps of one, up to what each step rounds.
func TestConvictionIsTheSumOverTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decay := rapid.Uint32Range(0, DecayScale-1).Draw(t, "decay")
		steps := rapid.IntRange(1, 50).Draw(t, "steps")
		y := big.NewInt(rapid.Int64Range(0, 1<<50).Draw(t, "y0"))
		stake := big.NewInt(rapid.Int64Range(0, 1<<50).Draw(t, "stake"))
		once, err := Conviction(decay, uint64(steps), y, stake)
		require.NoError(t, err)
		for range steps {
			y, err = Conviction(decay, 1, y, stake)
			require.NoError(t, err)
		}
		gap := new(big.Int).Sub(once, y)
		require.LessOrEqual(t, gap.CmpAbs(big.NewInt(int64(steps))), 0, "%s, %s", once, y)
	})
}

// Powers in 128 digits are those in big integers, each product rounded.
func TestPowersAgainstBigIntegers(t *testing.T) {
	one := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(t *rapid.T) {
		decay := rapid.OneOf(rapid.Uint32Range(0, DecayScale-1), rapid.Uint32Range(DecayScale-100, DecayScale-1)).Draw(t, "decay")
		n := rapid.OneOf(rapid.Uint64Range(0, 200), rapid.Uint64()).Draw(t, "t")
		base := new(big.Int).Lsh(bigU(uint64(decay)), 128)
		base.Div(base, bigU(DecayScale))
		want := new(big.Int).Set(one)
		for k := n; k > 0; k >>= 1 {
			if k&1 != 0 {
				want = roundShift(new(big.Int).Mul(want, base))
			}
			base = roundShift(new(big.Int).Mul(base, base))
		}
		require.Equal(t, want.String(), powFixed(decay, n, one).String())
	})
}

// beta 20 %, rho 0.2 %, nine tenths kept: with nothing requested the threshold
// is 0.002*S / 0.1 / 0.04 = S/2.
func TestConvictionThreshold(t *testing.T) {
	r := ConvictionRule{Decay: 9_000_000, BetaPPM: 200_000, RhoPPM: 2_000}
	require.NoError(t, r.Validate())
	least, reachable := r.Threshold(1001, 0, 1_000_000)
	require.True(t, reachable)
	require.Equal(t, "500", least.String())
	require.False(t, r.Passes(big.NewInt(500), 1001, 0, 1_000_000), "500.5 is the exact threshold")
	require.True(t, r.Passes(big.NewInt(501), 1001, 0, 1_000_000))
	require.False(t, r.Passes(big.NewInt(500), 1000, 0, 1_000_000), "strictly above")

	// Half of beta leaves a quarter of the square.
	require.False(t, r.Passes(big.NewInt(2000), 1000, 100_000, 1_000_000))
	require.True(t, r.Passes(big.NewInt(2001), 1000, 100_000, 1_000_000))

	huge := new(big.Int).Lsh(big.NewInt(1), 200)
	require.True(t, r.Passes(huge, 1000, 199_999, 1_000_000))
	require.False(t, r.Passes(huge, 1000, 200_000, 1_000_000), "beta itself never passes")
	require.False(t, r.Passes(huge, 1000, 300_000, 1_000_000))
	require.False(t, r.Passes(huge, 1000, 0, 0), "an empty pool")
	_, reachable = r.Threshold(1000, 200_000, 1_000_000)
	require.False(t, reachable)
}

func TestEffectiveStake(t *testing.T) {
	r := ConvictionRule{LeastStakePPM: 100_000}
	require.Equal(t, uint64(11), r.EffectiveStake(10, 101), "10.1 rounds up")
	require.Equal(t, uint64(12), r.EffectiveStake(12, 101))
}

func TestConvictionRuleValidate(t *testing.T) {
	ok := ConvictionRule{Decay: DecayScale - 1, BetaPPM: PPM, RhoPPM: PPM, LeastStakePPM: PPM}
	require.NoError(t, ok.Validate())
	for field, change := range map[string]func(*ConvictionRule){
		"decay":           func(r *ConvictionRule) { r.Decay = DecayScale },
		"beta_ppm":        func(r *ConvictionRule) { r.BetaPPM = PPM + 1 },
		"rho_ppm":         func(r *ConvictionRule) { r.RhoPPM = PPM + 1 },
		"least_stake_ppm": func(r *ConvictionRule) { r.LeastStakePPM = PPM + 1 },
	} {
		r := ok
		change(&r)
		requireRefusal(t, r.Validate(), field)
	}
	requireRefusal(t, ConvictionRule{RhoPPM: 1}.Validate(), "beta_ppm")
	requireRefusal(t, ConvictionRule{BetaPPM: 1}.Validate(), "rho_ppm")
}

// The high-water mark is the highest value that held in the window, whatever
// order highs and lows came in. What held for no time at all does not count.
func TestHighWater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type change struct {
			at    int64
			value uint64
		}
		var h HighWater
		history := []change{{-1 << 40, 0}}
		const window = 10
		now := int64(0)
		for range rapid.IntRange(0, 30).Draw(t, "changes") {
			now += rapid.Int64Range(0, 8).Draw(t, "pause")
			value := rapid.Uint64Range(0, 5).Draw(t, "value")
			h.Record(now, value, window)
			history = append(history, change{now, value})
			asked := now + rapid.Int64Range(0, 15).Draw(t, "later")
			want := uint64(0)
			for i, c := range history {
				until := int64(1) << 40
				if i+1 < len(history) {
					until = history[i+1].at
				}
				if until > asked-window && until > c.at {
					want = max(want, c.value)
				}
			}
			require.Equal(t, want, h.Max(asked, window), "%v at %d", history, asked)
		}
	})
	var h HighWater
	require.Zero(t, h.Max(5, 10))
}
