package voting

import "math/big"

// runoff counts first places, and while nobody has more than half and more than
// two options are left, removes the option with the fewest (options without any
// included, the lowest number of several) from every ballot and counts again.
// Scores are the counts of the last round; removed options have 0.
func (t *tally) runoff() {
	scores := t.zeros()
	if len(t.ballots) == 0 {
		t.set(scores, t.digits)
		return
	}
	removed := make([]bool, t.options)
	at := make([]int, len(t.ballots)) // each ballot's best option left
	for left, round := t.options, 1; ; left, round = left-1, round+1 {
		for i := range scores {
			scores[i].SetInt64(0)
		}
		for i := range t.ballots {
			ranking := t.ballots[i].Choice.Options
			for removed[ranking[at[i]]-1] {
				at[i]++
			}
			first := ranking[at[i]] - 1
			scores[first].Add(scores[first], t.ballots[i].Weight)
		}
		if left < 3 || t.majority(scores) {
			break
		}
		lowest := t.lowest(scores, removed, round)
		removed[lowest] = true
	}
	t.set(scores, t.digits)
}

// majority reports whether one option has more than half of the total.
func (t *tally) majority(scores []*big.Int) bool {
	twice := new(big.Int)
	for _, s := range scores {
		if twice.Lsh(s, 1).Cmp(t.total) > 0 {
			return true
		}
	}
	return false
}

// lowest returns the index to remove and records a tie for the last place.
func (t *tally) lowest(scores []*big.Int, removed []bool, round int) int {
	var level []int
	for i, s := range scores {
		if removed[i] {
			continue
		}
		switch {
		case len(level) == 0 || s.Cmp(scores[level[0]-1]) < 0:
			level = append(level[:0], i+1)
		case s.Cmp(scores[level[0]-1]) == 0:
			level = append(level, i+1)
		}
	}
	if len(level) > 1 {
		t.out.Ties = append(t.out.Ties, Tie{Round: round, Options: level, Chosen: level[0]})
	}
	return level[0] - 1
}

// copeland gives each option points for its pairwise contests and divides the
// total weight in proportion to them:
//
//	points = 2 per win + 1 per tie + 1/2 * borda / ((options-1) * total)
//
// where borda is the weight of the ballots times the number of options each
// ranks below. A contest counts from both sides, hence 2 and 1: so does
// snapshot.js, whose normalised scores would otherwise not be met. The last
// term is at most 1/2 and only separates options level on contests. One option
// alone takes everything.
func (t *tally) copeland() {
	if t.options == 1 {
		t.set([]*big.Int{t.total}, t.digits)
		return
	}
	if t.total.Sign() == 0 {
		t.set(t.zeros(), t.digits)
		return
	}
	contests, borda := t.pairwise()
	// All points over the common denominator 2 * (options-1) * total.
	unit := new(big.Int).Mul(t.total, big.NewInt(int64(2*(t.options-1))))
	points, sum := t.zeros(), new(big.Int)
	for i := range points {
		points[i].Mul(unit, big.NewInt(contests[i])).Add(points[i], borda[i])
		sum.Add(sum, points[i])
	}
	t.out.Scores = make([]Score, t.options)
	for i := range points {
		t.out.Scores[i] = roundScore(points[i].Mul(points[i], t.total), sum, t.digits)
	}
}

// pairwise returns twice the contest points and the Borda points per option.
func (t *tally) pairwise() (contests []int64, borda []*big.Int) {
	n := t.options
	prefer := make([]big.Int, n*n) // weight that ranks row above column
	borda = t.zeros()
	for i := range t.ballots {
		ranking, weight := t.ballots[i].Choice.Options, t.ballots[i].Weight
		for r, above := range ranking {
			for _, below := range ranking[r+1:] {
				cell := &prefer[(above-1)*n+below-1]
				cell.Add(cell, weight)
			}
			places := new(big.Int).Mul(weight, big.NewInt(int64(n-1-r)))
			borda[above-1].Add(borda[above-1], places)
		}
	}
	contests = make([]int64, n)
	for a := range n {
		for b := a + 1; b < n; b++ {
			switch prefer[a*n+b].Cmp(&prefer[b*n+a]) {
			case 1:
				contests[a] += 2
			case -1:
				contests[b] += 2
			default:
				contests[a]++
				contests[b]++
			}
		}
	}
	return contests, borda
}
