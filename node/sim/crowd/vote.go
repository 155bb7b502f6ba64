package crowd

import "github.com/econd/econd/voting"

// Vote is one vote: what agents think of it, and the rules.
type Vote struct {
	Number int64 // of the vote, for its random numbers
	Step   int64
	Groups []Opinion // by group
	Weight voting.WeightRule
	Quorum voting.QuorumRule
	Pass   voting.PassRule
	// Limits are those of delegation among the eligible weight; nil is none.
	Limits  func(eligible uint64) voting.Limits
	Turnout uint32 // the track's average, in parts per million
}

// Opinion is how the agents of one group vote.
type Opinion struct {
	TurnoutPpm, ErrorPpm uint64
	For                  bool
}

// Outcome is what a vote came to.
type Outcome struct {
	Passed                 bool
	For, Against, Eligible uint64
	Delegated              uint64   // of For and Against, through delegates
	Ballots                []uint64 // of each group
	Own                    []uint64 // weight of the ballots of each group
}

// Poll lets every agent that has joined make up its mind once, by the weights
// of now, and counts.
func (e *Economy) Poll(v Vote) (Outcome, error) {
	el := voting.Electorate{Weight: e.Weights(v.Weight), Ballot: make([]uint8, len(e.stake)), Next: e.next}
	if el.Next == nil {
		el.Next = make([]uint32, len(e.stake))
		for i := range el.Next {
			el.Next[i] = voting.Nobody
		}
	}
	var out Outcome
	for _, w := range el.Weight {
		out.Eligible += w
	}
	key := e.c.keyOf(v.Step, votes+purpose(v.Number))
	ballots, own := make([][]uint64, e.c.Workers), make([][]uint64, e.c.Workers)
	for i := range own {
		ballots[i], own[i] = make([]uint64, len(e.groups)), make([]uint64, len(e.groups))
	}
	e.each(func(worker, k, from, to int) {
		o := v.Groups[k]
		for i := from; i < to; i++ {
			el.Weight[i] = v.Weight.Capped(el.Weight[i], out.Eligible)
			d := drawsOf(key, i)
			votes, errs := d.happens(o.TurnoutPpm), d.happens(o.ErrorPpm)
			if !votes || el.Weight[i] == 0 || !e.operate(i) {
				continue
			}
			el.Ballot[i] = voting.OptionAgainst
			if o.For != errs {
				el.Ballot[i] = voting.OptionFor
			}
			ballots[worker][k]++
			own[worker][k] += el.Weight[i]
		}
	})
	out.Ballots, out.Own = make([]uint64, len(e.groups)), make([]uint64, len(e.groups))
	for i := range own {
		for k := range own[i] {
			out.Ballots[k] += ballots[i][k]
			out.Own[k] += own[i][k]
		}
	}
	return out, e.count(v, &el, &out)
}

// count tallies and decides.
func (e *Economy) count(v Vote, el *voting.Electorate, out *Outcome) error {
	var limits voting.Limits
	if v.Limits != nil {
		limits = v.Limits(out.Eligible)
	}
	counted, err := el.Count(limits)
	if err != nil {
		return err
	}
	poll := voting.Poll{Eligible: out.Eligible, Closed: true, MinPeriodOver: true,
		Cast:   voting.Counts{For: counted.Option[voting.OptionFor], Against: counted.Option[voting.OptionAgainst]},
		Direct: voting.Counts{For: counted.Direct[voting.OptionFor], Against: counted.Direct[voting.OptionAgainst]}}
	out.For, out.Against = poll.Cast.For, poll.Cast.Against
	out.Delegated = out.For + out.Against - poll.Direct.For - poll.Direct.Against
	out.Passed = voting.Decide(v.Quorum, v.Pass, v.Turnout, poll) == voting.Passed
	return nil
}

// Weights are those of all agents by a rule, before its cap; zero for those who
// have not joined.
func (e *Economy) Weights(rule voting.WeightRule) []uint64 {
	out := make([]uint64, len(e.stake))
	e.each(func(_, k, from, to int) {
		g := &e.groups[k]
		for i := from; i < to; i++ {
			out[i] = rule.Weight(voting.Basis{StakeSat: e.stake[i], Reputation: e.score(g, i)})
		}
	})
	return out
}

// Delegate lets every agent that seeks a delegate look at a few random ones of
// those that publish a statement, or of all if nobody does. By reputation it
// moves to the one with the highest score, if that is more than its present
// one's; by statement it takes one and stays.
func (e *Economy) Delegate(step int64) {
	if e.next == nil {
		return
	}
	speakers := e.speakers()
	count := total(speakers)
	if count == 0 {
		return
	}
	key := e.c.keyOf(step, delegates)
	e.each(func(_, k, from, to int) {
		g := &e.groups[k]
		for i := from; i < to && g.Seeks != SeekNobody; i++ {
			d := drawsOf(key, i)
			e.seek(&d, g, i, speakers, count)
		}
	})
}

// speakers are spans of agents.
func (e *Economy) speakers() []span {
	var stated, all []span
	for k := range e.groups {
		g := &e.groups[k]
		if !e.joined[k] || g.Seeks != SeekNobody {
			continue
		}
		s := span{uint32(g.first), uint32(g.first + g.Count)}
		all = append(all, s)
		if g.Speaks {
			stated = append(stated, s)
		}
	}
	if stated != nil {
		return stated
	}
	return all
}

func (e *Economy) seek(d *draws, g *group, agent int, speakers []span, count uint64) {
	now := e.next[agent]
	best := now
	for range e.c.Candidates {
		if g.Seeks == SeekStatement && best != nobody {
			break
		}
		x := pick(speakers, uint32(d.below(count)))
		if best == nobody || e.scoreOf(x) > e.scoreOf(best) {
			best = x
		}
	}
	if best != now && e.operate(agent) {
		e.next[agent] = best
	}
}

// scoreOf finds an agent's group first; there are few.
func (e *Economy) scoreOf(agent uint32) uint64 {
	for k := range e.groups {
		if g := &e.groups[k]; int(agent) < g.first+g.Count {
			return e.score(g, int(agent))
		}
	}
	return 0
}

// Delegates calls do with every agent that has a delegate.
func (e *Economy) Delegates(do func(agent, to int)) {
	for i, to := range e.next {
		if to != nobody {
			do(i, int(to))
		}
	}
}
