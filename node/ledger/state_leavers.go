package ledger

import "github.com/econd/econd/node/ledger/internal/fenwick"

// leavers are who left, and who has announced it.
type leavers struct {
	list        []departure // those that left, in order
	going, left goneSums    // of who leaves or left; of who left, those who blocked a decision apart
	leavingSat  uint64      // locked stake of those that leave when a decision is executed
}

// departure is one agent that has left.
type departure struct {
	atMs    int64
	agent   slot
	ownSat  uint64
	blocked bool // left by a decision that failed because of its leavers
}

// goneSums are sums over agents that leave, or have left, of what each weighs for a
// vote by the start of it: the stake that it announced to leave with, or what it had
// locked right before the start where that is less. So nobody weighs for a vote that
// started after it left.
//
// As the start moves, the sum changes where the stake of one of them did. These
// changes stand at the places of State.lockedSat, which has one for every change of
// anybody's stake: the sum for any start costs log2 of these, and an agent as many
// steps as its stake ever changed.
type goneSums struct{ changes fenwick.Sums }

// countSat follows the locked stake of those that leave.
func (s *leavers) countSat(more uint64) { s.leavingSat += more }

// depart records an agent that left.
func (s *leavers) depart(d departure) { s.list = append(s.list, d) }

// add changes the sums at a place.
func (g *goneSums) add(place int, more uint64) { g.changes.Add(uint32(place), more) }
