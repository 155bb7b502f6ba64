package main

import (
	"slices"
	"testing"
)

// What several tracks have in common is said once; what differs stays apart, and so
// does what is about no track.
func TestGroupedAdvice(t *testing.T) {
	got := grouped([]string{"stake.cltv_blocks: is 960", "track a: divides", "track b: can be bought for 5 sat", "track c: divides",
		"exit: pays", "track d: can be bought for 6 sat", "exit: pays", "divides", "track odd"})
	want := []string{"stake.cltv_blocks: is 960", "tracks a, c: divides", "track b: can be bought for 5 sat", "exit: pays",
		"track d: can be bought for 6 sat", "divides", "track odd"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := grouped(nil); len(got) != 0 {
		t.Errorf("nothing becomes %q", got)
	}
}
