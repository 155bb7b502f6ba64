package voting

import "testing"

// A life's phases on both sides of every instant: the vote starts at its first
// instant, the deadline is inclusive, timelock and grace are counted from the
// close.
func TestPhases(t *testing.T) {
	track := &Track{VotingDelayS: 2, VotingPeriodS: 10, TimelockS: 5, GraceS: 3}
	started := Life{}
	started.Start(track, 1000)
	closed := func(passed, actions bool) Life {
		l := started
		l.ClosedMs, l.Passed, l.HasActions = 13_001, passed, actions
		return l
	}
	ended := func(e End) Life {
		l := closed(true, true)
		l.End = e
		return l
	}
	for _, c := range []struct {
		life  Life
		nowMs int64
		want  Phase
	}{
		{Life{}, 1 << 40, Draft},
		{started, 1000, Pending}, {started, 2999, Pending}, {started, 3000, Active},
		{started, 13_000, Active}, {started, 13_001, Ended},
		{closed(false, false), 13_001, Defeated}, {closed(false, true), 13_001, Defeated},
		{closed(true, false), 13_001, Succeeded}, {closed(true, true), 13_001, Queued}, {closed(true, true), 1 << 40, Queued},
		{ended(EndCancelled), 0, Cancelled}, {ended(EndVetoed), 0, Vetoed}, {ended(EndExecuted), 0, Executed},
		{ended(EndFailed), 0, Failed}, {ended(EndExpired), 0, Expired},
	} {
		if got := c.life.Phase(track, c.nowMs); got != c.want {
			t.Errorf("%+v at %d: %s, want %s", c.life, c.nowMs, got, c.want)
		}
		final := c.want == Defeated || c.want == Succeeded || c.want == Executed || c.want == Failed ||
			c.want == Vetoed || c.want == Expired || c.want == Cancelled
		if c.want.Final() != final {
			t.Errorf("%s: final is %v", c.want, !final)
		}
	}
	queued := closed(true, true)
	if got := queued.ExecuteAfter(track); got != 18_001 {
		t.Errorf("timelock ends at %d", got)
	}
	queued.ExtraMs = 4000
	if got := queued.GraceEnd(track); got != 25_001 {
		t.Errorf("with opposition grace ends at %d", got)
	}
	for paused, want := range map[int64]int64{22_000: 22_001, 22_002: 22_002} {
		queued.PausedMs = paused
		if got := queued.ExecuteAfter(track); got != want {
			t.Errorf("paused until %d the timelock ends at %d, want %d", paused, got, want)
		}
	}
}

// A late quorum extends once, and never a vote that was decided early or where
// the track has no extension.
func TestLateQuorumAndEarlyEnd(t *testing.T) {
	late := &Track{VotingPeriodS: 10, LateQuorumS: 3}
	life := func(change func(*Life)) Life {
		var l Life
		l.Start(late, 1000)
		change(&l)
		return l
	}
	for name, c := range map[string]struct {
		life Life
		want int64
	}{
		"in time":       {life(func(l *Life) { l.ExtendLate(late, 8000) }), 11_000},
		"late":          {life(func(l *Life) { l.ExtendLate(late, 8001) }), 11_001},
		"twice":         {life(func(l *Life) { l.ExtendLate(late, 8001); l.ExtendLate(late, 9000) }), 11_001},
		"no extension":  {life(func(l *Life) { l.ExtendLate(&Track{}, 10_999) }), 11_000},
		"early":         {life(func(l *Life) { l.DecideEarly(5000) }), 5000},
		"early, then":   {life(func(l *Life) { l.DecideEarly(5000); l.ExtendLate(late, 5000) }), 5000},
		"never later":   {life(func(l *Life) { l.DecideEarly(12_000) }), 11_000},
		"extended, too": {life(func(l *Life) { l.ExtendLate(late, 9000); l.DecideEarly(9500) }), 9500},
	} {
		if c.life.DeadlineMs != c.want {
			t.Errorf("%s: deadline %d, want %d", name, c.life.DeadlineMs, c.want)
		}
	}
}
