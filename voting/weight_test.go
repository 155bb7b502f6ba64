package voting

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWeight(t *testing.T) {
	b := Basis{StakeSat: 9, Reputation: 1 << 45}
	for kind, want := range map[WeightKind]uint64{
		WeightOne: 1, WeightReputation: 1 << 45, WeightStake: 9, WeightConviction: 9,
		WeightRootStake: 3 * RootScale, WeightReputationRootStake: 6 * RootScale, "other": 0,
	} {
		require.Equal(t, want, WeightRule{Kind: kind}.Weight(b), kind)
	}
}

func TestWeightOfExtremes(t *testing.T) {
	b := Basis{StakeSat: MaxStakeSat, Reputation: 1 << 60}
	require.Equal(t, uint64(45_825_756_949_558), RootStake(MaxStakeSat)) // sqrt(21) * 10^13
	w := WeightRule{Kind: WeightReputationRootStake}.Weight(b)
	require.Equal(t, RootStake(MaxStakeSat)<<16, w)
	require.Less(t, w, uint64(1)<<62)
	require.Equal(t, ^uint64(0), WeightRule{Kind: WeightReputationRootStake}.Weight(Basis{StakeSat: ^uint64(0), Reputation: ^uint64(0)}), "saturates")
}

func TestBondAndFloor(t *testing.T) {
	r := WeightRule{Kind: WeightOne, BondSat: 1000, LeastReputation: 5}
	require.Equal(t, uint64(1), r.Weight(Basis{StakeSat: 1000, Reputation: 5}))
	require.Zero(t, r.Weight(Basis{StakeSat: 999, Reputation: 5}))
	require.Zero(t, r.Weight(Basis{StakeSat: 1000, Reputation: 4}))
}

func TestCap(t *testing.T) {
	r := WeightRule{Kind: WeightStake, CapPPM: 100_000}
	require.Equal(t, uint64(9), r.Capped(9, 109), "10 % of 109 is 10, rounded down")
	require.Equal(t, uint64(10), r.Capped(10, 109))
	require.Equal(t, uint64(10), r.Capped(11, 109))
	require.Equal(t, ^uint64(0), WeightRule{CapPPM: PPM}.Capped(^uint64(0), ^uint64(0)))
	require.Equal(t, uint64(11), WeightRule{}.Capped(11, 1), "no cap")
}

func TestWeightRuleValidate(t *testing.T) {
	for _, kind := range weightKinds {
		require.NoError(t, WeightRule{Kind: kind}.Validate())
	}
	for _, tc := range []struct {
		rule  WeightRule
		field string
	}{
		{WeightRule{}, "kind"},
		{WeightRule{Kind: "money"}, "kind"},
		{WeightRule{Kind: WeightOne, BondSat: MaxStakeSat}, ""},
		{WeightRule{Kind: WeightOne, BondSat: MaxStakeSat + 1}, "bond_sat"},
		{WeightRule{Kind: WeightOne, LeastReputation: 1 << 60}, ""},
		{WeightRule{Kind: WeightOne, LeastReputation: 1<<60 + 1}, "least_reputation"},
		{WeightRule{Kind: WeightOne, CapPPM: PPM}, ""},
		{WeightRule{Kind: WeightOne, CapPPM: PPM + 1}, "cap_ppm"},
	} {
		requireRefusal(t, tc.rule.Validate(), tc.field)
	}
}

func TestRootIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := U128{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		v.Hi >>= rapid.IntRange(0, 64).Draw(t, "shift")
		want := new(big.Int).Sqrt(wideBig(v))
		require.Equal(t, want.String(), new(big.Int).SetUint64(sqrt128(v)).String())
	})
	for _, root := range []uint64{1, 2, 3, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, ^uint64(0)} {
		hi, lo := mul(root, root)
		square := U128{hi, lo}
		require.Equal(t, root, sqrt128(square))
		require.Equal(t, root-1, sqrt128(square.less(Wide(1))))
	}
	require.Zero(t, sqrt128(U128{}))
}

// Dividing a stake among keys never raises the sum of weights under a rule that
// says so. Reputation stays where it was earned; where a rule is additive in it
// too, dividing the reputation as well does not help either.
func TestSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := WeightRule{
			Kind:            rapid.SampledFrom(weightKinds).Draw(t, "kind"),
			BondSat:         rapid.Uint64Range(1, 100_000).Draw(t, "bond"),
			LeastReputation: rapid.Uint64Range(0, 1000).Draw(t, "floor"),
		}
		if !r.SplitProof() {
			t.Skip("the rule does not promise it")
		}
		whole := Basis{
			StakeSat:   rapid.Uint64Range(0, 1_000_000_000).Draw(t, "stake"),
			Reputation: rapid.Uint64Range(0, 1<<50).Draw(t, "reputation"),
		}
		moveReputation := r.Kind != WeightOne && r.Kind != WeightRootStake && rapid.Bool().Draw(t, "move")
		before := r.Weight(whole)
		var after uint64
		rest := whole
		for range rapid.IntRange(1, 6).Draw(t, "keys") {
			part := Basis{StakeSat: rapid.Uint64Range(0, rest.StakeSat).Draw(t, "part")}
			if moveReputation {
				part.Reputation = rapid.Uint64Range(0, rest.Reputation).Draw(t, "share")
			}
			after += r.Weight(part)
			rest.StakeSat -= part.StakeSat
			rest.Reputation -= part.Reputation
		}
		after += r.Weight(rest)
		require.LessOrEqual(t, after, before)
	})
	require.False(t, WeightRule{Kind: WeightRootStake, BondSat: 1}.SplitProof(), "two roots beat one")
	require.False(t, WeightRule{Kind: WeightOne, BondSat: 1}.SplitProof())
	require.True(t, WeightRule{Kind: WeightOne, LeastReputation: 1}.SplitProof())
	require.False(t, WeightRule{Kind: WeightStake, CapPPM: 100_000}.SplitProof(), "two keys have two caps")
}
