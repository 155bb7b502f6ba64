package voting

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func convictionTrack() Track {
	return Track{Name: "fund", VotingPeriodS: 100, GraceS: 1, Actions: []string{"pay"},
		Weight: WeightRule{Kind: WeightConviction}, Quorum: QuorumRule{Kind: QuorumNone}, Pass: PassRule{Kind: PassMajority},
		Conviction: &ConvictionTrack{Decay: 9_000_000, RhoPPM: 2500, BetaPPM: 200_000, StepS: 100}}
}

// Next to conviction every other rule of the vote is refused, so that none is
// read and ignored.
func TestConvictionTrack(t *testing.T) {
	track := convictionTrack()
	require.NoError(t, track.Validate())
	for field, spoil := range map[string]func(*Track){
		"decay":                          func(t *Track) { t.Conviction.Decay = DecayScale },
		"rho_ppm":                        func(t *Track) { t.Conviction.RhoPPM = 0 },
		"beta_ppm":                       func(t *Track) { t.Conviction.BetaPPM = PPM + 1 },
		"least_stake_ppm":                func(t *Track) { t.Conviction.LeastStakePPM = PPM + 1 },
		"conviction.step_s: 101":         func(t *Track) { t.Conviction.StepS = 101 },
		"conviction.step_s: 0":           func(t *Track) { t.Conviction.StepS = 0 },
		"conviction.high_water_window_s": func(t *Track) { t.Conviction.HighWaterWindowS = MaxHighWaterS + 1 },
		"weight must be of kind":         func(t *Track) { t.Weight.Kind = WeightStake },
		"without cap_ppm":                func(t *Track) { t.Weight.CapPPM = 1 },
		"quorum must be":                 func(t *Track) { t.Quorum = QuorumRule{Kind: QuorumEligible, SharePPM: 1} },
		"pass must be":                   func(t *Track) { t.Pass = PassRule{Kind: PassShare, SharePPM: 600_000} },
		"counting must be":               func(t *Track) { t.Counting = Fractional },
		"late_quorum_s":                  func(t *Track) { t.LateQuorumS = 1 },
		"final_votes":                    func(t *Track) { t.FinalVotes = true },
		"opposition and delegation":      func(t *Track) { t.Delegation = new(DelegationRule) },
		"actions must ask for sats":      func(t *Track) { t.Actions = nil },
	} {
		track := convictionTrack()
		spoil(&track)
		require.ErrorContains(t, track.Validate(), field)
	}
}

// 1000 sat at a decay of one half: 1000, 1500, 1750, ... toward 2000.
func TestCourse(t *testing.T) {
	c := Course{Decay: 5_000_000}
	c.Set(3, 1000)
	require.Equal(t, "0", c.At(3).String())
	require.Equal(t, "1750", c.At(6).String())
	c.Set(6, 0)
	require.Equal(t, "1750", c.At(5).String(), "the past is gone")
	require.Equal(t, "875", c.At(7).String())
}

// Asked again while the course is the same, FirstAbove computes no conviction and
// looks at the threshold a few times; whatever it was asked before, the answer is
// that of a course that was never asked.
func TestFirstAboveAskedAgain(t *testing.T) {
	none := func() []uint64 { return nil }
	rapid.Check(t, func(t *rapid.T) {
		asked := Course{Decay: 9_900_000}
		for range rapid.IntRange(1, 20).Draw(t, "questions") {
			if rapid.Bool().Draw(t, "set") {
				asked.Set(asked.Step+rapid.Uint64Range(0, 100).Draw(t, "later"), rapid.Uint64Range(0, 1000).Draw(t, "stake"))
			}
			low, least := asked.Step+rapid.Uint64Range(0, 50).Draw(t, "low"), big.NewInt(rapid.Int64Range(0, 100_000).Draw(t, "least"))
			over := func(_ uint64, y *big.Int) bool { return y.Cmp(least) > 0 }
			fresh := Course{Decay: asked.Decay, Step: asked.Step, Y: asked.Y, Stake: asked.Stake}
			want, ok := fresh.FirstAbove(low, low+5000, none, over)
			got, found := asked.FirstAbove(low, low+5000, none, over)
			require.Equal(t, ok, found)
			require.Equal(t, want, got)
			looks, known := 0, len(asked.known)
			_, _ = asked.FirstAbove(low, low+5000, none, func(step uint64, y *big.Int) bool { looks++; return over(step, y) })
			require.LessOrEqual(t, looks, 3)
			require.LessOrEqual(t, len(asked.known), maxKnown)
			if known < maxKnown {
				require.Len(t, asked.known, known)
			}
		}
	})
}

func TestFirstAbove(t *testing.T) {
	over := func(least int64) func(uint64, *big.Int) bool {
		return func(_ uint64, y *big.Int) bool { return y.Cmp(big.NewInt(least)) > 0 }
	}
	none := func() []uint64 { return nil }
	grows := Course{Decay: 5_000_000, Stake: 1000}
	for least, want := range map[int64]uint64{0: 1, 999: 1, 1000: 2, 1499: 2, 1500: 3, 1998: 11, 1999: 12} {
		step, ok := grows.FirstAbove(0, 40, none, over(least))
		require.True(t, ok, least)
		require.Equal(t, want, step, least)
	}
	for _, low := range []uint64{0, 41} {
		_, ok := grows.FirstAbove(low, 40, none, over(2000))
		require.False(t, ok)
	}
	_, ok := grows.FirstAbove(0, 1, none, over(1000))
	require.False(t, ok, "not in its time")

	wanes := Course{Decay: 5_000_000, Y: big.NewInt(1000)}
	falling := func(step uint64, y *big.Int) bool {
		return over(map[bool]int64{true: 2000, false: 200}[step < 2])(step, y)
	}
	step, ok := wanes.FirstAbove(0, 40, func() []uint64 { return []uint64{2} }, falling)
	require.True(t, ok)
	require.Equal(t, uint64(2), step, "250 is above 200 when the threshold falls")
	_, ok = wanes.FirstAbove(0, 1, func() []uint64 { return []uint64{2} }, falling)
	require.False(t, ok)
	_, ok = wanes.FirstAbove(0, 40, func() []uint64 { return []uint64{3} }, falling)
	require.False(t, ok, "125 is not")
}

// The mark falls when the window lets go of what was higher.
func TestHighWaterFalls(t *testing.T) {
	var h HighWater
	h.Record(10, 7, 100)
	h.Record(20, 5, 100)
	h.Record(30, 2, 100)
	require.Equal(t, []int64{50, 60}, h.Falls(30, 30))
	for at, want := range map[int64]uint64{49: 7, 50: 5, 59: 5, 60: 2} {
		require.Equal(t, want, h.Max(at, 30), at)
	}
	require.Equal(t, []int64{60}, h.Falls(50, 30))
	require.Empty(t, h.Falls(60, 30))
}
