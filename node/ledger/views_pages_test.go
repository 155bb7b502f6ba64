package ledger

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// wholeOf goes through the pages of a list, none of which may pass 1 MiB by more than
// one element, and returns all elements. read returns the page after the last element of
// the one before, none at the start, and whether more follow.
func wholeOf[T any](t *testing.T, read func(last *T) (list []T, more bool)) (all []T) {
	t.Helper()
	var last *T
	for pages := 1; ; pages++ {
		list, more := read(last)
		raw := []byte(op.EncodeContent(list))
		if len(raw) > pageBytes+8<<10 || more && len(raw) < pageBytes/2 {
			t.Fatalf("page %d has %d bytes, more %v", pages, len(raw), more)
		}
		if all = append(all, list...); !more {
			require.Greater(t, pages, 1)
			return all
		}
		last = &list[len(list)-1]
	}
}

// Whatever a list is of, its pages end at about 1 MiB, and have each element once.
func TestEveryPageIsBounded(t *testing.T) {
	const n = 800
	c := newCrowdUnder(t, n, func(*scenario) {})
	s := c.sc.s
	id := c.propose()
	c.sc.at.TimeMs += 2000
	for i := range s.agents.list {
		c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
	}
	p := &s.proposals.list[s.proposals.at[id]]
	p.filled = make([]filling, len(p.ballots))
	for i := range p.ballots {
		p.ballots[i].choice, p.filled[i].raw = Filled, op.Raw(strings.Repeat("1", 4<<10))
	}
	s.agents.list[0].holds = nil
	for i := range n {
		s.agents.list[0].holds = append(s.agents.list[0].holds, len(s.holds.list))
		s.holds.list = append(s.holds.list, hold{id: op.ID{byte(i), byte(i >> 8), 9}, seq: uint64(i + 1), invoice: strings.Repeat("x", 1<<10), reason: strings.Repeat("\n\"", 250)})
		s.pauses.motions = append(s.pauses.motions, pauseMotion{tracks: []string{"signal"}, assents: []assent{{seq: uint64(i + 1), reason: strings.Repeat("\x01", 500)}}})
		s.registry.list = append(s.registry.list, registryEntry{url: strings.Repeat("x", maxURL), changes: make([]registryChange, 10)})
	}
	ballots := wholeOf(t, func(last *view.Ballot) ([]view.Ballot, bool) {
		var after op.PublicKey
		if last != nil {
			after = last.Voter
		}
		list, more, _ := s.BallotsPage(id, after, 2*n)
		return list, more
	})
	require.Len(t, ballots, n)
	for i := range ballots[1:] {
		require.Negative(t, bytes.Compare(ballots[i].Voter[:], ballots[i+1].Voter[:]))
	}
	holds := wholeOf(t, func(last *view.Hold) ([]view.Hold, bool) {
		from := uint64(0)
		if last != nil {
			from = uint64(last.ID[0]) + uint64(last.ID[1])<<8 + 2
		}
		page, _ := s.HoldsPage(crowdKey(0), Moment{}, from, 2*n)
		return page.Holds, page.Next != 0
	})
	require.Len(t, holds, n)
	motions := wholeOf(t, func(last *view.PauseMotion) ([]view.PauseMotion, bool) {
		from := uint64(0)
		if last != nil {
			from = last.Signed[0].Seq + 1
		}
		list, next := s.PauseMotionsPage(from, 2*n)
		return list, next != 0
	})
	require.Len(t, motions, n)
	at := 0
	entries := wholeOf(t, func(*view.RegistryEntry) (list []view.RegistryEntry, more bool) {
		list, at = Listed(at, 2*n, s.RegistrySize(), func(i int) (view.RegistryEntry, bool) { return s.RegistryAt(i), true })
		return list, at != 0
	})
	require.Len(t, entries, n)
}

// A page of what fits seldom looks at so many elements and goes on from there.
func TestPageThatFindsLittle(t *testing.T) {
	list, next := Listed(7, 10, 20_000, func(i int) (int, bool) { return i, i == 6000 })
	require.Empty(t, list)
	require.Equal(t, 7+pageLooks, next)
	list, next = Listed(next, 10, 6001, func(i int) (int, bool) { return i, i == 6000 })
	require.Equal(t, []int{6000}, list)
	require.Zero(t, next)
}
