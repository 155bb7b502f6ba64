package main

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/voting"
)

// unrepresented names the weight that reached no vote.
const unrepresented = "unrepresented"

func newDelegation() *cobra.Command {
	return caseCommand("delegation", "Tally votes through a delegation graph",
		`Delegation reads one graph, or an array of them, from standard input:

  {"weight": {"A": 1, "B": 1}, "edges": {"A": "B"}, "votes": {"B": "yes"}}

and writes {"tally": {"yes": 2}}. An edge goes from the delegator to the delegate;
{"A": {"B": 600000, "C": 400000}} delegates shares in parts per million. Whoever
votes keeps its weight. Weight that reaches no vote, on a cycle or at a dead end,
is "unrepresented". An agent without a weight weighs 0.

Example:
  echo '{"weight":{"A":1,"B":1},"edges":{"A":"B"},"votes":{"B":"yes"}}' | econsim delegation`,
		delegation)
}

type delegationResult struct {
	Tally map[string]uint64 `json:"tally"`
}

// graph is a delegation case with agents and options numbered.
type graph struct {
	agents  []string
	options []string
	voting.SharedElectorate
	next  []uint32
	whole bool
}

func delegation(in *object) (any, error) {
	if err := in.allow("weight", "edges", "votes"); err != nil {
		return nil, err
	}
	g, err := readGraph(in)
	if err != nil {
		return nil, err
	}
	counted, err := g.count()
	if err != nil {
		return nil, err
	}
	result := delegationResult{Tally: make(map[string]uint64)}
	for i, name := range g.options {
		result.Tally[name] = counted.Option[i+1]
	}
	if counted.Unrepresented > 0 {
		result.Tally[unrepresented] = counted.Unrepresented
	}
	return result, nil
}

// count takes the path that the ledger takes for such a graph: whole
// delegations are followed to their end, shares hop by hop.
func (g *graph) count() (voting.Counted, error) {
	if g.whole {
		e := voting.Electorate{Weight: g.Weight, Ballot: g.Ballot, Next: g.next}
		return e.Count(voting.Limits{})
	}
	return g.Count(voting.Limits{MaxDepth: voting.MaxDepth})
}

func readGraph(in *object) (*graph, error) {
	weight, err := in.object("weight")
	if err != nil {
		return nil, err
	}
	edges, err := in.object("edges")
	if err != nil {
		return nil, err
	}
	votes, err := in.object("votes")
	if err != nil {
		return nil, err
	}
	g := &graph{whole: true}
	targets, err := readEdges(edges)
	if err != nil {
		return nil, err
	}
	g.agents = slices.Concat(weight.names, edges.names, votes.names)
	for _, to := range targets {
		for _, t := range to {
			g.agents = append(g.agents, t.name)
		}
	}
	slices.Sort(g.agents)
	g.agents = slices.Compact(g.agents)
	n := len(g.agents)
	g.Weight, g.Ballot, g.Edges = make([]uint64, n), make([]uint8, n), make([][]voting.Edge, n)
	g.next = make([]uint32, n)
	if err := g.fillWeights(weight); err != nil {
		return nil, err
	}
	g.fillEdges(edges.names, targets)
	return g, g.fillVotes(votes)
}

func (g *graph) number(agent string) uint32 {
	i, _ := slices.BinarySearch(g.agents, agent)
	return uint32(i)
}

func (g *graph) fillWeights(weight *object) error {
	for _, name := range weight.names {
		w, err := weight.uint(name, 64)
		if err != nil {
			return err
		}
		g.Weight[g.number(name)] = w
	}
	return nil
}

// target is one end of an edge as given; ppm 0 stands for a whole delegation.
type target struct {
	name string
	ppm  uint32
}

func readEdges(edges *object) ([][]target, error) {
	all := make([][]target, len(edges.names))
	for i, name := range edges.names {
		raw := edges.members[name]
		if raw[0] != '{' {
			to, err := readText(edges.at(name), raw)
			if err != nil {
				return nil, err
			}
			all[i] = []target{{name: to}}
			continue
		}
		shares, err := readObject(edges.at(name), raw)
		if err != nil {
			return nil, err
		}
		if all[i], err = readShares(name, shares); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readShares(from string, shares *object) ([]target, error) {
	var targets []target
	sum := uint64(0)
	for _, to := range shares.names {
		ppm, err := shares.uint(to, 32)
		if err != nil {
			return nil, err
		}
		if sum += ppm; ppm == 0 || sum > voting.PPM {
			return nil, fmt.Errorf("%s: %d is not above 0, or makes more than %d in all", shares.at(to), ppm, voting.PPM)
		}
		if to == from {
			return nil, fmt.Errorf("%s: an agent cannot delegate a share to itself", shares.at(to))
		}
		targets = append(targets, target{to, uint32(ppm)})
	}
	return targets, nil
}

func (g *graph) fillEdges(from []string, targets [][]target) {
	for i := range g.next {
		g.next[i] = voting.Nobody
	}
	for i, name := range from {
		at := g.number(name)
		for _, t := range targets[i] {
			to := g.number(t.name)
			if t.ppm != 0 {
				g.whole = false
				g.Edges[at] = append(g.Edges[at], voting.Edge{To: to, PPM: t.ppm})
				continue
			}
			g.next[at] = to
			if to != at { // else the weight stays where it is, as it would on a cycle
				g.Edges[at] = append(g.Edges[at], voting.Edge{To: to, PPM: voting.PPM})
			}
		}
	}
}

func (g *graph) fillVotes(votes *object) error {
	chosen := make([]string, len(votes.names))
	for i, name := range votes.names {
		option, err := readText(votes.at(name), votes.members[name])
		if err != nil {
			return err
		}
		if option == unrepresented {
			return fmt.Errorf("%s: %q names the weight without a vote and cannot be an option", votes.at(name), unrepresented)
		}
		chosen[i] = option
	}
	g.options = slices.Compact(slices.Sorted(slices.Values(chosen)))
	if len(g.options) > 255 {
		return fmt.Errorf("votes: %s different options are more than 255", strconv.Itoa(len(g.options)))
	}
	for i, name := range votes.names {
		option, _ := slices.BinarySearch(g.options, chosen[i])
		g.Ballot[g.number(name)] = uint8(option + 1)
	}
	return nil
}
