package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// An operation may cost as much as the bound and not a unit more; facts may.
func TestEntryWorkBound(t *testing.T) {
	s := New()
	for _, c := range []struct {
		kind    op.Kind
		units   int64
		refused bool
	}{
		{op.KindPropose, MaxWork - workEntry, false},
		{op.KindPropose, MaxWork - workEntry + 1, true},
		{op.KindExecute, 100 * MaxWork, false},
	} {
		s.entry.meter(&op.Entry{Event: &op.Event{Kind: c.kind}})
		err := s.entry.spend(c.units)
		var r *refusal.Refusal
		if refused := errors.As(err, &r) && r.Rule == "entry-work"; refused != c.refused || (err != nil) != c.refused {
			t.Errorf("%s with %d units: %v", c.kind, c.units, err)
		}
		want := workEntry + c.units
		if c.refused {
			want = workEntry // what was refused was not done
		}
		if got := s.Work(); got != want {
			t.Errorf("%s: %d units counted, want %d", c.kind, got, want)
		}
	}
}

// Work is counted for what is refused as for what is taken, and starts anew with
// each entry.
func TestWorkOfRefused(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	if err := sc.apply("alice", op.KindRegister, op.Register{Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	small := sc.s.Work()
	if small < workEntry {
		t.Fatalf("an entry cost %d units", small)
	}
	long := op.Propose{Track: "signal", Title: "t", Text: strings.Repeat("x", maxText+1), Actions: []op.Raw{}}
	before := digest(sc.s)
	if err := sc.apply("alice", op.KindPropose, long); err == nil {
		t.Fatal("too long a text was taken")
	}
	if got := sc.s.Work(); got < small+maxText/bytesPerUnit {
		t.Errorf("a refused entry of %d bytes cost %d units, a small one %d", maxText, got, small)
	}
	if digest(sc.s) != before {
		t.Error("a refused entry changed the state")
	}
	if err := sc.apply("bob", op.KindRegister, op.Register{Name: "bob"}); err != nil {
		t.Fatal(err)
	}
	if got := sc.s.Work(); got != small {
		t.Errorf("the same kind of entry cost %d units after a costly one, %d before", got, small)
	}
}

// Stake that is put behind a proposal changes no threshold of another track: what
// gathers conviction there is not looked at.
func TestWorkOfConvictionTracksApart(t *testing.T) {
	c := newCrowdUnder(t, 10, func(sc *scenario) {
		convictionRules(sc)
		sc.command(strings.Fields("track other fund"))
	})
	gatherMany(c)
	const each = maxGathering / 2
	c.sc.commands("wait 61s", `alice act q other [{"type":"pay","pool":"reserve","to":"@bob","sat":20000}]`, "wait 61s", `bob vote q {"1":100}`)
	require.Less(t, c.sc.s.Work(), int64(workEntry+each*workForesee))
	c.sc.commands("wait 61s", `bob vote p16 {"1":99}`)
	require.GreaterOrEqual(t, c.sc.s.Work(), int64(workEntry+each*workForesee))
}

// All conviction tracks have a hundred places together, in equal parts: a change of
// stake looks at so many proposals, however many such tracks there are, and none is
// shut by what is open on another.
func TestPlacesOfConvictionTracks(t *testing.T) {
	ask := `alice act %s %s [{"type":"pay","pool":"reserve","to":"@bob","sat":20000}]`
	c := newCrowdUnder(t, 10, convictionTracksOf(3))
	gatherMany(c)
	require.Len(t, c.sc.s.proposals.gathering, maxGathering/3)
	for k, name := range []string{"more-0", "more-1"} {
		for i := range maxGathering / 3 {
			c.sc.commands("wait 61s", fmt.Sprintf(ask, fmt.Sprint("x", k, "-", i), name))
		}
		c.sc.commands("wait 61s", "refused conviction-open: "+fmt.Sprintf(ask, "y", name))
	}
	require.Len(t, c.sc.s.proposals.gathering, 99)
	c.sc.commands("alice stake u 1000", "lock u")
	require.GreaterOrEqual(t, c.sc.s.Work(), int64(workEntry+99*workForesee))
	require.LessOrEqual(t, c.sc.s.Work(), int64(MaxWork))
}

// What was open when a constitution brings further conviction tracks counts still: a
// new track has its part only of the places that are left.
func TestPlacesLeftToANewConvictionTrack(t *testing.T) {
	ask := `alice act %s other [{"type":"pay","pool":"reserve","to":"@bob","sat":20000}]`
	c := newCrowdUnder(t, 10, convictionRules)
	gatherMany(c)
	other := *c.sc.s.constitution.Track("fund")
	other.Name = "other"
	c.sc.s.constitution.Tracks = append(c.sc.s.constitution.Tracks, other)
	c.sc.commands("wait 61s", "refused conviction-open: "+fmt.Sprintf(ask, "q"), "operator cancel p0", fmt.Sprintf(ask, "q"), "wait 61s",
		"refused conviction-open: "+fmt.Sprintf(ask, "r"))
	require.Len(t, c.sc.s.proposals.gathering, maxGathering)
}

// A fact that changes the stake of a conviction track or its pool counts every
// proposal there, for each of which the instant at which it passes is found anew.
func TestWorkOfConviction(t *testing.T) {
	c := newCrowdUnder(t, 10, convictionRules)
	gatherMany(c)
	for _, line := range []string{"alice stake u 1000", "lock u", "alice deposit e reserve 1000", "lock e", "settled e"} {
		c.sc.commands("wait 61s", line)
		if last := strings.Fields(line); last[0] == "settled" || last[1] == "u" {
			require.GreaterOrEqual(t, c.sc.s.Work(), int64(workEntry+maxGathering*workForesee), line)
		}
		require.LessOrEqual(t, c.sc.s.Work(), int64(MaxWork), line)
	}
}
