package constitution

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/econd/econd/voting"
)

func TestAdvice(t *testing.T) {
	c := &Constitution{Stake: StakeRules{CltvBlocks: 289}, Tracks: []voting.Track{
		{Name: "fine", Weight: voting.WeightRule{Kind: voting.WeightStake}, Actions: []string{ActionPay}},
		{Name: "talk", Weight: voting.WeightRule{Kind: voting.WeightOne}},
		{Name: "split", Weight: voting.WeightRule{Kind: voting.WeightRootStake, BondSat: 1000}, Actions: []string{ActionPay}},
	}}
	got := c.Advice()
	for i, want := range []string{"stake.cltv_blocks: is 289; many wallets pay no hold over 288 blocks", "track split: whoever divides"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("advice %d of %q, want %q...", i, got, want)
		}
	}
	if len(got) != 2 {
		t.Errorf("%d pieces of advice: %q", len(got), got)
	}
	for _, x := range []struct {
		rules ExitRules
		want  []string
	}{
		{ExitRules{}, nil},
		{ExitRules{Pools: []string{"reserve"}, Share: ShareBroughtIn}, nil},
		{ExitRules{Pools: []string{"reserve"}, SeniorityS: 1}, []string{"exit: share: stake pays"}},
		{ExitRules{Pools: []string{"reserve"}, Share: ShareStake}, []string{"exit: share: stake pays", "exit: without seniority_s"}},
	} {
		got := (&Constitution{Exit: x.rules}).Advice()
		if len(got) != len(x.want) {
			t.Errorf("%+v: %q, want %q", x.rules, got, x.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], x.want[i]) {
				t.Errorf("%+v: %q, want %q", x.rules, got[i], x.want[i])
			}
		}
	}
	c.Stake.CltvBlocks = 288
	if got := c.Advice(); len(got) != 1 {
		t.Errorf("288 blocks are fine: %q", got)
	}
}

// A floor that a named one takes away is warned of; none named, the default holds.
func TestAdviceAboutConvictionFloors(t *testing.T) {
	for ppm, warned := range map[uint32]bool{0: false, 1: true, 49_999: true, 50_000: false, 100_000: false} {
		got := (&Constitution{Tracks: []voting.Track{{Name: "fund", Weight: voting.WeightRule{Kind: voting.WeightConviction},
			Actions: []string{ActionPay}, Conviction: &voting.ConvictionTrack{LeastStakePPM: ppm}}}}).Advice()
		if warned != (len(got) == 1 && strings.HasPrefix(got[0], fmt.Sprintf("track fund: conviction.least_stake_ppm: is %d;", ppm))) || len(got) > 1 {
			t.Errorf("floor of %d: %q", ppm, got)
		}
	}
}

// Each bound of disputes is warned of on its own side of the threshold.
func TestAdviceAboutJuries(t *testing.T) {
	good := voting.DisputeRule{Jurors: 5, Seats: voting.SeatsWeight, FieldTimes: 3, LeastScorePPM: 50_000, SeniorityS: 1}
	for _, x := range []struct {
		change func(*voting.DisputeRule)
		want   []string
	}{
		{func(*voting.DisputeRule) {}, nil},
		{func(r *voting.DisputeRule) { r.Seats = voting.SeatsSpread }, []string{"dispute.seats:"}},
		{func(r *voting.DisputeRule) { r.FieldTimes = 2 }, []string{"dispute.field_times: is 2;"}},
		{func(r *voting.DisputeRule) { r.LeastScorePPM = 49_999 }, []string{"dispute.least_score_ppm: is 49999;"}},
		{func(r *voting.DisputeRule) { r.SeniorityS = 0 }, []string{"dispute.seniority_s: is 0;"}},
		{func(r *voting.DisputeRule) { *r = voting.DisputeRule{Jurors: 5} },
			[]string{"dispute.seats:", "field_times: is 0;", "least_score_ppm: is 10000;", "seniority_s: is 0;"}},
	} {
		rule := good
		x.change(&rule)
		got := (&Constitution{Tracks: []voting.Track{{Name: "pay", Dispute: &rule}}}).Advice()
		if len(got) > 1 || (len(got) == 1) != (len(x.want) > 0) {
			t.Errorf("%+v: %q", rule, got)
			continue
		}
		for _, part := range x.want {
			if !strings.HasPrefix(got[0], "track pay: a jury can be bought: ") || !strings.Contains(got[0], part) {
				t.Errorf("%+v: %q, want %q", rule, got, part)
			}
		}
	}
}

// What wallets are asked for: 252 blocks of 288 can be used, each renewal comes
// after 168.
func TestAsks(t *testing.T) {
	day := int64(86400) // 144 blocks
	c := &Constitution{Stake: StakeRules{CltvBlocks: 288}, Tracks: []voting.Track{
		{Name: "short", CollateralSat: 1, VotingPeriodS: 252 * 600},
		{Name: "longer", CollateralSat: 1, VotingPeriodS: 252*600 + 1},
		{Name: "free", VotingPeriodS: day},
		{Name: "all", CollateralSat: 1, VotingDelayS: day, VotingPeriodS: day, LateQuorumS: day, TimelockS: day, GraceS: day,
			Opposition: &voting.OppositionRule{MaxDelay: 2 * day}, Evaluation: &voting.EvaluationRule{MaxPeriodS: 14 * day},
			Dispute: &voting.DisputeRule{CommitS: day, RevealS: day, AppealS: day, MaxRounds: 2}},
		{Name: "bonds", Dispute: &voting.DisputeRule{CommitS: 600, RevealS: 600, MaxRounds: 1}},
	}}
	want := WalletAsks{CltvBlocks: 288, RenewBlocks: 168, LastBlocks: 252, Tracks: []TrackAsks{
		{Name: "short", CollateralSat: 1, CourseBlocks: 252},
		{Name: "longer", CollateralSat: 1, CourseBlocks: 253, Renewals: 1},
		{Name: "all", CollateralSat: 1, CourseBlocks: (6+5+14)*144 + 4, Renewals: 20, DisputeBlocks: 5*144 + 4, DisputeRenewals: 3},
		{Name: "bonds", DisputeBlocks: 4},
	}}
	if got := c.Asks(); !reflect.DeepEqual(got, want) {
		t.Errorf("asks\n%+v, want\n%+v", got, want)
	}
}
