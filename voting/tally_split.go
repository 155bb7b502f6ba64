package voting

import (
	"math/big"
	"slices"
)

// fractions is a row of fractions over one denominator, one per option.
type fractions struct {
	den  *big.Int
	nums []*big.Int
}

// weighted divides each weight in proportion to the ballot's shares, exactly:
// ballots whose shares have the same sum are added over that sum, and the few
// different sums are joined pairwise at the end.
func (t *tally) weighted() {
	rows := make([]fractions, len(t.ballots))
	for i := range t.ballots {
		rows[i] = t.splitRow(t.ballots[i])
	}
	slices.SortFunc(rows, func(a, b fractions) int { return a.den.Cmp(b.den) })
	merged := rows[:0]
	for _, row := range rows {
		if n := len(merged); n > 0 && merged[n-1].den.Cmp(row.den) == 0 {
			addInto(merged[n-1].nums, row.nums)
			continue
		}
		merged = append(merged, row)
	}
	sum := joinRows(merged, t.options)
	t.out.Scores = make([]Score, t.options)
	for i := range t.out.Scores {
		t.out.Scores[i] = roundScore(sum.nums[i], sum.den, t.digits)
	}
}

// splitRow returns one ballot's weight per option over the sum of its shares,
// both reduced by what the shares have in common.
func (t *tally) splitRow(b Ballot) fractions {
	common, sum := new(big.Int), new(big.Int)
	for _, p := range b.Choice.Portions {
		common.GCD(nil, nil, common, p.Amount)
		sum.Add(sum, p.Amount)
	}
	row := fractions{den: sum.Div(sum, common), nums: t.zeros()}
	for _, p := range b.Choice.Portions {
		part := new(big.Int).Div(p.Amount, common)
		row.nums[p.Option-1] = part.Mul(part, b.Weight)
	}
	return row
}

func addInto(to, from []*big.Int) {
	for i := range to {
		to[i].Add(to[i], from[i])
	}
}

// joinRows adds rows in a balanced tree, so that large denominators meet only
// others of their size.
func joinRows(rows []fractions, options int) fractions {
	switch len(rows) {
	case 0:
		zero := fractions{den: big.NewInt(1), nums: make([]*big.Int, options)}
		for i := range zero.nums {
			zero.nums[i] = new(big.Int)
		}
		return zero
	case 1:
		return rows[0]
	}
	a := joinRows(rows[:len(rows)/2], options)
	b := joinRows(rows[len(rows)/2:], options)
	sum := fractions{den: new(big.Int).Mul(a.den, b.den), nums: make([]*big.Int, options)}
	for i := range sum.nums {
		left := new(big.Int).Mul(a.nums[i], b.den)
		sum.nums[i] = left.Add(left, new(big.Int).Mul(b.nums[i], a.den))
	}
	return sum
}

// Precision of roots in binary digits: where the interval at first is too wide
// to round, it is narrowed up to the last. A score that is then still not told
// from the midpoint of two roundings is taken to be that midpoint.
const (
	firstRootBits = 128
	lastRootBits  = 4096
)

// quadratic divides the total in proportion to the squared sums of roots. The
// roots are irrational, so each sum is enclosed between two integers, and the
// enclosure narrowed until every score rounds one way.
func (t *tally) quadratic() {
	extra := uint(t.total.BitLen())
	for bits := uint(firstRootBits); ; bits *= 2 {
		low, high := t.rootSums(bits + extra)
		if t.roundQuadratic(low, high, bits >= lastRootBits) {
			return
		}
	}
}

// rootSums encloses the sum of roots per option, times 2^bits.
func (t *tally) rootSums(bits uint) (low, high []*big.Int) {
	low, high = t.zeros(), t.zeros()
	one := big.NewInt(1)
	for i := range t.ballots {
		b := t.ballots[i]
		sum := new(big.Int)
		for _, p := range b.Choice.Portions {
			sum.Add(sum, p.Amount)
		}
		for _, p := range b.Choice.Portions {
			square := new(big.Int).Mul(p.Amount, b.Weight)
			square.Lsh(square, 2*bits)
			rem := new(big.Int)
			square.QuoRem(square, sum, rem)
			root := new(big.Int).Sqrt(square)
			exact := rem.Sign() == 0 && new(big.Int).Mul(root, root).Cmp(square) == 0
			low[p.Option-1].Add(low[p.Option-1], root)
			if !exact {
				root.Add(root, one)
			}
			high[p.Option-1].Add(high[p.Option-1], root)
		}
	}
	return low, high
}

// roundQuadratic publishes the scores and reports whether every enclosure
// rounds to one score; with last set it publishes in any case.
func (t *tally) roundQuadratic(low, high []*big.Int, last bool) bool {
	lowSum, highSum := squareAll(low), squareAll(high)
	scores := make([]Score, t.options)
	for i := range scores {
		least := t.proportion(low[i], new(big.Int).Sub(highSum, high[i]))
		most := t.proportion(high[i], new(big.Int).Sub(lowSum, low[i]))
		if least.Cmp(most) != 0 {
			if !last {
				return false
			}
			least = evenOf(least, most)
		}
		scores[i] = least
	}
	t.out.Scores = scores
	return true
}

// proportion returns total * part / (part + others).
func (t *tally) proportion(part, others *big.Int) Score {
	sum := new(big.Int).Add(part, others)
	if sum.Sign() == 0 {
		return Score{}
	}
	return roundScore(new(big.Int).Mul(t.total, part), sum, t.digits)
}

// squareAll squares in place and returns the sum.
func squareAll(v []*big.Int) *big.Int {
	sum := new(big.Int)
	for _, x := range v {
		sum.Add(sum, x.Mul(x, x))
	}
	return sum
}

// evenOf returns the even one of two neighbouring scores.
func evenOf(a, b Score) Score {
	if a.big().Bit(0) == 0 {
		return a
	}
	return b
}
