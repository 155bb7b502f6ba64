package voting

import (
	"errors"
	"fmt"

	"github.com/econd/econd/node/muldiv"
)

// ErrReach is the kind of the refusal to follow a delegation to its end.
var ErrReach = errors.New("delegations reached from the agent")

// Edge gives a share of an agent's weight to another.
type Edge struct {
	// To is the delegate.
	To uint32
	// PPM is the share, from 1 to 1,000,000. A whole delegation is one edge
	// of 1,000,000.
	PPM uint32
}

// SharedElectorate is an Electorate whose agents may divide their weight among
// several delegates.
type SharedElectorate struct {
	Weight []uint64
	Ballot []uint8
	// Edges are each agent's delegations: shares sum to at most the whole,
	// and no delegate is named twice.
	Edges [][]Edge
}

// check reports the first agent whose edges break a rule.
func (e *SharedElectorate) check(l Limits) error {
	n := len(e.Weight)
	base := Electorate{Weight: e.Weight, Ballot: e.Ballot, Next: make([]uint32, len(e.Edges))}
	if err := base.check(); err != nil {
		return err
	}
	if l.MaxDepth == 0 || l.MaxDepth > MaxDepth {
		return fmt.Errorf("%w: max_depth: %d is not between 1 and %d, which shares need", ErrDelegation, l.MaxDepth, MaxDepth)
	}
	for i, edges := range e.Edges {
		if err := CheckShares(uint32(i), edges, n); err != nil {
			return err
		}
	}
	return nil
}

// CheckShares reports whether one agent's edges may stand: known delegates,
// none twice, not itself, every share above zero and no more than the whole in
// sum.
func CheckShares(agent uint32, edges []Edge, agents int) error {
	sum := uint64(0)
	for i, edge := range edges {
		if int(edge.To) >= agents {
			return fmt.Errorf("%w: agent %d delegates to %d of %d", ErrDelegation, agent, edge.To, agents)
		}
		if edge.To == agent {
			return fmt.Errorf("%w: agent %d delegates to itself", ErrDelegation, agent)
		}
		if edge.PPM == 0 {
			return fmt.Errorf("%w: agent %d delegates an empty share", ErrDelegation, agent)
		}
		for _, other := range edges[:i] {
			if other.To == edge.To {
				return fmt.Errorf("%w: agent %d delegates to %d twice", ErrDelegation, agent, edge.To)
			}
		}
		sum += uint64(edge.PPM)
	}
	if sum > PPM {
		return fmt.Errorf("%w: agent %d delegates %d parts of %d", ErrDelegation, agent, sum, PPM)
	}
	return nil
}

// Count tallies an electorate with shares. All weight moves one hop at a time,
// at most MaxDepth times: a voter keeps what reaches it; anybody else passes
// floor(weight * share) along each edge, and the remainder stays with it,
// unrepresented. So does what still travels after the last hop. Cutting each
// hop at once makes the result independent of the order of agents and edges.
// Where every edge is whole, the result is that of Electorate.Count.
func (e *SharedElectorate) Count(l Limits) (Counted, error) {
	carried, err := e.Carried(l)
	if err != nil {
		return Counted{}, err
	}
	var c Counted
	for i, own := range e.Weight {
		c.Unrepresented += own
		if option := e.Ballot[i]; option != 0 {
			kept := carried[i]
			if l.Cap != 0 {
				kept = Capped(kept, own, l.Cap)
			}
			c.Option[option] += kept
			c.Direct[option] += own
			c.Unrepresented -= kept // may wrap on the way, the sum does not
		}
	}
	return c, nil
}

// Carried returns the weight that reaches each agent that voted, its own
// included and before any cap; 0 for the others.
func (e *SharedElectorate) Carried(l Limits) ([]uint64, error) {
	if err := e.check(l); err != nil {
		return nil, err
	}
	n := len(e.Weight)
	carried := make([]uint64, n)
	moving := make([]uint64, n)
	for i, w := range e.Weight {
		if e.Ballot[i] != 0 {
			carried[i] = w
		} else {
			moving[i] = w
		}
	}
	for range l.MaxDepth {
		arrived, travels := make([]uint64, n), false
		for i, w := range moving {
			if w == 0 {
				continue
			}
			for _, edge := range e.Edges[i] {
				part := muldiv.Floor(w, uint64(edge.PPM), PPM)
				if e.Ballot[edge.To] != 0 {
					carried[edge.To] += part
				} else {
					arrived[edge.To] += part
					travels = travels || part != 0
				}
			}
		}
		moving = arrived
		if !travels {
			break
		}
	}
	return carried, nil
}

// CheckEdges reports whether an agent may replace its delegations by edges. It
// refuses a path back to the agent when any edge on it is less than whole, and
// shares deeper than the limit. Edges are looked up with out, which returns the
// present delegations of an agent.
//
// Nothing travels more than depth hops, so none is followed farther; and at most
// so many edges are looked at, beyond which the error is ErrReach. looked is how
// many were.
func CheckEdges(agent uint32, edges []Edge, agents int, depth uint32, most int, out func(uint32) []Edge) (looked int, err error) {
	if err := CheckShares(agent, edges, agents); err != nil {
		return 0, err
	}
	// Breadth first, remembering for each agent whether a path with a share
	// leads to it: at most two visits each.
	type visit struct {
		at     uint32
		hops   uint32
		shared bool
	}
	seen := make(map[uint32]uint8)
	queue := []visit{{at: agent}}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		from := edges
		if v.hops > 0 {
			if v.at == agent {
				if v.shared {
					return looked, fmt.Errorf("%w: agent %d would delegate a share to itself over %d hops", ErrDelegation, agent, v.hops)
				}
				continue
			}
			from = out(v.at)
		}
		if looked += len(from); looked > most {
			return looked, fmt.Errorf("%w: more than %d", ErrReach, most)
		}
		for _, edge := range from {
			w := visit{edge.To, v.hops + 1, v.shared || edge.PPM != PPM}
			bit := uint8(1)
			if w.shared {
				bit = 2
			}
			if seen[w.at]&bit != 0 {
				continue
			}
			seen[w.at] |= bit
			switch {
			case w.hops <= depth:
				queue = append(queue, w)
			case w.shared:
				return looked, fmt.Errorf("%w: a share of agent %d would travel %d hops, at most %d are allowed",
					ErrDelegation, agent, w.hops, depth)
			}
		}
	}
	return looked, nil
}
