package ledger

import "github.com/econd/econd/node/op"

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

// DelegatedTo lists the delegations to an agent, in the order in which agents
// first delegated. It looks at every agent that ever delegated.
func (s *State) DelegatedTo(to op.PublicKey) []DelegationView {
	var list []DelegationView
	for _, at := range s.delegators {
		s.eachDelegation(at, func(v DelegationView) {
			if v.To == to {
				list = append(list, v)
			}
		})
	}
	return list
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
