package ledger

// inflow is sats that came into a pool: a deposit, a forfeited hold, income.
type inflow struct {
	atMs  int64
	agent slot  // who brought them in, or nobody
	sat   int64 // 0 once the agent left, or while it has announced that
}

// inflows are those of one pool, in order. What was paid out since lowers what
// each of them is worth alike; none is ever worth more than its sats.
type inflows struct {
	list  []inflow
	first int   // the first that has not aged out
	sat   int64 // sum from there on
}

// contribution is one inflow as its agent remembers it.
type contribution struct {
	pool, index int
	sat         int64
}

// bring puts sats into a pool that an agent, or nobody, brought in. Sats that
// return to a pool they were taken out of before are no inflow.
func (s *State) bring(pool int, by slot, sat int64) {
	if sat == 0 {
		return
	}
	s.poolSats[pool] += sat
	if by != nobody && s.agents[by].leftSeq != 0 {
		by = nobody
	}
	in := &s.inflows[pool]
	if by != nobody {
		a := &s.agents[by]
		a.brought = append(a.brought, contribution{pool: pool, index: len(in.list)})
	}
	in.list = append(in.list, inflow{s.clock.TimeMs, by, sat})
	in.sat += sat
}

// oldestInflowMs is the first instant whose inflows have not aged out.
func (s *State) oldestInflowMs() int64 { return s.clock.TimeMs - s.constitution.Exit.withinMs() }

// broughtIn is what an agent brought into a pool and has not aged out.
func (s *State) broughtIn(at slot, pool int) int64 {
	oldest, list := s.oldestInflowMs(), s.agents[at].brought
	var sat int64
	for k := len(list) - 1; k >= 0; k-- {
		in := &s.inflows[list[k].pool].list[list[k].index]
		if in.atMs < oldest {
			break
		}
		if list[k].pool == pool {
			sat += in.sat
		}
	}
	return sat
}

// cameIn is what came into a pool and has not aged out, whoever brought it,
// those who left apart.
func (s *State) cameIn(pool int) int64 {
	in, oldest := &s.inflows[pool], s.oldestInflowMs()
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
	for i := range s.inflows {
		in := &s.inflows[i]
		for in.first < len(in.list) && in.list[in.first].atMs < oldest {
			in.sat -= in.list[in.first].sat
			in.first++
		}
		for in.first > 0 && in.list[in.first-1].atMs >= oldest {
			in.first--
			in.sat += in.list[in.first].sat
		}
	}
}

// takeOut takes all that an agent brought in out of what came in, and returns it.
func (s *State) takeOut(at slot) []contribution {
	var taken []contribution
	for _, c := range s.agents[at].brought {
		in := &s.inflows[c.pool]
		if c.sat = in.list[c.index].sat; c.sat > 0 {
			taken = append(taken, c)
			in.change(c.index, 0)
		}
	}
	return taken
}

// putBack undoes takeOut.
func (s *State) putBack(taken []contribution) {
	for _, c := range taken {
		s.inflows[c.pool].change(c.index, c.sat)
	}
}

func (in *inflows) change(index int, sat int64) {
	if index >= in.first {
		in.sat += sat - in.list[index].sat
	}
	in.list[index].sat = sat
}
