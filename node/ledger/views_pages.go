package ledger

import (
	"cmp"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Pages of lists that change in their midst start at a sequence number, so that
// they neither skip nor repeat an element while others come and go.

// Bounds of every page, beside its limit: the writer waits while it is made, and its
// reader holds it.
const (
	pageLooks = 5000    // at elements that do not fit, or do
	pageBytes = 1 << 20 // as shown, about; the element that reaches it is the last
	viewBytes = 1 << 10 // of an element beside its texts, about
	partBytes = 250     // of one of the many parts that it may have, about
)

// said is the length of what a proposal says, as far as it may be long.
func (p *proposal) said() int {
	n := int(p.saidBytes) + len(p.text) + len(p.terms)
	for _, a := range p.raw {
		n += len(a)
	}
	for _, o := range p.options {
		n += len(o)
	}
	return n
}

// viewBytes is about the length of a proposal as it is shown, all texts recalled.
func (p *proposal) viewBytes() int {
	n := viewBytes + p.said() + len(p.reason)
	if p.reasonSeq != 0 {
		n += maxReason
	}
	if v := p.eval; v != nil {
		n += partBytes * (2 + len(v.Metrics)*(1+len(v.Reporters)) + len(v.Reporters))
	}
	for _, list := range [][]assent{p.vetoes, p.cancels} {
		for _, a := range list {
			if n += partBytes + len(a.reason); a.reason == "" {
				n += maxReason
			}
		}
	}
	return n
}

// viewBytes is about the length of a dispute as it is shown, all texts recalled.
func (x *dispute) viewBytes() int {
	n := viewBytes
	for i, list := range [][]partyBond{x.bonds, x.appeals} {
		for j, b := range list {
			n += partBytes + len(b.text) + int(b.textBytes)
			if i == 0 && j == 0 {
				n += len(b.text) + int(b.textBytes) // the challenge's is shown twice
			}
		}
	}
	for i := range x.rounds {
		n += partBytes * (1 + len(x.rounds[i].seats))
	}
	return n
}

// pageOf collects at most limit of size elements, from index from on: add has the
// i-th, tells its bytes, or false if it does not fit. next is where the following page
// starts, or 0.
func pageOf(from, limit, size int, add func(i int) (bytes int, fits bool)) (next int) {
	looks, bytes, got := 0, 0, 0
	for i := from; i < size; i++ {
		if got == limit || looks == pageLooks || bytes >= pageBytes {
			return i
		}
		looks++
		if n, fits := add(i); fits {
			bytes, got = bytes+n, got+1
		}
	}
	return 0
}

// Listed collects at most limit of size elements, from index from on: at has the i-th
// as it is shown, or false if it does not fit. next is where the following page
// starts, or 0. A page looks at 5,000 elements and holds about 1 MiB at most, so that
// it may have fewer though others follow.
func Listed[T any](from, limit, size int, at func(i int) (v T, fits bool)) (list []T, next int) {
	list = []T{}
	next = pageOf(from, limit, size, func(i int) (int, bool) {
		v, fits := at(i)
		if !fits {
			return 0, false
		}
		list = append(list, v)
		return shownBytes(v), true
	})
	return list, next
}

// fitting is how many of the first elements of a list a page of it has.
func fitting[T any](list []T, limit int) int {
	n, next := 0, 0
	if next = pageOf(0, limit, len(list), func(i int) (int, bool) { n++; return shownBytes(list[i]), true }); next == 0 {
		return len(list)
	}
	return n
}

// ProposalsPage lists at most limit of the proposals that fit by track and state at
// nowMs, in order of entry, from index from on. next is where the following page
// starts, or 0. A page looks at 5,000 proposals and holds about 1 MiB at most, texts
// that are to be recalled included, so that it may have fewer though others follow.
func (s *State) ProposalsPage(from, limit int, nowMs int64, fits func(track, state string) bool) (list []view.Proposal, next int) {
	list = []view.Proposal{}
	next = pageOf(from, limit, len(s.proposals.list), func(i int) (int, bool) {
		p := &s.proposals.list[i]
		if !fits(p.track.Name, p.life.Phase(p.track, nowMs).String()) {
			return 0, false
		}
		list = append(list, s.ProposalAt(i, nowMs))
		return p.viewBytes(), true
	})
	return list, next
}

// DisputesPage lists disputes as ProposalsPage lists proposals.
func (s *State) DisputesPage(from, limit int, nowMs int64, fits func(state string) bool) (list []view.Dispute, next int) {
	return s.disputesPage(len(s.disputes.list), func(i int) int { return i }, from, limit, nowMs, fits)
}

// ProposalDisputesPage is DisputesPage of the disputes about one proposal, or false if
// there is no such proposal.
func (s *State) ProposalDisputesPage(id op.ID, from, limit int, nowMs int64, fits func(state string) bool) (list []view.Dispute, next int, ok bool) {
	i, ok := s.proposals.at[id]
	if !ok {
		return nil, 0, false
	}
	of := s.proposals.list[i].disputes
	list, next = s.disputesPage(len(of), func(i int) int { return of[i] }, from, limit, nowMs, fits)
	return list, next, true
}

func (s *State) disputesPage(size int, at func(int) int, from, limit int, nowMs int64, fits func(state string) bool) (list []view.Dispute, next int) {
	list = []view.Dispute{}
	next = pageOf(from, limit, size, func(i int) (int, bool) {
		x := &s.disputes.list[at(i)]
		if !fits(disputeStates[x.state]) {
			return 0, false
		}
		list = append(list, s.DisputeAt(at(i), nowMs))
		return x.viewBytes(), true
	})
	return list, next
}

// DelegationsPage lists at most limit delegations that an agent gave or
// received, in order of their entries, from entry from on. next is where the
// following page starts, or 0; ok is false if no agent has the key. A page looks at
// no more than 1,000 delegations received, so that it may have fewer than limit
// though others follow.
func (s *State) DelegationsPage(of op.PublicKey, from uint64, limit int) (list []view.Delegation, next uint64, ok bool) {
	at, ok := s.agents.at[of]
	if !ok {
		return nil, 0, false
	}
	received, rest := s.delegatedTo(at, from, limit)
	list = append(s.Delegations(of), received...)
	if rest != 0 {
		list = slices.DeleteFunc(list, func(d view.Delegation) bool { return d.Seq >= rest })
	}
	list, next = pageBySeq(list, func(d view.Delegation) uint64 { return d.Seq }, from, limit)
	if next == 0 {
		next = rest
	}
	return list, next, true
}

// PauseMotionsPage lists at most limit of the pauses that wait for more
// guardians, in order of their first signature, from entry from on. next is
// where the following page starts, or 0.
func (s *State) PauseMotionsPage(from uint64, limit int) (list []view.PauseMotion, next uint64) {
	return pageBySeq(s.PauseMotions(), func(m view.PauseMotion) uint64 { return m.Signed[0].Seq }, from, limit)
}

func pageBySeq[T any](list []T, seq func(T) uint64, from uint64, limit int) ([]T, uint64) {
	list = slices.DeleteFunc(list, func(v T) bool { return seq(v) < from })
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
	n := fitting(list, limit)
	if n == len(list) {
		return list, 0
	}
	return list[:n], seq(list[n])
}
