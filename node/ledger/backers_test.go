package ledger

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Whatever is delegated, for how long, on which tracks and under which limits:
// every close, and what participation shows of it, is that of a count over
// everybody. enterDue holds each close against it.
func TestClosesAgainstACountOverEverybody(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := newScenario(t)
		sc.file = t.Name()
		names := []string{"a", "b", "c", "d", "e", "f", "g"}
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, label) }
		for path, value := range map[string]string{"collateral_sat": "0", "propose_stake_sat": "0", "quorum": "{kind: none}", "max_open_per_agent": "0",
			"weight":     pick("weight", "{kind: stake}", "{kind: root-stake}", "{kind: reputation-root-stake}", "{kind: one}", "{kind: stake, cap_ppm: 200000}"),
			"delegation": pick("limits", "{}", "{max_depth: 2}", "{cap_ppm: 400000}"),
		} {
			sc.set("tracks.price."+path, value)
			if path != "weight" {
				sc.set("tracks.signal."+path, value)
			}
		}
		sc.set("tracks.signal.counting", pick("counting", "weighted", "quadratic", "quadratic-credits"))
		sc.set("epoch_s", "20")
		sc.command([]string{"agent", "a", "b", "c", "d", "e"})
		for i, who := range names[:5] {
			sc.command([]string{who, "stake", fmt.Sprint("s", i), fmt.Sprint(1000 + i)})
			sc.command([]string{"lock", fmt.Sprint("s", i)})
		}
		var open []string
		for i := range rapid.IntRange(10, 60).Draw(rt, "steps") {
			sc.at.TimeMs++
			who, to := pick("who", names...), pick("to", names...)
			f := []string{who, "delegate", to}
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				f = []string{"agent", who}
			case 1:
				f = []string{who, "stake", fmt.Sprint("n", i), fmt.Sprint(rapid.IntRange(900, 3000).Draw(rt, "sat"))}
				if sc.act(f) == nil {
					f = []string{"lock", fmt.Sprint("n", i)}
				}
			case 2:
				f = []string{who, "release", fmt.Sprint("s", rapid.IntRange(0, 4).Draw(rt, "stake"))}
			case 3:
				p := fmt.Sprint("p", i)
				if f = []string{"a", "propose", p, "price", "operations", fmt.Sprint(10 + i), "10"}; rapid.Bool().Draw(rt, "poll") {
					f = []string{"a", "poll", p, "signal", "red", "green"}
				}
				open = append(open, p)
			case 4, 5:
				if len(open) > 0 {
					f = []string{who, "vote", pick("on", open...), pick("choice", "for", "against", "abstain", `{"1":6,"2":4}`, `{"2":3}`)}
				}
			case 6:
				f = []string{who, "undelegate", to}
				if rapid.Bool().Draw(rt, "on price") {
					f = append(f, "on", "price")
				}
			case 7:
				sc.command([]string{"wait", fmt.Sprintf("%ds", rapid.IntRange(1, 9).Draw(rt, "s"))})
				continue
			default:
				f = append(f, delegateWords(rt, pick, sc)...)
			}
			_ = sc.act(f) // what a rule refuses is left out
		}
		sc.command([]string{"wait", "60s"})
		sc.enterDue()
		sc.checkReplay()
		checkParticipation(t, sc.log, sc.s)
		checkBackings(t, sc.s)
	})
}

func delegateWords(rt *rapid.T, pick func(string, ...string) string, sc *scenario) (words []string) {
	if rapid.Bool().Draw(rt, "part") {
		words = append(words, "share", pick("share", "300000", "500000", "1"))
	}
	if track := pick("track", "", "price", "signal"); track != "" {
		words = append(words, "on", track)
	}
	if rapid.Bool().Draw(rt, "ends") {
		words = append(words, "for", fmt.Sprintf("%dms", rapid.IntRange(1, 20_000).Draw(rt, "ms")))
	}
	return words
}

// checkBackings holds the reverse edges and the sums, as they are and as they will
// be, against the edges.
func checkBackings(t *testing.T, s *State) {
	for to := range s.agents.list {
		for i := range s.agents.list[to].backings {
			b := &s.agents.list[to].backings[i]
			kept := 0
			for at := range s.agents.list {
				if c := s.agents.list[at].scopeOf(b.track); c != nil && c.edgeTo(slot(to)) != nil {
					kept++
					require.Equal(t, slot(at), b.from[c.edgeTo(slot(to)).place], "%d delegates to %d", at, to)
				}
			}
			require.Len(t, b.from, kept, "backing of %d on %q", to, b.track)
		}
	}
	for i := range s.delegations.leadSums {
		l := &s.delegations.leadSums[i]
		for _, atMs := range []int64{0, s.clock.TimeMs, s.clock.TimeMs + 5000, never} {
			for at := range s.agents.list {
				var w uint64
				a := &s.agents.list[at]
				if all := a.leadsUntil("", atMs); all && l.track == "" || !all && l.track != "" && a.leadsUntil(l.track, atMs) {
					w = s.weights.classes[l.class].rule.Weight(s.basisNow(a))
				}
				weight, heads := l.ahead.Sum(at+1, atMs)
				lessWeight, lessHeads := l.ahead.Sum(at, atMs)
				require.Equal(t, w, l.weight.Sum(at+1)-l.weight.Sum(at)+weight-lessWeight)
				require.Equal(t, weighs(w), l.heads.Sum(at+1)-l.heads.Sum(at)+heads-lessHeads)
			}
		}
	}
}

// leadsUntil tells whether a scope of the agent leads at an instant, as far as it
// is not noted that it ended.
func (a *agent) leadsUntil(track string, atMs int64) bool {
	c := a.scopeOf(track)
	return c != nil && slices.ContainsFunc(c.edges, func(d edge) bool { return !d.ended && d.live(atMs) })
}

// What a close costs does not depend on those who delegate to nobody that voted,
// nor on who delegates on other tracks, or once delegated.
func TestCloseCostsWhatItCounts(t *testing.T) {
	cost := func(bystanders int) float64 {
		c := newCrowd(t, bystanders+40)
		first := func(i int) op.PublicKey { return crowdKey(bystanders + i) }
		for i := range bystanders {
			c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: first(0), Track: "price"}))
			c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: first(1)}))
		}
		c.sc.at.TimeMs += 1000
		for i := 2; i < 30; i++ { // delegated to whoever will vote, and no longer do
			c.apply(first(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: first(0)}))
		}
		c.sc.at.TimeMs += 1000
		for i := 2; i < 30; i++ {
			c.apply(first(i), op.KindUndelegate, op.EncodeContent(op.Undelegate{}))
		}
		for i := 30; i < 40; i++ {
			c.apply(first(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: first(i % 2)}))
		}
		id := c.propose()
		c.sc.at.TimeMs += 2000
		c.apply(first(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
		c.sc.at.TimeMs += 100_001_000
		p := &c.sc.s.proposals.list[0]
		f := c.sc.s.closeFact(p) // the first keeps the sums
		require.Equal(t, uint64(bystanders+10), f.Delegation.Delegators)
		require.EqualValues(t, 5, f.Delegation.Delegated)
		return testing.AllocsPerRun(10, func() { c.sc.s.closeFact(p) })
	}
	few, many := cost(10), cost(5000)
	require.Equal(t, few, many, "allocations")
	require.Less(t, many, 200.0)
}

// What a delegation in parts leads to is followed within a bound, over all tracks
// where it would count, and refused beyond it; for fewer tracks it is taken.
func TestDelegationsAreFollowedWithinABound(t *testing.T) {
	c := newCrowd(t, 100)
	wideNet(c)
	part := int64(10_000)
	give := func(track string) error {
		e := c.entry(crowdKey(0), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(1), Track: track, SharePPM: &part}))
		e.Seq = c.sc.s.Next()
		_, err := ApplyVerified(c.sc.s, e)
		return err
	}
	var r *refusal.Refusal
	require.ErrorAs(t, give(""), &r)
	require.Equal(t, "delegation-reach", r.Rule)
	require.Greater(t, c.sc.s.Work(), int64(maxReach/edgesPerUnit))
	require.LessOrEqual(t, c.sc.s.Work(), int64(MaxWork))
	require.NoError(t, give("signal"))
}

// The work of a close is that of what it counts, among few agents and many.
func TestWorkOfACloseIsItsBallots(t *testing.T) {
	work := func(agents int) int64 {
		c := newCrowd(t, agents)
		delegateAll(c, 1)
		e := closeOfOne(c)
		e.Seq = c.sc.s.Next()
		_, err := ApplyVerified(c.sc.s, e)
		require.NoError(t, err)
		return c.sc.s.Work()
	}
	require.Equal(t, work(10), work(2000))
}

// A vote of one ballot closes for the same, however many delegations to others
// ended before it; nor does taking one back cost more where many lead to one. What
// ended is noted little by little, which changes nothing.
func TestEndedDelegationsCostNoCloseAnything(t *testing.T) {
	cost := func(agents int) (work int64, allocs float64) {
		c := newCrowd(t, agents)
		delegateAllUntil(c, 1, c.sc.at.TimeMs+500_000)
		e := closeOfOne(c)
		p := &c.sc.s.proposals.list[0]
		allocs = testing.AllocsPerRun(10, func() { c.sc.s.closeFact(p) })
		checkRepresented(t, c.sc.s, p)
		require.Zero(t, c.sc.s.closeFact(p).Delegation.Delegators)
		e.Seq, e.Stamp = c.sc.s.Next(), c.sc.at
		_, err := ApplyVerified(c.sc.s, e)
		require.NoError(t, err)
		work = c.sc.s.Work()
		for left := agents - 2 - endsPerEntry; left > 0; left -= endsPerEntry {
			require.Len(t, c.sc.s.delegations.expiring, left)
			c.apply(crowdKey(0), op.KindStatement, op.EncodeContent(op.Statement{Text: "x"}))
		}
		require.Empty(t, c.sc.s.delegations.expiring)
		checkBackings(t, c.sc.s)
		return work, allocs
	}
	few, fewAllocs := cost(50)
	many, manyAllocs := cost(3000)
	require.Equal(t, few, many)
	require.Equal(t, fewAllocs, manyAllocs)
}
