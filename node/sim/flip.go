package sim

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
)

// budgetPath is the parameter that the headline is measured in.
const budgetPath = "attack.budget_sat"

// Flip is the headline: how many sats give an attacker an even chance, under
// one set of the other parameters. Runs in which the attacked proposal never
// came to a vote say nothing about it; they are counted, and left out.
type Flip struct {
	Settings []Setting // without the budget
	// Opened of Runs had a vote on the attacked proposal.
	Opened, Runs int
	// Sats is where the chance of success crosses one half: +Inf if no budget
	// of the sweep reaches it, the least budget with a vote if that does
	// already, NaN without any vote.
	Sats float64
	// CI holds the sats that the runs leave open: from 0, if they rule out no
	// budget below, to +Inf, if none above. It is the bootstrap interval over
	// the replicates, and where an end rests on a cell whose runs all agreed,
	// at least that cell's budget: see bracket.
	CI Interval
	// Below and Above are the neighbouring budgets with votes between which
	// Sats lies: how coarse the answer is. Below is 0 if there is none, Above
	// 0 if the chance stays below one half.
	Below, Above int64
	// Least: Sats is the least budget with a vote, and less may do.
	Least bool
}

// trials are the outcomes of one budget, by replicate.
type trials struct {
	budget  int64
	success []float64 // NaN: no vote
}

// chance is what the runs of one budget came to that had a vote, of which there
// is at least one.
type chance struct {
	budget      int64
	wins, votes int
}

// flips measures the headline for every set of the other parameters; none if
// the budget was not swept.
func flips(seed uint64, done []finished) []Flip {
	var out []Flip
	var groups [][]trials
	byKey := map[string]int{}
	success, _ := metricField(successMetric)
	for _, f := range done {
		rest, budget, ok := splitBudget(f.cell.Settings)
		if !ok {
			return nil
		}
		key, err := json.Marshal(rest)
		if err != nil {
			panic("sim: settings do not encode: " + err.Error())
		}
		i, ok := byKey[string(key)]
		if !ok {
			i = len(out)
			byKey[string(key)] = i
			out, groups = append(out, Flip{Settings: rest}), append(groups, nil)
		}
		t := trials{budget: budget}
		for _, r := range f.rows {
			v := math.NaN()
			if success.known(r) {
				v = success.number(r)
			}
			t.success = append(t.success, v)
		}
		groups[i] = append(groups[i], t)
	}
	for i := range out {
		out[i].measure(seed, groups[i])
	}
	return out
}

func splitBudget(settings []Setting) (rest []Setting, budget int64, ok bool) {
	for _, x := range settings {
		n, isNumber := x.Value.(json.Number)
		if x.Path != budgetPath || !isNumber {
			rest = append(rest, x)
			continue
		}
		v, err := n.Int64()
		budget, ok = v, err == nil
	}
	return rest, budget, ok
}

func (f *Flip) measure(seed uint64, group []trials) {
	slices.SortFunc(group, func(a, b trials) int { return cmp.Compare(a.budget, b.budget) })
	for _, t := range group {
		f.Runs += len(t.success)
	}
	chances := drawn(group, func(t trials, k int) float64 { return t.success[k] })
	for _, c := range chances {
		f.Opened += c.votes
	}
	if f.Opened == 0 {
		f.Sats, f.CI = math.NaN(), noInterval
		return
	}
	at := 0
	f.Sats, at = crossing(chances)
	if at > 0 {
		f.Below = chances[at-1].budget
	}
	if at < len(chances) {
		f.Above = chances[at].budget
	}
	f.Least = at == 0

	rng := Stream(Draw{Seed: seed, Purpose: "flip"})
	resample := apart
	if !slices.ContainsFunc(group, func(t trials) bool { return len(t.success) != len(group[0].success) }) {
		resample = together
	}
	f.CI = bootstrap(func() float64 {
		sats, _ := crossing(resample(rng, group))
		return sats
	})
	low, high := bracket(chances, at)
	f.CI = Interval{min(f.CI.Low, low), max(f.CI.High, high)}
}

// drawn counts the outcomes of every budget, as many as it has, by what pick
// returns; budgets without a vote are left out.
func drawn(group []trials, pick func(t trials, k int) float64) []chance {
	var out []chance
	for _, t := range group {
		c := chance{budget: t.budget}
		for k := range t.success {
			v := pick(t, k)
			if math.IsNaN(v) {
				continue
			}
			c.votes++
			if v > 0 {
				c.wins++
			}
		}
		if c.votes > 0 {
			out = append(out, c)
		}
	}
	return out
}

// together draws the same replicate for every budget: on the same random
// numbers its outcomes belong together.
func together(rng *rand.Rand, group []trials) []chance {
	order := make([]int, len(group[0].success))
	for i := range order {
		order[i] = rng.IntN(len(order))
	}
	return drawn(group, func(t trials, k int) float64 { return t.success[order[k]] })
}

// apart draws for each budget on its own, where they have unlike numbers of
// replicates. Intervals come out wider for it.
func apart(rng *rand.Rand, group []trials) []chance {
	return drawn(group, func(t trials, _ int) float64 { return t.success[rng.IntN(len(t.success))] })
}

// crossing finds where the chance reaches one half, and the index of the first
// budget that does, len(chances) if none. The rates are first made to rise by
// pooling adjacent violators, since more money cannot hurt; between two budgets
// the chance is taken to rise evenly in the logarithm. NaN without any vote.
func crossing(chances []chance) (sats float64, at int) {
	if len(chances) == 0 {
		return math.NaN(), 0
	}
	up := rising(chances)
	i := slices.IndexFunc(up, func(p float64) bool { return p >= 0.5 })
	switch {
	case i < 0:
		return math.Inf(1), len(chances)
	case i == 0:
		return float64(chances[0].budget), 0
	}
	low, high := chances[i-1].budget, chances[i].budget
	part := (0.5 - up[i-1]) / (up[i] - up[i-1])
	part = max(0, min(part, 1))
	if low == 0 {
		return part * float64(high), i
	}
	return float64(low) * math.Pow(float64(high)/float64(low), part), i
}

// bracket is how far the interval reaches at least. Resampling a cell whose runs
// all agree draws nothing else, so it cannot tell how sure that is; Wilson's
// interval of 0 of n, or n of n, can. So the lower end is the nearest budget
// below the crossing that had a single success, or so many runs without one that
// an even chance is ruled out (four or more), and the upper end likewise. Where
// the nearest cell is mixed, the bracket asks for nothing: low is +Inf, high 0.
func bracket(chances []chance, at int) (low, high float64) {
	i := at - 1
	for i >= 0 && chances[i].wins == 0 && Wilson(0, chances[i].votes).High >= 0.5 {
		i--
	}
	switch {
	case i < 0:
		low = 0
	case i < at-1 || chances[i].wins == 0:
		low = float64(chances[i].budget)
	default:
		low = math.Inf(1)
	}
	j := at
	for j < len(chances) && chances[j].wins == chances[j].votes && Wilson(chances[j].votes, chances[j].votes).Low <= 0.5 {
		j++
	}
	switch {
	case j == len(chances):
		high = math.Inf(1)
	case j > at || chances[j].wins == chances[j].votes:
		high = float64(chances[j].budget)
	}
	return low, high
}

// rising is the least-squares rising fit to the rates, each weighted by its
// votes (pool adjacent violators, Ayer et al. 1955).
func rising(chances []chance) []float64 {
	type block struct{ wins, votes, cells int }
	var blocks []block
	for _, c := range chances {
		b := block{c.wins, c.votes, 1}
		for len(blocks) > 0 {
			last := blocks[len(blocks)-1]
			if last.wins*b.votes <= b.wins*last.votes {
				break
			}
			b = block{last.wins + b.wins, last.votes + b.votes, last.cells + b.cells}
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	var out []float64
	for _, b := range blocks {
		for range b.cells {
			out = append(out, float64(b.wins)/float64(b.votes))
		}
	}
	return out
}
