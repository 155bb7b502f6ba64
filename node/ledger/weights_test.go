package ledger

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/econd/econd/voting"
)

// Every weight rule weighs ballots by the snapshot, recomputed here the slow
// way from what the views show; bonds, floors and the cap bind at equality.
func TestWeightRules(t *testing.T) {
	sc := newScenario(t)
	sc.file = t.Name()
	rules := []voting.WeightRule{
		{Kind: voting.WeightOne}, {Kind: voting.WeightReputation}, {Kind: voting.WeightStake},
		{Kind: voting.WeightRootStake}, {Kind: voting.WeightReputationRootStake}, {Kind: voting.WeightConviction},
		{Kind: voting.WeightOne, BondSat: 4000}, {Kind: voting.WeightOne, BondSat: 4001},
		{Kind: voting.WeightStake, LeastReputation: 1}, {Kind: voting.WeightStake, CapPPM: 300000},
	}
	for i, r := range rules {
		name := fmt.Sprintf("w%d", i)
		sc.copyTrack(name, "signal")
		for path, value := range map[string]any{"propose_stake_sat": 0, "weight": fmt.Sprintf(
			"{kind: %s, bond_sat: %d, least_reputation: %d, cap_ppm: %d}", r.Kind, r.BondSat, r.LeastReputation, r.CapPPM)} {
			sc.set("tracks."+name+"."+path, fmt.Sprint(value))
		}
		sc.set("tracks."+name+".max_open_per_agent", "0")
	}
	for _, line := range [][]string{{"agent", "a", "b", "idle"}, {"a", "stake", "s", "4000"}, {"b", "stake", "t", "12000"},
		{"lock", "s"}, {"lock", "t"}, {"a", "bind"}, {"b", "rate", "a", "500", "9", "pay"}, {"wait", "9s"}, {"score", "a", "positive"}} {
		sc.command(line)
	}
	for i := range rules {
		sc.command([]string{"a", "propose", fmt.Sprintf("p%d", i), fmt.Sprintf("w%d", i)})
	}
	before := map[string]voting.Basis{}
	for _, who := range []string{"a", "b", "idle"} {
		v, _ := sc.s.Agent(secretOf(who).Public())
		before[who] = voting.Basis{StakeSat: v.StakeSat, Reputation: uint64(v.Score)}
	}
	sc.command([]string{"wait", "2s"})
	for i, r := range rules {
		var total uint64
		for _, who := range []string{"a", "b", "idle"} {
			total += slowWeight(r, before[who])
		}
		for _, who := range []string{"a", "b", "idle"} {
			want := slowWeight(r, before[who])
			if r.CapPPM > 0 {
				want = min(want, total*uint64(r.CapPPM)/1_000_000)
			}
			checkBallotWeight(t, sc, who, fmt.Sprintf("p%d", i), want, total)
		}
	}
}

func checkBallotWeight(t *testing.T, sc *scenario, who, label string, want, total uint64) {
	t.Helper()
	err := sc.act([]string{who, "vote", label, "for"})
	if (err == nil) != (want > 0) {
		t.Fatalf("%s of %s, weight %d: %v", label, who, want, err)
	}
	v, _ := sc.s.Proposal(sc.labels[label], sc.at.TimeMs)
	if uint64(v.Eligible) != total {
		t.Errorf("%s: eligible %d, recomputed %d", label, v.Eligible, total)
	}
	list, _ := sc.s.Ballots(v.ID)
	for _, b := range list {
		if b.Voter == secretOf(who).Public() && uint64(b.Weight) != want {
			t.Errorf("%s of %s: weight %d, recomputed %d", label, who, b.Weight, want)
		}
	}
}

func slowWeight(r voting.WeightRule, b voting.Basis) uint64 {
	if b.StakeSat < r.BondSat || b.Reputation < r.LeastReputation {
		return 0
	}
	root := new(big.Int).SetUint64(b.StakeSat)
	root.Sqrt(root.Mul(root, big.NewInt(1_000_000_000_000)))
	switch r.Kind {
	case voting.WeightOne:
		return 1
	case voting.WeightReputation:
		return b.Reputation
	case voting.WeightRootStake:
		return root.Uint64()
	case voting.WeightReputationRootStake:
		product := new(big.Int).Mul(root, new(big.Int).SetUint64(b.Reputation))
		return product.Rsh(product, 44).Uint64()
	}
	return b.StakeSat
}
