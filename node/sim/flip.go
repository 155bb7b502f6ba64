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
// one set of the other parameters.
type Flip struct {
	Settings []Setting // without the budget
	// Sats is where the chance of success crosses one half: +Inf if no budget
	// of the sweep reaches it, the least budget if that does already.
	Sats float64
	// CI is the bootstrap interval of Sats over the replicates.
	CI Interval
	// Below and Above are the neighbouring budgets of the sweep between which
	// Sats lies: how coarse the answer is. Below is 0 if there is none, Above
	// 0 if the chance stays below one half.
	Below, Above int64
}

// trials are the outcomes of one budget, by replicate.
type trials struct {
	budget  int64
	success []float64
}

// flips measures the headline for every set of the other parameters; none if
// the budget was not swept.
func flips(seed uint64, done []finished) []Flip {
	var out []Flip
	var groups [][]trials
	byKey := map[string]int{}
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
			t.success = append(t.success, float64(r.AttackSuccess))
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
	rates := make([]float64, len(group))
	for i, t := range group {
		rates[i] = mean(t.success)
	}
	f.Sats, f.Below, f.Above = crossing(group, rates)

	rng := Stream(Draw{Seed: seed, Purpose: "flip"})
	resample := apart
	if !slices.ContainsFunc(group, func(t trials) bool { return len(t.success) != len(group[0].success) }) {
		resample = together
	}
	f.CI = bootstrap(func() float64 {
		resample(rng, group, rates)
		sats, _, _ := crossing(group, rates)
		return sats
	})
}

// together draws the same replicate for every budget: on the same random
// numbers its outcomes belong together.
func together(rng *rand.Rand, group []trials, rates []float64) {
	clear(rates)
	n := len(group[0].success)
	for range n {
		k := rng.IntN(n)
		for i, t := range group {
			rates[i] += t.success[k] / float64(n)
		}
	}
}

// apart draws for each budget on its own, where they have unlike numbers of
// replicates. Intervals come out wider for it.
func apart(rng *rand.Rand, group []trials, rates []float64) {
	clear(rates)
	for i, t := range group {
		n := len(t.success)
		for range n {
			rates[i] += t.success[rng.IntN(n)] / float64(n)
		}
	}
}

// crossing finds where the chance reaches one half. The rates are first made
// to rise by pooling adjacent violators, since more money cannot hurt; between
// two budgets the chance is taken to rise evenly in the logarithm.
func crossing(group []trials, rates []float64) (sats float64, below, above int64) {
	up := rising(rates)
	const half = 0.5 - 1e-9 // sums of n-ths are not exact
	i := slices.IndexFunc(up, func(p float64) bool { return p >= half })
	switch {
	case i < 0:
		return math.Inf(1), group[len(group)-1].budget, 0
	case i == 0:
		return float64(group[0].budget), 0, group[0].budget
	}
	low, high := group[i-1].budget, group[i].budget
	part := (0.5 - up[i-1]) / (up[i] - up[i-1])
	part = max(0, min(part, 1))
	if low == 0 {
		return part * float64(high), low, high
	}
	return float64(low) * math.Pow(float64(high)/float64(low), part), low, high
}

// rising is the least-squares rising fit to equally weighted values (pool
// adjacent violators, Ayer et al. 1955).
func rising(values []float64) []float64 {
	type block struct {
		sum float64
		n   int
	}
	var blocks []block
	for _, v := range values {
		b := block{v, 1}
		for len(blocks) > 0 {
			last := blocks[len(blocks)-1]
			if last.sum*float64(b.n) <= b.sum*float64(last.n) {
				break
			}
			b.sum, b.n = b.sum+last.sum, b.n+last.n
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	var out []float64
	for _, b := range blocks {
		for range b.n {
			out = append(out, b.sum/float64(b.n))
		}
	}
	return out
}
