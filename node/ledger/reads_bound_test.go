package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Pages of delegations received follow their entries and end within a bound of
// looks, however many were taken back since; all pages together have each that
// stands once.
func TestDelegationsArePagedWithinABound(t *testing.T) {
	c := newCrowd(t, maxDelegationLooks+200)
	delegateAll(c, 0)
	for i := 2; i < maxDelegationLooks+100; i++ {
		c.apply(crowdKey(i), op.KindUndelegate, op.EncodeContent(op.Undelegate{}))
	}
	list, next, ok := c.sc.s.DelegationsPage(crowdKey(0), 0, 30)
	require.True(t, ok)
	require.Empty(t, list, "all that was looked at is taken back")
	var got []op.PublicKey
	for next != 0 {
		list, next, _ = c.sc.s.DelegationsPage(crowdKey(0), next, 30)
		require.LessOrEqual(t, len(list), 30)
		for _, d := range list {
			got = append(got, d.From)
		}
	}
	var want []op.PublicKey
	for i := maxDelegationLooks + 100; i < maxDelegationLooks+200; i++ {
		want = append(want, crowdKey(i))
	}
	require.Equal(t, want, got)
}

// A page has what an agent gave and received in one order.
func TestDelegationsGivenAndReceivedShareAPage(t *testing.T) {
	c := newCrowd(t, 8)
	part := int64(10_000)
	for i := 1; i < 4; i++ {
		c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(0), SharePPM: &part}))
		c.apply(crowdKey(0), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(i + 3), SharePPM: &part}))
	}
	c.apply(crowdKey(2), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(0), SharePPM: &part})) // anew
	var got []op.PublicKey
	for next, more := uint64(0), true; more; more = next != 0 {
		var list []view.Delegation
		list, next, _ = c.sc.s.DelegationsPage(crowdKey(0), next, 2)
		for _, d := range list {
			if d.From == crowdKey(0) {
				got = append(got, d.To)
			} else {
				got = append(got, d.From)
			}
		}
	}
	require.Equal(t, []op.PublicKey{crowdKey(1), crowdKey(4), crowdKey(5), crowdKey(3), crowdKey(6), crowdKey(2)}, got)
}

// While a vote runs its delegated weight is told up to a bound of looks, and beyond
// it the ballots alone.
func TestOpenVotesAreExplainedWithinABound(t *testing.T) {
	explained := func(delegators int) *view.VoteExplained {
		c := newCrowd(t, delegators+2)
		delegateAll(c, 0)
		id := c.propose()
		c.sc.at.TimeMs += 2000
		c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
		x, ok := c.sc.s.Explain(id, c.sc.at.TimeMs)
		require.True(t, ok)
		return x.Vote
	}
	v := explained(maxExplained - 1)
	require.False(t, v.DelegatedLeftOut)
	require.EqualValues(t, maxExplained, v.For)
	require.EqualValues(t, maxExplained-1, v.Delegated)
	v = explained(maxExplained)
	require.True(t, v.DelegatedLeftOut)
	require.EqualValues(t, 1, v.For)
	require.Zero(t, v.Delegated)
}

// What everybody may read of an economy of 100,000 agents, while the writer waits.
func BenchmarkReads(b *testing.B) {
	const agents = 100_000
	c := newCrowdUnder(b, agents, func(sc *scenario) { sc.set("epoch_s", "31622400") })
	delegateAll(c, 0)
	for range turnoutVotes {
		closing := closeOfOne(c)
		closing.Seq = c.sc.s.Next()
		if _, err := ApplyVerified(c.sc.s, closing); err != nil {
			b.Fatal(err)
		}
	}
	open := c.propose()
	c.sc.at.TimeMs += 2000
	c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: open, Choice: "for"}))
	few := c.propose()
	c.sc.at.TimeMs += 2000
	for i := 2; i < maxExplained+2; i++ {
		c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: few, Choice: "for"}))
	}
	many := c.propose()
	c.sc.at.TimeMs += 2000
	for i := 1; i < agents; i++ {
		c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: many, Choice: "for"}))
	}
	for name, read := range map[string]func(){
		"ballots":                 func() { c.sc.s.BallotsPage(many, crowdKey(7), 500) },
		"explain/all delegate":    func() { c.sc.s.Explain(open, c.sc.at.TimeMs) },
		"explain/many ballots":    func() { c.sc.s.Explain(few, c.sc.at.TimeMs) },
		"delegations":             func() { c.sc.s.DelegationsPage(crowdKey(0), 0, 500) },
		"participation/delegator": func() { c.sc.s.Participation(crowdKey(5), "") },
		"participation/delegate":  func() { c.sc.s.Participation(crowdKey(0), "") },
		"delegate report":         func() { c.sc.s.DelegateReport(crowdKey(0)) },
		"delegate report/other":   func() { c.sc.s.DelegateReport(crowdKey(1)) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				read()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "of-1ms")
		})
	}
}
