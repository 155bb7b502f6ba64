package voting

import "testing"

func TestMayTouch(t *testing.T) {
	track := Track{Parameters: []string{"/stake/", "/receipts", "/epoch_s"}}
	for pointer, want := range map[string]bool{
		"/stake": true, "/stake/min_sat": true, "/receipts/min_sat": true, "/epoch_s": true,
		"/stakes": false, "/epoch_s2": false, "/reputation/tau": false, "/": false, "": false,
	} {
		if got := track.MayTouch(pointer); got != want {
			t.Errorf("%q: %v", pointer, got)
		}
	}
	if !new(Track).MayTouch("/anything") {
		t.Error("a track without parameters is not narrowed")
	}
}

func TestPassAtLeast(t *testing.T) {
	for _, c := range []struct {
		r    PassRule
		want bool
	}{
		{PassRule{Kind: PassShare, SharePPM: 666_667}, true},
		{PassRule{Kind: PassShare, SharePPM: 666_666}, false},
		{PassRule{Kind: PassEligible, SharePPM: 700_000}, true},
		{PassRule{Kind: PassMajority}, false},
		{PassRule{Kind: PassAbsolute, Weight: 1 << 60}, false}, // of how much, nobody knows
	} {
		if got := c.r.AtLeast(666_667); got != c.want {
			t.Errorf("%+v: %v", c.r, got)
		}
	}
}

// Leaving needs somebody who is against, and time to go.
func TestRageQuitTracks(t *testing.T) {
	track := convictionTrack()
	track.Conviction, track.RageQuit, track.TimelockS = nil, true, 1
	if err := track.Validate(); err != nil {
		t.Fatal(err)
	}
	gathers := convictionTrack()
	gathers.RageQuit, gathers.TimelockS = true, 1
	chooses, hurries := track, track
	chooses.Counting, chooses.Actions = Approval, nil
	hurries.TimelockS = 0
	for _, bad := range []Track{gathers, chooses, hurries} {
		if bad.Validate() == nil {
			t.Errorf("accepted %+v", bad)
		}
	}
}
