package ledger

import (
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Delegations lists what an agent delegates, in order of the first delegation
// for each track.
func (s *State) Delegations(from op.PublicKey) []view.Delegation {
	var list []view.Delegation
	if at, ok := s.agents.at[from]; ok {
		s.eachDelegation(at, func(v view.Delegation) { list = append(list, v) })
	}
	return list
}

// maxDelegationLooks bounds the delegations, those taken back since included, that
// one page of an agent's looks at.
const maxDelegationLooks = 1000

// delegatedTo lists at most limit delegations to an agent from an entry on, in
// order of their entries. next is the entry where the rest starts, or 0: a page may
// be short, or empty, because too much was taken back since.
func (s *State) delegatedTo(to slot, from uint64, limit int) (list []view.Delegation, next uint64) {
	all := s.agents.list[to].trustedBy
	first := sort.Search(len(all), func(i int) bool { return all[i].seq >= from })
	for n, t := range all[first:] {
		if n == maxDelegationLooks || len(list) == limit {
			return list, t.seq
		}
		s.eachDelegation(t.from, func(v view.Delegation) {
			if v.Seq == t.seq {
				list = append(list, v)
			}
		})
	}
	return list, 0
}

func (s *State) eachDelegation(at slot, f func(view.Delegation)) {
	for _, c := range s.agents.list[at].scopes {
		for _, d := range c.edges {
			f(view.Delegation{From: s.agents.list[at].key, Track: c.track, To: s.agents.list[d.to].key,
				SharePPM: d.ppm, SinceMs: d.sinceMs, ExpiresMs: d.expiresMs, Seq: d.seq})
		}
	}
}

// Statements lists an agent's statements that are not withdrawn.
func (s *State) Statements(of op.PublicKey) []view.Statement {
	at, ok := s.agents.at[of]
	if !ok {
		return nil
	}
	var list []view.Statement
	for _, x := range s.agents.list[at].statements {
		if x.text != "" {
			list = append(list, view.Statement{Agent: of, Track: x.track, Text: x.text, Seq: x.seq})
		}
	}
	return list
}
