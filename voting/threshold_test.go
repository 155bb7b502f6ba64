package voting

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// closedPasses says in plain small numbers what the rules promise about a vote
// that is over.
func closedPasses(q QuorumRule, r PassRule, average uint32, c Counts, eligible uint64) bool {
	cast := c.For + c.Against
	if q.CountAbstain {
		cast += c.Abstain
	}
	share := uint64(q.SharePPM)
	switch q.Kind {
	case QuorumAbsolute:
		if cast < q.Weight {
			return false
		}
	case QuorumFor:
		cast = c.For
	case QuorumTurnout:
		span := uint64(q.MaxPPM-q.MinPPM) * uint64(average)
		share = uint64(q.MinPPM) + (span+PPM-1)/PPM
	}
	if q.Kind != QuorumNone && q.Kind != QuorumAbsolute && (eligible == 0 || cast*PPM < share*eligible) {
		return false
	}
	switch r.Kind {
	case PassMajority:
		return c.For > c.Against
	case PassShare:
		return c.For+c.Against > 0 && c.For*PPM >= uint64(r.SharePPM)*(c.For+c.Against)
	case PassEligible:
		return eligible > 0 && c.For*PPM >= uint64(r.SharePPM)*eligible
	}
	return c.For >= r.Weight
}

// someEnding reports whether any way of casting the rest ends as wanted.
func someEnding(c Counts, eligible uint64, wanted func(Counts) bool) bool {
	rest := eligible - c.For - c.Against - c.Abstain
	for f := range rest + 1 {
		for a := range rest - f + 1 {
			for n := range rest - f - a + 1 {
				if wanted(Counts{c.For + f, c.Against + a, c.Abstain + n}) {
					return true
				}
			}
		}
	}
	return false
}

var quorumRules = []QuorumRule{
	{Kind: QuorumNone},
	{Kind: QuorumEligible, SharePPM: 500_000, CountAbstain: true},
	{Kind: QuorumEligible, SharePPM: 600_000},
	{Kind: QuorumEligible, SharePPM: 333_334, CountAbstain: true},
	{Kind: QuorumEligible, SharePPM: PPM},
	{Kind: QuorumAbsolute, Weight: 3},
	{Kind: QuorumAbsolute, Weight: 3, CountAbstain: true},
	{Kind: QuorumFor, SharePPM: 400_000},
	{Kind: QuorumTurnout, MinPPM: 200_000, MaxPPM: 600_000, CountAbstain: true},
}

var passRules = []PassRule{
	{Kind: PassMajority},
	{Kind: PassShare, SharePPM: 600_000},
	{Kind: PassShare, SharePPM: 666_667},
	{Kind: PassShare, SharePPM: PPM},
	{Kind: PassEligible, SharePPM: 600_000},
	{Kind: PassEligible, SharePPM: PPM},
	{Kind: PassAbsolute, Weight: 3},
}

// eachPoll visits every poll of up to six eligible votes.
func eachPoll(visit func(c Counts, eligible uint64)) {
	for eligible := range uint64(7) {
		for f := range eligible + 1 {
			for a := range eligible - f + 1 {
				for n := range eligible - f - a + 1 {
					visit(Counts{f, a, n}, eligible)
				}
			}
		}
	}
}

func TestClosedVoteFollowsTheRules(t *testing.T) {
	const average = 500_000
	for _, q := range quorumRules {
		require.NoError(t, q.Validate())
		for _, r := range passRules {
			require.NoError(t, r.Validate())
			eachPoll(func(c Counts, eligible uint64) {
				p := Poll{Cast: c, Eligible: eligible, Closed: true, MinPeriodOver: true, Replaceable: true}
				want := Rejected
				if closedPasses(q, r, average, c, eligible) {
					want = Passed
				}
				require.Equal(t, want, Decide(q, r, average, p), "%+v %+v %+v of %d", q, r, c, eligible)
			})
		}
	}
}

// An early decision is taken exactly when every way of casting the remaining
// votes ends the same.
func TestEarlyDecisionExactlyWhenNothingCanChange(t *testing.T) {
	const average = 500_000
	for _, q := range quorumRules {
		for _, r := range passRules {
			r.Early = EarlyCertain
			require.NoError(t, r.Validate())
			eachPoll(func(c Counts, eligible uint64) {
				passes := func(end Counts) bool { return closedPasses(q, r, average, end, eligible) }
				want := Open
				switch {
				case !someEnding(c, eligible, passes):
					want = Rejected
				case !someEnding(c, eligible, func(end Counts) bool { return !passes(end) }):
					want = Passed
				}
				p := Poll{Direct: c, Eligible: eligible, MinPeriodOver: true}
				require.Equal(t, want, Decide(q, r, average, p), "%+v %+v %+v of %d", q, r, c, eligible)
			})
		}
	}
}

func TestEarlyDecisionConditions(t *testing.T) {
	q := QuorumRule{Kind: QuorumEligible, SharePPM: 500_000}
	won, lost := Counts{For: 8, Against: 1}, Counts{For: 1, Against: 8}
	certain := PassRule{Kind: PassMajority, Early: EarlyCertain}
	for name, tc := range map[string]struct {
		rule PassRule
		poll Poll
		want Decision
	}{
		"certain win":                     {certain, Poll{Cast: won, Direct: won, MinPeriodOver: true}, Passed},
		"certain loss":                    {certain, Poll{Cast: lost, Direct: lost, MinPeriodOver: true}, Rejected},
		"no early rule":                   {PassRule{Kind: PassMajority}, Poll{Cast: won, Direct: won, MinPeriodOver: true}, Open},
		"no early rule, loss":             {PassRule{Kind: PassMajority}, Poll{Cast: lost, Direct: lost, MinPeriodOver: true}, Open},
		"ballots can be replaced":         {certain, Poll{Cast: won, Direct: won, MinPeriodOver: true, Replaceable: true}, Open},
		"replaceable, loss":               {certain, Poll{Cast: lost, Direct: lost, MinPeriodOver: true, Replaceable: true}, Open},
		"least period blocks a pass":      {certain, Poll{Cast: won, Direct: won}, Open},
		"least period blocks no loss":     {certain, Poll{Cast: lost, Direct: lost}, Rejected},
		"delegated weight can be taken":   {certain, Poll{Cast: won, Direct: Counts{For: 2}, MinPeriodOver: true}, Open},
		"delegated weight, loss":          {certain, Poll{Cast: lost, Direct: Counts{Against: 2}, MinPeriodOver: true}, Open},
		"delegated weight counts at end":  {certain, Poll{Cast: won, Direct: Counts{For: 2}, MinPeriodOver: true, Closed: true}, Passed},
		"closed and under a least period": {certain, Poll{Cast: won, Direct: won, Closed: true}, Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			tc.poll.Eligible = 10
			require.Equal(t, tc.want, Decide(q, tc.rule, 0, tc.poll))
		})
	}
}

func TestSuperQuorum(t *testing.T) {
	q := QuorumRule{Kind: QuorumEligible, SharePPM: 100_000}
	r := PassRule{Kind: PassShare, SharePPM: 600_000, Early: EarlySuper, SuperPPM: 700_000}
	require.NoError(t, r.Validate())
	decide := func(c Counts) Decision {
		return Decide(q, r, 0, Poll{Cast: c, Direct: c, Eligible: 10, MinPeriodOver: true})
	}
	require.Equal(t, Open, decide(Counts{For: 6}), "certain, but below the super-quorum")
	require.Equal(t, Passed, decide(Counts{For: 7}))
	require.Equal(t, Passed, decide(Counts{For: 7, Against: 3}))
	require.Equal(t, Open, decide(Counts{Against: 9}), "a super-quorum ends a vote in favour only")
	eachPoll(func(c Counts, eligible uint64) {
		p := Poll{Direct: c, Eligible: eligible, MinPeriodOver: true}
		if Decide(q, r, 0, p) == Passed {
			require.False(t, someEnding(c, eligible, func(end Counts) bool {
				return !closedPasses(q, r, 0, end, eligible)
			}), "%+v of %d", c, eligible)
		}
	})
}

// 25 eligible, 18 voted, 15 for, 3 against: 72 % turnout against 60 %, 83 % in
// favour against 60 %.
func TestWorkedExample(t *testing.T) {
	q := QuorumRule{Kind: QuorumEligible, SharePPM: 600_000, CountAbstain: true}
	r := PassRule{Kind: PassShare, SharePPM: 600_000}
	p := Poll{Cast: Counts{For: 15, Against: 3}, Eligible: 25, Closed: true, MinPeriodOver: true}
	require.Equal(t, Passed, Decide(q, r, 0, p))
	require.Equal(t, uint64(15), q.Need(25, 0))
	require.Equal(t, uint64(833_333), p.Cast.For*PPM/(p.Cast.For+p.Cast.Against))

	// Both sides of either threshold.
	p.Cast = Counts{For: 12, Against: 3}
	require.Equal(t, Passed, Decide(q, r, 0, p), "15 of 25 is the quorum")
	p.Cast = Counts{For: 11, Against: 3}
	require.Equal(t, Rejected, Decide(q, r, 0, p), "14 of 25 is not")
	p.Cast = Counts{For: 9, Against: 6}
	require.Equal(t, Passed, Decide(q, r, 0, p), "9 of 15 is 60 %")
	p.Cast = Counts{For: 8, Against: 6, Abstain: 4}
	require.Equal(t, Rejected, Decide(q, r, 0, p), "8 of 14 is not; abstentions reach quorum, not the pass")
}

func TestTiesAndEmptyVotesFail(t *testing.T) {
	for _, r := range passRules {
		for _, c := range []Counts{{}, {For: 2, Against: 2}, {Abstain: 4}} {
			p := Poll{Cast: c, Eligible: 4, Closed: true, MinPeriodOver: true}
			require.Equal(t, Rejected, Decide(QuorumRule{Kind: QuorumNone}, r, 0, p), "%+v %+v", r, c)
		}
	}
}

func TestHundredPercentFailsOnAnyAgainst(t *testing.T) {
	r := PassRule{Kind: PassShare, SharePPM: PPM}
	p := Poll{Cast: Counts{For: 1 << 62}, Eligible: 1 << 63, Closed: true, MinPeriodOver: true}
	require.Equal(t, Passed, Decide(QuorumRule{Kind: QuorumNone}, r, 0, p))
	p.Cast.Against = 1
	require.Equal(t, Rejected, Decide(QuorumRule{Kind: QuorumNone}, r, 0, p))
}

// Products of 64-bit weights and shares need 128 bits.
func TestThresholdsDoNotOverflow(t *testing.T) {
	const most = ^uint64(0)
	r := PassRule{Kind: PassEligible, SharePPM: 999_999}
	p := Poll{Eligible: most, Closed: true, MinPeriodOver: true}
	need, _ := r.Need(p.Cast, most)
	p.Cast.For = need
	require.Equal(t, Passed, Decide(QuorumRule{Kind: QuorumNone}, r, 0, p))
	p.Cast.For--
	require.Equal(t, Rejected, Decide(QuorumRule{Kind: QuorumNone}, r, 0, p))

	top := U128{Hi: most, Lo: most}
	wide := WidePoll{Eligible: top, Closed: true, MinPeriodOver: true}
	wide.Cast.For = U128{Hi: 1 << 63}
	require.True(t, AbsolutePercentage(Share{Majority: true}).IsPassed(wide))
	wide.Cast.For = U128{Hi: 1<<63 - 1, Lo: most}
	require.False(t, AbsolutePercentage(Share{Majority: true}).IsPassed(wide))
}

func TestNeverPassedAndRejected(t *testing.T) {
	shares := []Share{{Majority: true}, {Num: 1, Den: 2}, {Num: 1, Den: 3}, {Num: 2, Den: 3}, {Num: 1, Den: 1}}
	var thresholds []Threshold
	for _, s := range shares {
		thresholds = append(thresholds, AbsolutePercentage(s))
		for _, q := range shares {
			thresholds = append(thresholds, ThresholdQuorum(s, q))
		}
	}
	for need := range uint64(7) {
		thresholds = append(thresholds, AbsoluteCount(Wide(need)))
	}
	for _, th := range thresholds {
		eachPoll(func(c Counts, eligible uint64) {
			for _, closed := range []bool{false, true} {
				p := Poll{Cast: c, Direct: c, Eligible: eligible, Closed: closed, MinPeriodOver: true}.Wide()
				require.False(t, th.IsPassed(p) && th.IsRejected(p), "%+v %+v", th, p)
			}
		})
	}
}

// The three forms of the DAO contracts on both sides of each threshold.
func TestContractForms(t *testing.T) {
	maj, half, all := Share{Majority: true}, Share{Num: 1, Den: 2}, Share{Num: 1, Den: 1}
	for name, tc := range map[string]struct {
		th               Threshold
		cast             Counts
		eligible         uint64
		closed           bool
		passed, rejected bool
	}{
		"count reached":               {AbsoluteCount(Wide(10)), Counts{For: 10}, 100, false, true, false},
		"count one short":             {AbsoluteCount(Wide(10)), Counts{For: 9}, 100, false, false, false},
		"count out of reach":          {AbsoluteCount(Wide(10)), Counts{For: 5, Against: 1}, 10, false, false, true},
		"count just in reach":         {AbsoluteCount(Wide(9)), Counts{For: 5, Against: 1}, 10, false, false, false},
		"count, abstention":           {AbsoluteCount(Wide(10)), Counts{For: 5, Abstain: 1}, 10, false, false, true},
		"majority of willing":         {AbsolutePercentage(maj), Counts{For: 7, Against: 4, Abstain: 2}, 15, false, true, false},
		"half of willing":             {AbsolutePercentage(maj), Counts{For: 7, Against: 4, Abstain: 1}, 15, false, false, false},
		"half of willing against":     {AbsolutePercentage(maj), Counts{Against: 7, Abstain: 1}, 15, false, false, true},
		"a share met":                 {AbsolutePercentage(half), Counts{For: 6, Abstain: 3}, 15, false, true, false},
		"its complement is no block":  {AbsolutePercentage(half), Counts{Against: 6, Abstain: 3}, 15, false, false, false},
		"over the complement":         {AbsolutePercentage(half), Counts{Against: 7, Abstain: 3}, 15, false, false, true},
		"all, one against":            {AbsolutePercentage(all), Counts{For: 9, Against: 1}, 15, false, false, true},
		"all, nobody willing":         {AbsolutePercentage(all), Counts{Abstain: 5}, 5, false, false, true},
		"closed, against under block": {AbsolutePercentage(maj), Counts{For: 4, Against: 7, Abstain: 2}, 17, true, false, false},
		"quorum met at equality":      {ThresholdQuorum(half, Share{Num: 2, Den: 5}), Counts{For: 7, Against: 3, Abstain: 2}, 30, true, true, false},
		"quorum missed":               {ThresholdQuorum(half, Share{Num: 2, Den: 5}), Counts{For: 7, Against: 3, Abstain: 2}, 31, true, false, true},
		"a tie at one half":           {ThresholdQuorum(half, Share{Num: 2, Den: 5}), Counts{For: 6, Against: 6, Abstain: 5}, 40, true, true, false},
		"a tie under majority":        {ThresholdQuorum(maj, Share{Num: 2, Den: 5}), Counts{For: 6, Against: 6, Abstain: 5}, 40, true, false, true},
		"only abstentions":            {ThresholdQuorum(half, half), Counts{Abstain: 5}, 5, true, false, true},
		"open: all weight counts":     {ThresholdQuorum(half, Share{Num: 2, Den: 5}), Counts{For: 7, Against: 3, Abstain: 2}, 30, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := Poll{Cast: tc.cast, Direct: tc.cast, Eligible: tc.eligible, Closed: tc.closed, MinPeriodOver: true}.Wide()
			require.Equal(t, tc.passed, tc.th.IsPassed(p), "passed")
			require.Equal(t, tc.rejected, tc.th.IsRejected(p), "rejected")
		})
	}
}

func TestQuorumMetCountsDelegatedWeight(t *testing.T) {
	th := NewThreshold(QuorumRule{Kind: QuorumAbsolute, Weight: 5}, PassRule{Kind: PassMajority}, 0)
	require.True(t, th.QuorumMet(Poll{Cast: Counts{For: 5}, Eligible: 9}.Wide()))
	require.False(t, th.QuorumMet(Poll{Cast: Counts{For: 4, Abstain: 3}, Direct: Counts{For: 9}, Eligible: 9}.Wide()))
}

func TestDecisionNames(t *testing.T) {
	require.Equal(t, []string{"open", "passed", "rejected", "unknown"},
		[]string{Open.String(), Passed.String(), Rejected.String(), Decision(9).String()})
}
