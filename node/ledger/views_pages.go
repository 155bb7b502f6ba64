package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/op"
)

// Pages of lists that change in their midst start at a sequence number, so that
// they neither skip nor repeat an element while others come and go.

// DelegationsPage lists at most limit delegations that an agent gave or
// received, in order of their entries, from entry from on. next is where the
// following page starts, or 0; ok is false if no agent has the key. A page looks at
// no more than 1,000 delegations received, so that it may have fewer than limit
// though others follow.
func (s *State) DelegationsPage(of op.PublicKey, from uint64, limit int) (list []DelegationView, next uint64, ok bool) {
	at, ok := s.agentAt[of]
	if !ok {
		return nil, 0, false
	}
	received, rest := s.delegatedTo(at, from, limit)
	list = append(s.Delegations(of), received...)
	if rest != 0 {
		list = slices.DeleteFunc(list, func(d DelegationView) bool { return d.Seq >= rest })
	}
	list, next = pageBySeq(list, func(d DelegationView) uint64 { return d.Seq }, from, limit)
	if next == 0 {
		next = rest
	}
	return list, next, true
}

// PauseMotionsPage lists at most limit of the pauses that wait for more
// guardians, in order of their first signature, from entry from on. next is
// where the following page starts, or 0.
func (s *State) PauseMotionsPage(from uint64, limit int) (list []PauseMotionView, next uint64) {
	return pageBySeq(s.PauseMotions(), func(m PauseMotionView) uint64 { return m.Signed[0].Seq }, from, limit)
}

func pageBySeq[T any](list []T, seq func(T) uint64, from uint64, limit int) ([]T, uint64) {
	list = slices.DeleteFunc(list, func(v T) bool { return seq(v) < from })
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
	if len(list) <= limit {
		return list, 0
	}
	return list[:limit], seq(list[limit])
}
