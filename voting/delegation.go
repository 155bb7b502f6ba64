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
	if uint64(n) >= arrived-1 { // mutate:same, no test has two thousand million agents
		return fmt.Errorf("%w: %d agents are more than %d", ErrDelegation, n, arrived-2)
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
// voted, else whoever its delegations lead to, or Nobody if that is a cycle, a
// dead end or too far. The result depends on the graph alone, never on the
// order of the edges. It takes at most 12 bytes per agent beside the
// electorate, and no recursion.
func (e *Electorate) Voters(l Limits) ([]uint32, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	mark, err := e.resolve(l.MaxDepth, func(i int) uint32 { return uint32(i) })
	if err != nil {
		return nil, err
	}
	for i, m := range mark {
		if m&arrived == 0 || m == nowhere {
			mark[i] = Nobody
		} else {
			mark[i] = m &^ arrived
		}
	}
	return mark, nil
}

// A mark says where an agent's weight is while the graph is resolved: at
// another agent, or arrived with a result.
const (
	arrived = 1 << 31
	nowhere = ^uint32(0) // arrived, and nobody votes there
)

// resolve returns the final mark of every agent: arrived with the label of the
// voter it leads to, nowhere, or not arrived, which means a cycle.
func (e *Electorate) resolve(depth uint32, label func(int) uint32) ([]uint32, error) {
	mark, active, err := e.start(label)
	if err != nil {
		return nil, err
	}
	if depth == 0 {
		contract(mark, active)
	} else {
		contractWithin(mark, active, depth)
	}
	return mark, nil
}

// start marks voters as arrived and dead ends as nowhere, lets everybody else
// point at its delegate, and lists the latter by rising number.
func (e *Electorate) start(label func(int) uint32) (mark, active []uint32, err error) {
	n := len(e.Next)
	mark, active = make([]uint32, n), make([]uint32, n)
	next, ballot := e.Next[:n], e.Ballot[:n]
	count := 0
	for i := range mark {
		to := next[i]
		if int(to) >= n && to != Nobody {
			return nil, nil, fmt.Errorf("%w: agent %d delegates to %d of %d", ErrDelegation, i, to, n)
		}
		active[count] = uint32(i)
		switch {
		case ballot[i] != 0:
			mark[i] = arrived | label(i)
		case to == Nobody:
			mark[i] = nowhere
		default:
			mark[i] = to
			count++
		}
	}
	return mark, active[:count], nil
}

// contract follows every mark to its end by pointer jumping: each pass replaces
// a mark by the mark of the agent it points at, so the distance covered at
// least doubles, and nobody waits for anybody. The first two passes go down and
// up the numbers, which alone resolves lines of rising or falling numbers. What
// has not arrived after enough passes for the longest path is on a cycle.
func contract(mark, active []uint32) {
	kept := len(active)
	for k := len(active) - 1; k >= 0; k-- {
		i := active[k]
		to := mark[mark[i]]
		mark[i] = to
		active[kept-1] = i
		if to < arrived {
			kept--
		}
	}
	active = active[kept:]
	most := bits.Len(uint(len(mark)))
	for pass := 0; len(active) > 0 && pass < most; pass++ { // mutate:same, a pass more or an empty one changes nothing
		kept = 0
		for _, i := range active {
			to := mark[mark[i]]
			mark[i] = to
			active[kept] = i
			if to < arrived {
				kept++
			}
		}
		active = active[:kept]
	}
}

// contractWithin is contract with the number of hops kept beside each mark;
// agents that need more than depth hops end nowhere.
func contractWithin(mark, active []uint32, depth uint32) {
	hops := make([]uint32, len(mark))
	for _, i := range active {
		hops[i] = 1
	}
	// Every pass doubles the hops covered; their sums stop growing far above
	// any depth, so that a cycle cannot wrap them around.
	const far = 1 << 30
	for range bits.Len32(min(depth, uint32(len(mark)))) + 1 {
		for _, i := range active {
			if at := mark[i]; at < arrived {
				hops[i] = min(hops[i]+hops[at], far)
				mark[i] = mark[at]
			}
		}
	}
	for _, i := range active {
		if hops[i] > depth {
			mark[i] = nowhere
		}
	}
}

// Count tallies the electorate: every agent's weight goes to the option of the
// voter that speaks for it.
func (e *Electorate) Count(l Limits) (Counted, error) {
	if l.Cap != 0 {
		voters, err := e.Voters(l)
		if err != nil {
			return Counted{}, err
		}
		return e.countCapped(voters, l.Cap), nil
	}
	if err := e.check(); err != nil {
		return Counted{}, err
	}
	// Who the voter is does not matter here: its option is the label.
	mark, err := e.resolve(l.MaxDepth, func(i int) uint32 { return uint32(e.Ballot[i]) })
	if err != nil {
		return Counted{}, err
	}
	var c Counted
	var all, own [256]uint64
	ballot, weight := e.Ballot[:len(mark)], e.Weight[:len(mark)]
	for i, m := range mark {
		w := weight[i]
		option := uint8(m)
		if m < arrived || m == nowhere { // mutate:same, options start at 1, so none is arrived itself
			option = 0
		}
		all[option] += w
		own[ballot[i]] += w
	}
	c.Unrepresented, all[0], own[0] = all[0], 0, 0
	c.Option, c.Direct = all, own
	return c, nil
}

// Carried returns the weight each agent carries as a voter, its own included
// and before any cap; 0 for agents that did not vote.
func (e *Electorate) Carried(voters []uint32) []uint64 {
	carried := make([]uint64, len(voters))
	for i, voter := range voters {
		if voter != Nobody {
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
