package voting

import "math/big"

// partDigits are the decimal digits, below the unit of weight, to which the part
// of each ballot is computed before parts are added. What is rounded off by a
// million million ballots is less than half of a score's last digit.
const partDigits = 24

// weighted divides each weight in proportion to the ballot's shares: every part
// is rounded down to partDigits, and only the sums are rounded to a score. So a
// ballot costs the same whatever shares the others name, and a score differs from
// that of exact fractions only where those lie within a rounded-off part above
// the middle between two scores.
func (t *tally) weighted() {
	scores, scale := t.zeros(), pow10(partDigits)
	weight, sum, part := new(big.Int), new(big.Int), new(big.Int)
	for i := range t.ballots {
		portions := t.ballots[i].Choice.Portions
		sum.SetInt64(0)
		for _, p := range portions {
			sum.Add(sum, p.Amount)
		}
		weight.Mul(t.ballots[i].Weight, scale)
		for _, p := range portions {
			score := scores[p.Option-1]
			score.Add(score, part.Quo(part.Mul(weight, p.Amount), sum))
		}
	}
	t.set(scores, t.digits+partDigits)
}

// Precision of roots in binary digits: where the interval at first is too wide
// to round, it is narrowed up to the last. A score that is then still not told
// from the midpoint of two roundings is taken to be that midpoint.
const (
	firstRootBits = 128
	lastRootBits  = 512
)

// quadratic divides the total in proportion to the squared sums of roots. The
// roots are irrational, so each sum is enclosed between two integers, and the
// enclosure narrowed until every score rounds one way.
func (t *tally) quadratic() {
	extra, first := uint(t.total.BitLen()), uint(firstRootBits)
	if low, high, ok := t.nearRootSums(); ok {
		if t.roundQuadratic(low, high, false) {
			return
		}
		first *= 2 // the first would tell little more
	}
	for bits := first; ; bits *= 2 {
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
