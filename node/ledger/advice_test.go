package ledger

import (
	"strings"
	"testing"

	"github.com/econd/econd/voting"
)

func TestAdvice(t *testing.T) {
	c := &Constitution{Stake: StakeRules{CltvBlocks: 124}, Tracks: []voting.Track{
		{Name: "fine", Weight: voting.WeightRule{Kind: voting.WeightStake}, Actions: []string{ActionPay}, CollateralSat: 1,
			VotingDelayS: 10_000, VotingPeriodS: 20_000, LateQuorumS: 10_000, TimelockS: 10_000, GraceS: 10_000},
		{Name: "talk", Weight: voting.WeightRule{Kind: voting.WeightOne}},
		{Name: "split", Weight: voting.WeightRule{Kind: voting.WeightRootStake, BondSat: 1000}, Actions: []string{ActionPay}},
		{Name: "long", Weight: voting.WeightRule{Kind: voting.WeightStake}, CollateralSat: 1,
			VotingDelayS: 10_000, VotingPeriodS: 20_000, LateQuorumS: 10_000, TimelockS: 10_000, GraceS: 10_001},
		{Name: "opposed", Weight: voting.WeightRule{Kind: voting.WeightStake}, CollateralSat: 1,
			VotingPeriodS: 20_000, TimelockS: 10_000, GraceS: 10_000, Opposition: &voting.OppositionRule{MaxDelay: 30_001}},
	}}
	got := c.Advice()
	for i, want := range []string{"track split: whoever divides", "track long: vote, timelock and grace can last 60001 s, a hold lasts about 60000 s",
		"track opposed: vote"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("advice %d of %q, want %q...", i, got, want)
		}
	}
	if len(got) != 3 {
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
}
