package voting

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// refusals lists invalid rules, each beside the field its error has to name;
// "" is a valid rule on the other side of the bound.
func TestQuorumRuleValidate(t *testing.T) {
	for _, tc := range []struct {
		rule  QuorumRule
		field string
	}{
		{QuorumRule{Kind: QuorumNone}, ""},
		{QuorumRule{}, "kind"},
		{QuorumRule{Kind: "most"}, "kind"},
		{QuorumRule{Kind: QuorumEligible}, "share_ppm"},
		{QuorumRule{Kind: QuorumEligible, SharePPM: 1}, ""},
		{QuorumRule{Kind: QuorumEligible, SharePPM: PPM}, ""},
		{QuorumRule{Kind: QuorumFor, SharePPM: PPM + 1}, "share_ppm"},
		{QuorumRule{Kind: QuorumAbsolute}, "weight"},
		{QuorumRule{Kind: QuorumAbsolute, Weight: 1, CountAbstain: true}, ""},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 0, MaxPPM: 5}, "min_ppm"},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 1, MaxPPM: 1}, ""},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 6, MaxPPM: 5}, "min_ppm"},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 5, MaxPPM: PPM}, ""},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 5, MaxPPM: PPM + 1}, "max_ppm"},
		{QuorumRule{Kind: QuorumFor, SharePPM: 5, CountAbstain: true}, "count_abstain"},
		{QuorumRule{Kind: QuorumNone, CountAbstain: true}, "count_abstain"},
	} {
		requireRefusal(t, tc.rule.Validate(), tc.field)
	}
}

func TestPassRuleValidate(t *testing.T) {
	for _, tc := range []struct {
		rule  PassRule
		field string
	}{
		{PassRule{Kind: PassMajority}, ""},
		{PassRule{}, "kind"},
		{PassRule{Kind: PassShare, SharePPM: 500_000}, "share_ppm"},
		{PassRule{Kind: PassShare, SharePPM: 500_001}, ""},
		{PassRule{Kind: PassEligible, SharePPM: PPM}, ""},
		{PassRule{Kind: PassEligible, SharePPM: PPM + 1}, "share_ppm"},
		{PassRule{Kind: PassAbsolute}, "weight"},
		{PassRule{Kind: PassAbsolute, Weight: 1}, ""},
		{PassRule{Kind: PassMajority, Early: "soon"}, "early"},
		{PassRule{Kind: PassMajority, Early: EarlyCertain}, ""},
		{PassRule{Kind: PassMajority, Early: EarlyCertain, SuperPPM: 1}, "super_ppm"},
		{PassRule{Kind: PassMajority, SuperPPM: 1}, "super_ppm"},
		{PassRule{Kind: PassMajority, Early: EarlySuper, SuperPPM: 500_000}, "super_ppm"},
		{PassRule{Kind: PassMajority, Early: EarlySuper, SuperPPM: 500_001}, ""},
		{PassRule{Kind: PassShare, SharePPM: 600_000, Early: EarlySuper, SuperPPM: 599_999}, "super_ppm"},
		{PassRule{Kind: PassShare, SharePPM: 600_000, Early: EarlySuper, SuperPPM: 600_000}, ""},
		{PassRule{Kind: PassShare, SharePPM: 600_000, Early: EarlySuper, SuperPPM: PPM}, ""},
		{PassRule{Kind: PassShare, SharePPM: 600_000, Early: EarlySuper, SuperPPM: PPM + 1}, "super_ppm"},
		{PassRule{Kind: PassAbsolute, Weight: 5, Early: EarlySuper, SuperPPM: 600_000}, "early"},
		{PassRule{Kind: PassAbsolute, Weight: 5, Early: EarlyCertain}, ""},
	} {
		requireRefusal(t, tc.rule.Validate(), tc.field)
	}
}

func requireRefusal(t *testing.T, err error, field string) {
	t.Helper()
	if field == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, ErrRule)
	require.ErrorContains(t, err, ": "+field+": ")
}

func TestTurnoutQuorum(t *testing.T) {
	q := QuorumRule{Kind: QuorumTurnout, MinPPM: 100_000, MaxPPM: 400_000}
	require.Equal(t, uint32(100_000), q.ShareNow(0))
	require.Equal(t, uint32(250_000), q.ShareNow(500_000))
	require.Equal(t, uint32(400_000), q.ShareNow(PPM))
	require.Equal(t, uint32(400_000), q.ShareNow(PPM+1), "an average above the whole counts as the whole")
	require.Equal(t, uint32(100_001), q.ShareNow(1), "0.3 parts round up")
	require.Zero(t, QuorumRule{Kind: QuorumAbsolute}.ShareNow(5))

	require.Equal(t, uint32(520_000), NextTurnout(500_000, 60, 100))
	require.Equal(t, uint32(400_000), NextTurnout(500_000, 0, 100))
	require.Equal(t, uint32(500_000), NextTurnout(500_000, 0, 0))
	require.Equal(t, uint32(600_000), NextTurnout(500_000, 200, 100), "more than all counts as all")
	require.Equal(t, uint32(1), NextTurnout(0, 3, PPM), "0.6 parts round to the nearest")
	require.Equal(t, uint32(0), NextTurnout(0, 2, PPM), "0.4 parts too")
	require.Equal(t, uint32(4), NextTurnout(5, 0, PPM), "4.0")
	require.Equal(t, uint32(PPM), NextTurnout(PPM, ^uint64(0), ^uint64(0)))
}

// Need is the least weight that meets the rule: one less does not.
func TestNeedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eligible := rapid.Uint64Range(0, 1<<62).Draw(t, "eligible")
		average := rapid.Uint32Range(0, PPM).Draw(t, "average")
		q := rapid.SampledFrom(quorumRules).Draw(t, "quorum")
		q.Weight = rapid.Uint64Range(1, 1<<40).Draw(t, "weight")
		q.CountAbstain = q.CountAbstain && q.Kind != QuorumFor
		th := NewThreshold(q, PassRule{Kind: PassMajority}, average)
		met := func(w uint64) bool {
			return th.QuorumMet(Poll{Cast: Counts{For: w}, Eligible: eligible}.Wide())
		}
		need := q.Need(eligible, average)
		if q.Kind == QuorumNone {
			require.Zero(t, need)
			return
		}
		require.Equal(t, eligible > 0 || q.Kind == QuorumAbsolute, met(need))
		require.False(t, met(need-1))
	})
}

func TestPassNeedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eligible := rapid.Uint64Range(1, 1<<62).Draw(t, "eligible")
		r := rapid.SampledFrom(passRules).Draw(t, "rule")
		c := Counts{Against: rapid.Uint64Range(0, eligible).Draw(t, "against")}
		need, possible := r.Need(c, eligible)
		passes := func(w uint64) bool {
			p := Poll{Cast: Counts{For: w, Against: c.Against}, Eligible: eligible, Closed: true, MinPeriodOver: true}
			return Decide(QuorumRule{Kind: QuorumNone}, r, 0, p) == Passed
		}
		if !possible {
			require.False(t, passes(^uint64(0)))
			return
		}
		require.True(t, passes(need))
		require.False(t, passes(need-1))
	})
	_, possible := PassRule{Kind: PassShare, SharePPM: 999_999}.Need(Counts{Against: ^uint64(0)}, 1)
	require.False(t, possible, "the need would not fit 64 bits")
	// For three quarters, three times as many are needed as are against.
	r := PassRule{Kind: PassShare, SharePPM: 750_000}
	need, possible := r.Need(Counts{Against: ^uint64(0) / 3}, 1)
	require.True(t, possible)
	require.Equal(t, ^uint64(0), need)
	_, possible = r.Need(Counts{Against: ^uint64(0)/3 + 1}, 1)
	require.False(t, possible)
	_, possible = PassRule{Kind: PassMajority}.Need(Counts{Against: ^uint64(0)}, 1)
	require.False(t, possible)
}

func TestMeasure(t *testing.T) {
	c := Counts{For: 1, Against: 2, Abstain: 4}
	require.Equal(t, uint64(3), QuorumRule{Kind: QuorumEligible}.Measure(c))
	require.Equal(t, uint64(7), QuorumRule{Kind: QuorumEligible, CountAbstain: true}.Measure(c))
	require.Equal(t, uint64(1), QuorumRule{Kind: QuorumFor}.Measure(c))
}

func TestRulesInJSON(t *testing.T) {
	text, err := json.Marshal(struct {
		Q QuorumRule `json:"q"`
		P PassRule   `json:"p"`
	}{
		QuorumRule{Kind: QuorumTurnout, MinPPM: 1, MaxPPM: 2, CountAbstain: true},
		PassRule{Kind: PassShare, SharePPM: 3, Early: EarlySuper, SuperPPM: 4},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"q":{"kind":"turnout","min_ppm":1,"max_ppm":2,"count_abstain":true},
		"p":{"kind":"share","share_ppm":3,"early":"super-quorum","super_ppm":4}}`, string(text))
}
