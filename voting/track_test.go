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
