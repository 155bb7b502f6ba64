package voting

import (
	"errors"
	"strings"
	"testing"
)

// The optional members of a track are checked, on both sides of each bound,
// and the error names the member.
func TestTrackOptions(t *testing.T) {
	base := func() *Track {
		return &Track{Name: "x", VotingPeriodS: 1, GraceS: 1, TimelockS: 10, Weight: WeightRule{Kind: WeightOne},
			Quorum: QuorumRule{Kind: QuorumNone}, Pass: PassRule{Kind: PassMajority}}
	}
	if err := base().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Track)
		blames string // "" is valid
	}{
		"removal":            {func(t *Track) { t.Quorum, t.RemovalForPPM = QuorumRule{Kind: QuorumFor, SharePPM: 9}, 9 }, ""},
		"removal harder":     {func(t *Track) { t.Quorum, t.RemovalForPPM = QuorumRule{Kind: QuorumFor, SharePPM: 9}, 10 }, "removal_for_ppm"},
		"depth":              {func(t *Track) { t.Delegation = &DelegationRule{MaxDepth: MaxDepth} }, ""},
		"depth too far":      {func(t *Track) { t.Delegation = &DelegationRule{MaxDepth: MaxDepth + 1} }, "max_depth"},
		"cap":                {func(t *Track) { t.Delegation = &DelegationRule{CapPPM: PPM} }, ""},
		"cap above whole":    {func(t *Track) { t.Delegation = &DelegationRule{CapPPM: PPM + 1} }, "cap_ppm"},
		"cool-down":          {func(t *Track) { t.Delegation = &DelegationRule{CooldownS: maxDelayS} }, ""},
		"cool-down too long": {func(t *Track) { t.Delegation = &DelegationRule{CooldownS: maxDelayS + 1} }, "cooldown_s"},
		"negative cool-down": {func(t *Track) { t.Delegation = &DelegationRule{CooldownS: -1} }, "cooldown_s"},
		"counting":           {func(t *Track) { t.Counting = Copeland }, ""},
		"counting unknown":   {func(t *Track) { t.Counting = "borda" }, "counting"},
		"options and action": {func(t *Track) { t.Counting, t.Actions = Approval, []string{"set-price"} }, "actions"},
		"fractional action":  {func(t *Track) { t.Counting, t.Actions = Fractional, []string{"set-price"} }, ""},
		"options for quorum": {func(t *Track) { t.Counting, t.Quorum = Approval, QuorumRule{Kind: QuorumFor, SharePPM: 1} }, "quorum"},
		"options by share":   {func(t *Track) { t.Counting, t.Pass = Approval, PassRule{Kind: PassShare, SharePPM: 600000} }, "pass"},
		"options early":      {func(t *Track) { t.Counting, t.Pass.Early = Approval, EarlyCertain }, "pass"},
		"opposition longest": {func(t *Track) { t.Opposition = &OppositionRule{0, 1, maxDelayS} }, ""},
		"delay":              {func(t *Track) { t.VotingDelayS, t.GraceS = maxDelayS, maxDelayS }, ""},
		"delay too long":     {func(t *Track) { t.VotingDelayS = maxDelayS + 1 }, "voting_delay_s"},
		"negative delay":     {func(t *Track) { t.VotingDelayS = -1 }, "voting_delay_s"},
		"no period":          {func(t *Track) { t.VotingPeriodS = 0 }, "voting_period_s"},
		"no grace":           {func(t *Track) { t.GraceS = 0 }, "grace_s"},
		"late quorum":        {func(t *Track) { t.VotingPeriodS, t.LateQuorumS = 5, 5 }, ""},
		"late quorum beyond": {func(t *Track) { t.VotingPeriodS, t.LateQuorumS = 5, 6 }, "late_quorum_s"},
		"honest all":         {func(t *Track) { t.HonestForPpm = PPM }, ""},
		"honest above":       {func(t *Track) { t.HonestForPpm = PPM + 1 }, "honest_for_ppm"},
		"turnout":            {func(t *Track) { t.HonestForPpm, t.HonestTurnoutPPM = 1, PPM }, ""},
		"turnout above":      {func(t *Track) { t.HonestForPpm, t.HonestTurnoutPPM = 1, PPM+1 }, "honest_turnout_ppm"},
		"honest below":       {func(t *Track) { t.HonestForPpm = -1 }, "honest_for_ppm"},
		"forfeit":            {func(t *Track) { t.VetoForfeitPpm = PPM }, ""},
		"forfeit part":       {func(t *Track) { t.VetoForfeitPpm = PPM / 2 }, "veto_forfeit_ppm"},
		"collateral":         {func(t *Track) { t.CollateralSat = -1 }, "collateral_sat"},
		"stake":              {func(t *Track) { t.ProposeStakeSat = -1 }, "propose_stake_sat"},
		"open":               {func(t *Track) { t.MaxOpenPerAgent = -1 }, "max_open_per_agent"},
		"name":               {func(t *Track) { t.Name = "az-09" }, ""},
		"name longest":       {func(t *Track) { t.Name = strings.Repeat("n", maxName) }, ""},
		"name too long":      {func(t *Track) { t.Name = strings.Repeat("n", maxName+1) }, "name"},
		"name empty":         {func(t *Track) { t.Name = "" }, "name"},
		"name upper":         {func(t *Track) { t.Name = "A" }, "name"},
		"name brace":         {func(t *Track) { t.Name = "{" }, "name"},
		"name grave":         {func(t *Track) { t.Name = "`" }, "name"},
		"name slash":         {func(t *Track) { t.Name = "/" }, "name"},
		"name colon":         {func(t *Track) { t.Name = ":" }, "name"},
		"opposition":         {func(t *Track) { t.Opposition = &OppositionRule{0, 1, 10} }, ""},
		"opposition shorter": {func(t *Track) { t.Opposition = &OppositionRule{0, 1, 9} }, "max_delay"},
		"opposition too long": {func(t *Track) { t.Opposition = &OppositionRule{0, 1, maxDelayS + 1} },
			"max_delay"},
	} {
		track := base()
		c.change(track)
		err := track.Validate()
		switch {
		case c.blames == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.blames != "" && (err == nil || !strings.Contains(err.Error(), c.blames) || !errors.Is(err, ErrRule) && !errors.Is(err, ErrTrack)):
			t.Errorf("%s: %v, want blame on %s", name, err, c.blames)
		}
	}
}

// A cap in ppm is rounded down, and never to none.
func TestDelegationLimits(t *testing.T) {
	track := Track{Delegation: &DelegationRule{CapPPM: 100_000}}
	for eligible, want := range map[uint64]uint64{0: 1, 9: 1, 10: 1, 19: 1, 20: 2, ^uint64(0): ^uint64(0) / 10} {
		if got := track.DelegationLimits(eligible); got != (Limits{MaxDepth: MaxDepth, Cap: want}) {
			t.Errorf("of %d: %+v, want %d", eligible, got, want)
		}
	}
	if got := (&Track{Delegation: &DelegationRule{MaxDepth: 3}}).DelegationLimits(10); got != (Limits{MaxDepth: 3}) {
		t.Errorf("without a cap: %+v", got)
	}
	if got := new(Track).DelegationLimits(10); got != (Limits{MaxDepth: MaxDepth}) {
		t.Errorf("without a rule: %+v", got)
	}
}

// Opposition adds to the timelock in milliseconds; the cool-down is read in them.
func TestTrackTimes(t *testing.T) {
	track := Track{TimelockS: 8, Opposition: &OppositionRule{R1PPM: 100_000, R2PPM: 300_000, MaxDelay: 20},
		Delegation: &DelegationRule{CooldownS: 7}}
	for against, want := range map[uint64]int64{0: 0, 10: 0, 20: 6000, 30: 12_000, 100: 12_000} {
		if got := track.OppositionMs(against, 100); got != want {
			t.Errorf("%d of 100 against add %d ms, want %d", against, got, want)
		}
	}
	if track.CooldownMs() != 7000 || new(Track).CooldownMs() != 0 || new(Track).OppositionMs(1, 1) != 0 {
		t.Error("cool-down and opposition of a track without them are not 0")
	}
}
