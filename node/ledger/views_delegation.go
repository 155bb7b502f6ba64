package ledger

import (
	"sort"

	"github.com/econd/econd/node/op"
)

// DelegationView is one delegation, whether it has expired or not.
type DelegationView struct {
	From      op.PublicKey `json:"from"`
	Track     string       `json:"track"` // "" is all tracks
	To        op.PublicKey `json:"to"`
	SharePPM  uint32       `json:"share_ppm"`
	SinceMs   int64        `json:"since_ms"`
	ExpiresMs int64        `json:"expires_ms,omitempty"` // last instant at which it counts
	Seq       uint64       `json:"seq"`
}

// StatementView is what an agent says to those who delegate to it.
type StatementView struct {
	Agent op.PublicKey `json:"agent"`
	Track string       `json:"track"` // "" is all tracks
	Text  string       `json:"text"`
	Seq   uint64       `json:"seq"`
}

// Delegations lists what an agent delegates, in order of the first delegation
// for each track.
func (s *State) Delegations(from op.PublicKey) []DelegationView {
	var list []DelegationView
	if at, ok := s.agentAt[from]; ok {
		s.eachDelegation(at, func(v DelegationView) { list = append(list, v) })
	}
	return list
}

// maxDelegationLooks bounds the delegations, those taken back since included, that
// one page of an agent's looks at.
const maxDelegationLooks = 1000

// delegatedTo lists at most limit delegations to an agent from an entry on, in
// order of their entries. next is the entry where the rest starts, or 0: a page may
// be short, or empty, because too much was taken back since.
func (s *State) delegatedTo(to slot, from uint64, limit int) (list []DelegationView, next uint64) {
	all := s.agents[to].trustedBy
	first := sort.Search(len(all), func(i int) bool { return all[i].seq >= from })
	for n, t := range all[first:] {
		if n == maxDelegationLooks || len(list) == limit {
			return list, t.seq
		}
		s.eachDelegation(t.from, func(v DelegationView) {
			if v.Seq == t.seq {
				list = append(list, v)
			}
		})
	}
	return list, 0
}

func (s *State) eachDelegation(at slot, f func(DelegationView)) {
	for _, c := range s.agents[at].scopes {
		for _, d := range c.edges {
			f(DelegationView{From: s.agents[at].key, Track: c.track, To: s.agents[d.to].key,
				SharePPM: d.ppm, SinceMs: d.sinceMs, ExpiresMs: d.expiresMs, Seq: d.seq})
		}
	}
}

// Statements lists an agent's statements that are not withdrawn.
func (s *State) Statements(of op.PublicKey) []StatementView {
	at, ok := s.agentAt[of]
	if !ok {
		return nil
	}
	var list []StatementView
	for _, x := range s.agents[at].statements {
		if x.text != "" {
			list = append(list, StatementView{Agent: of, Track: x.track, Text: x.text, Seq: x.seq})
		}
	}
	return list
}
