package voting

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrDelegation is the kind of every refusal of a delegation graph or edge. The
// sentence names the agent.
var ErrDelegation = errors.New("delegation is not valid")

// Nobody marks an agent that delegates to nobody.
const Nobody = ^uint32(0)

// MaxDepth bounds the hops of a delegation in shares, and is the most that a
// track may allow.
const MaxDepth = 64

// Electorate is the frozen input of one tally: agents are numbered densely from
// 0, and all slices have one entry per agent.
type Electorate struct {
	// Weight is what each agent brings.
	Weight []uint64
	// Ballot is the option of an agent that voted itself, from 1 to 255; 0
	// if it did not vote. What an option means is the caller's affair: it
	// may number distinct ballots.
	Ballot []uint8
	// Next is the agent that each delegates to, or Nobody.
	Next []uint32
}

// Limits are a track's bounds on delegation. The zero value sets none.
type Limits struct {
	// MaxDepth is the most hops from an agent to whoever votes for it;
	// beyond it the agent is unrepresented. 0 is no limit.
	MaxDepth uint32
	// Cap is the most weight that one voter may carry, its own included; a
	// voter's own weight always counts, and what exceeds the cap is
	// unrepresented. 0 is no cap.
	Cap uint64
}

// Counted is the result of a tally with delegation. The sum of Option[1:] and
// Unrepresented is the total weight of the electorate.
type Counted struct {
	// Option is the weight behind each option; Option[0] is not used.
	Option [256]uint64
	// Direct is the part of Option that agents cast themselves: the rest
	// can still be recalled by voting.
	Direct [256]uint64
	// Unrepresented is the weight that reached no ballot.
	Unrepresented uint64
}

// check reports slices of different lengths, agents out of range and weights
// whose sum does not fit 64 bits.
func (e *Electorate) check() error {
	n := len(e.Weight)
	if len(e.Ballot) != n || len(e.Next) != n {
		return fmt.Errorf("%w: %d weights, %d ballots and %d edges", ErrDelegation, n, len(e.Ballot), len(e.Next))
	}
	if uint64(n) >= uint64(Nobody) {
		return fmt.Errorf("%w: %d agents are more than %d", ErrDelegation, n, Nobody-1)
	}
	sum, over := uint64(0), uint64(0)
	for _, w := range e.Weight {
		var carry uint64
		sum, carry = bits.Add64(sum, w, 0)
		over |= carry
	}
	if over != 0 {
		return fmt.Errorf("%w: the weights do not sum up in 64 bits", ErrDelegation)
	}
	return nil
}

// Voters returns for each agent the voter that speaks for it: itself if it
// voted, else whoever its delegations lead to; an agent without Ballot in the
// result is unrepresented, whether on a cycle, at a dead end or too deep. The
// result depends on the graph alone, never on the order of the edges. It uses
// at most 12 bytes per agent beside the electorate, and no recursion.
func (e *Electorate) Voters(l Limits) ([]uint32, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	root, err := e.start()
	if err != nil {
		return nil, err
	}
	if l.MaxDepth == 0 {
		e.contract(root)
	} else {
		e.contractWithin(root, l.MaxDepth)
	}
	return root, nil
}

// start makes every agent point where its weight goes first: voters and agents
// that delegate to nobody point at themselves.
func (e *Electorate) start() ([]uint32, error) {
	n := len(e.Next)
	root := make([]uint32, n)
	next, ballot := e.Next[:n], e.Ballot[:n]
	for i := range root {
		to := next[i]
		if to != Nobody && int(to) >= n {
			return nil, fmt.Errorf("%w: agent %d delegates to %d of %d", ErrDelegation, i, to, n)
		}
		if to == Nobody || ballot[i] != 0 {
			to = uint32(i)
		}
		root[i] = to
	}
	return root, nil
}

// contract follows every pointer to its end by pointer jumping: each pass
// replaces a pointer by the pointer of the agent it points at, so the distance
// covered at least doubles. A voter points at itself, so a pointer that has
// arrived stays. What still moves after enough passes for the longest possible
// path is on the way into a cycle, where nobody votes.
func (e *Electorate) contract(root []uint32) {
	// First pass downwards, which alone resolves chains of rising numbers.
	n := len(root)
	for i := n - 1; i >= 0; i-- {
		root[i] = root[root[i]]
	}
	active := make([]uint32, n)
	count := 0
	for i, at := range root {
		to := root[at]
		root[i] = to
		active[count] = uint32(i)
		if to != at {
			count++
		}
	}
	active = active[:count]
	for pass := 0; len(active) > 0 && pass < bits.Len(uint(n)); pass++ {
		count = 0
		for _, i := range active {
			at := root[i]
			to := root[at]
			root[i] = to
			active[count] = i
			if to != at {
				count++
			}
		}
		active = active[:count]
	}
}

// contractWithin is contract with the number of hops kept beside each pointer.
// Agents that need more than depth hops are cut off: they point at themselves.
func (e *Electorate) contractWithin(root []uint32, depth uint32) {
	n := len(root)
	hops := make([]uint32, n)
	for i := range root {
		if root[i] != uint32(i) {
			hops[i] = 1
		}
	}
	// Doubling covers more than depth hops after this many passes; the sums
	// saturate so that cycles cannot wrap them around.
	const far = 1 << 30
	for range bits.Len32(min(depth, uint32(n))) + 1 {
		for i, at := range root {
			hops[i] = min(hops[i]+hops[at], far)
			root[i] = root[at]
		}
	}
	for i := range root {
		if hops[i] > depth || root[root[i]] != root[i] {
			root[i] = uint32(i)
		}
	}
}

// Count tallies the electorate: every agent's weight goes to the option of the
// voter that speaks for it.
func (e *Electorate) Count(l Limits) (Counted, error) {
	voters, err := e.Voters(l)
	if err != nil {
		return Counted{}, err
	}
	if l.Cap != 0 {
		return e.countCapped(voters, l.Cap), nil
	}
	return e.CountFor(voters), nil
}

// CountFor tallies with voters as Voters returned them.
func (e *Electorate) CountFor(voters []uint32) Counted {
	var c Counted
	var all, own [256]uint64
	n := len(voters)
	ballot, weight := e.Ballot[:n], e.Weight[:n]
	for i, voter := range voters {
		w := weight[i]
		all[ballot[voter]] += w
		own[ballot[i]] += w
	}
	c.Unrepresented, all[0], own[0] = all[0], 0, 0
	c.Option, c.Direct = all, own
	return c
}

// Carried returns the weight each agent carries as a voter, its own included
// and before any cap; 0 for agents that did not vote.
func (e *Electorate) Carried(voters []uint32) []uint64 {
	carried := make([]uint64, len(voters))
	for i, voter := range voters {
		if e.Ballot[voter] != 0 {
			carried[voter] += e.Weight[i]
		}
	}
	return carried
}

func (e *Electorate) countCapped(voters []uint32, limit uint64) Counted {
	var c Counted
	for i, carried := range e.Carried(voters) {
		c.Unrepresented += e.Weight[i]
		if option := e.Ballot[i]; option != 0 {
			kept := Capped(carried, e.Weight[i], limit)
			c.Option[option] += kept
			c.Direct[option] += e.Weight[i]
			c.Unrepresented -= kept // may wrap on the way, the sum does not
		}
	}
	return c
}

// Capped returns what of a voter's carried weight counts under a cap: at most
// the cap, but never less than its own.
func Capped(carried, own, limit uint64) uint64 {
	return max(own, min(carried, limit))
}
