package ledger

import (
	"slices"

	"github.com/econd/econd/node/ledger/internal/datedsums"
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/ledger/internal/fenwick"
)

// delegations are who delegates; what they delegate stands with each agent.
type delegations struct {
	delegators []slot         // who ever delegated, in order of the first time
	expiring   deadlines.Heap // of delegations, by agent
	leadSums   []leadSums     // of those who delegate
	number     []uint32       // of the agents in the graph of a close; all 0 between
	shared     bool           // somebody ever delegated a part
}

// leadSums are sums over the agents that delegate in one scope, by a weight
// class. Who delegates for all tracks is in the sums of "" alone; who delegates
// for a track only, in those of the track. Who is known to stop or to begin that
// by an expiry is in them as things stood before it, and the change is in ahead.
type leadSums struct {
	class  int
	track  string
	weight fenwick.Sums // present weight
	heads  fenwick.Sums // 1 each if that is above 0
	ahead  datedsums.Sums
}

// expire notes when delegations of an agent end, and expired takes the first out.
func (s *delegations) expire(atMs int64, agent slot) {
	s.expiring.Push(deadlines.Deadline{At: atMs, Index: int(agent)})
}

func (s *delegations) expired() slot {
	agent := slot(s.expiring[0].Index)
	s.expiring.Pop()
	return agent
}

// delegated notes an agent that delegates for the first time.
func (s *delegations) delegated(agent slot) { s.delegators = append(s.delegators, agent) }

// share notes that somebody delegates a part.
func (s *delegations) share() { s.shared = true }

// addSums starts sums.
func (s *delegations) addSums(l leadSums) { s.leadSums = append(s.leadSums, l) }

// dropSums lets go of the sums that are not needed.
func (s *delegations) dropSums(gone func(leadSums) bool) {
	s.leadSums = slices.DeleteFunc(s.leadSums, gone)
}

// numbers are of all agents, each 0. Who writes there writes 0 again.
func (s *delegations) numbers(agents int) []uint32 {
	s.number = append(s.number, make([]uint32, agents-len(s.number))...)
	return s.number
}
