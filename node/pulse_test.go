package node

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What LND says of itself, and what it does not say, and when that is a problem.
func TestPulse(t *testing.T) {
	var p pulse
	now := time.Unix(1_800_000_000, 0)
	tip := &Block{Height: 500}
	expect := func(what string, reachable bool, want ...string) {
		t.Helper()
		got := p.problems(now, reachable, tip)
		if len(got) != len(want) {
			t.Errorf("%s: %q, want %q", what, got, want)
			return
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s: %q, want %q", what, got[i], want[i])
			}
		}
	}
	expect("before the first answer", true, "lnd: has not answered yet")
	p.note(now, LightningInfo{Height: 500, Synced: true}, tip, nil)
	expect("all is well", true)
	expect("a call just failed", false, "lnd: does not answer;")

	p.note(now, LightningInfo{}, tip, errors.New("context deadline exceeded"))
	now = now.Add(time.Hour)
	p.note(now, LightningInfo{}, tip, errors.New("it hangs"))
	expect("it hangs", true, "lnd: does not answer since 2027-01-15T08:00:00Z; stakes and payments wait for it: it hangs")

	p.note(now, LightningInfo{Height: 480}, tip, nil)
	expect("it is back and catches up", true, "lnd: is not synced to the chain at height 480")

	p.note(now, LightningInfo{Height: 501, Synced: true}, tip, nil)
	now = now.Add(behindAfter)
	p.note(now, LightningInfo{Height: 502, Synced: true}, tip, nil)
	expect("a block is on its way for a minute", true)
	now = now.Add(time.Millisecond)
	expect("and longer", true, "chain: LND is at height 502, the last block told is 500, since 2027-01-15T09:00:00Z")
	tip = &Block{Height: 502}
	expect("the blocks were told", true)
	p.note(now, LightningInfo{Height: 502, Synced: true}, tip, nil)
	tip = nil
	expect("no block at all", true, "chain: no block seen yet")
}
