package ledger

import "slices"

// bring puts sats into a pool that an agent, or nobody, brought in. Sats that
// return to a pool they were taken out of before are no inflow.
func (s *State) bring(pool int, by slot, sat int64) {
	if sat == 0 {
		return
	}
	s.treasury.put(pool, sat)
	if by != nobody && s.agents.list[by].leftSeq != 0 {
		by = nobody
	}
	k := s.treasury.inflows[pool].add(inflow{s.clock.TimeMs, by, sat})
	if by != nobody {
		s.agents.list[by].bring(contribution{pool: pool, index: k})
	}
}

// oldestInflowMs is the first instant whose inflows have not aged out.
func (s *State) oldestInflowMs() int64 { return s.oldestInflowAt(s.clock.TimeMs) }

func (s *State) oldestInflowAt(nowMs int64) int64 { return nowMs - s.constitution.Exit.WithinMs() }

// broughtIn is what an agent brought into a pool and has not aged out at an
// instant, which is not before the last entry's.
func (s *State) broughtIn(at slot, pool int, nowMs int64) int64 {
	oldest, list := s.oldestInflowAt(nowMs), s.agents.list[at].brought
	var sat int64
	for k := len(list) - 1; k >= 0; k-- {
		in := &s.treasury.inflows[list[k].pool].list[list[k].index]
		if in.atMs < oldest {
			break
		}
		if list[k].pool == pool {
			sat += in.sat
		}
	}
	return sat
}

// cameIn is what came into a pool and has not aged out at such an instant, whoever
// brought it, those who left apart.
func (s *State) cameIn(pool int, nowMs int64) int64 {
	in, oldest := &s.treasury.inflows[pool], s.oldestInflowAt(nowMs)
	sat := in.sat
	for i := in.first; i < len(in.list) && in.list[i].atMs < oldest; i++ {
		sat -= in.list[i].sat
	}
	return sat
}

// ageInflows follows every entry: it moves on what has not aged out, and back
// where a constitution counts for longer than the one before. It looks at each
// inflow once, and at one for each pool where nothing aged.
func (s *State) ageInflows() {
	oldest := s.oldestInflowMs()
	for i := range s.treasury.inflows {
		in := &s.treasury.inflows[i]
		was := in.first
		in.age(oldest)
		s.entry.count(units(max(in.first-was, was-in.first), inflowsPerUnit))
	}
}

// inflowsPerUnit is how many inflows are looked at for one unit of work.
const inflowsPerUnit = 64

// takeOut takes all that an agent brought in out of what came in, and returns it,
// one for each of its contributions.
func (s *State) takeOut(at slot) []contribution {
	taken := slices.Clone(s.agents.list[at].brought)
	s.entry.count(units(len(taken), inflowsPerUnit))
	for k, c := range taken {
		in := &s.treasury.inflows[c.pool]
		taken[k] = contribution{c.pool, c.index, in.list[c.index].sat}
		in.change(c.index, 0)
	}
	return taken
}

// putBack undoes takeOut.
func (s *treasury) putBack(taken []contribution) {
	for _, c := range taken {
		s.inflows[c.pool].change(c.index, c.sat)
	}
}

// payBack takes sats that a pool pays an agent off what the agent brought into it
// and has not aged out, the oldest first, as far as that goes: sats that go round
// count once. It takes a step for each of the agent's contributions.
func (s *State) payBack(at slot, pool int, sat int64) []paidBack {
	a, oldest := &s.agents.list[at], s.oldestInflowMs()
	s.entry.count(units(len(a.brought), inflowsPerUnit))
	var list []paidBack
	for k, c := range a.brought {
		in := &s.treasury.inflows[c.pool].list[c.index]
		if c.pool != pool || in.atMs < oldest {
			continue
		}
		have := in.sat
		if x := a.leaving; x != nil && k < len(x.taken) {
			have = x.taken[k].sat
		}
		if part := min(sat, have); part > 0 {
			s.treasury.alter(a, k, -part)
			list = append(list, paidBack{k, part})
			sat -= part
		}
	}
	return list
}

// notPaidBack undoes payBack, for a payout that failed.
func (s *State) notPaidBack(at slot, list []paidBack) {
	a := &s.agents.list[at]
	if a.leftSeq != 0 {
		return
	}
	for _, b := range list {
		s.treasury.alter(a, b.index, b.sat)
	}
}

// alter changes what a contribution counts for, or will where its agent stays.
func (s *treasury) alter(a *agent, k int, by int64) {
	if x := a.leaving; x != nil && k < len(x.taken) {
		x.alter(k, by)
		return
	}
	c := a.brought[k]
	in := &s.inflows[c.pool]
	in.change(c.index, in.list[c.index].sat+by)
}

func (in *inflows) change(index int, sat int64) {
	if index >= in.first {
		in.sat += sat - in.list[index].sat
	}
	in.list[index].sat = sat
}
