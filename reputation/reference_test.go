package reputation

import (
	"bytes"
	"math/big"
	"sort"
	"sync"
)

// The reference is the specification written down as slowly and plainly as
// possible, in big integers: one function per formula, no shared code with the
// engine but for the types.

type refInput struct {
	params   Params
	day      int64
	receipts []Receipt
	keys     [][32]byte
	stakes   []uint64
}

// refDecay is round(2^16 * 2^(-k/h)), and zero past ten half-lives.
func refDecay(k, h int64) *big.Int {
	if h == 0 {
		return big.NewInt(1 << 16)
	}
	if k > 10*h {
		return new(big.Int)
	}
	refTables.Lock()
	defer refTables.Unlock()
	if refTables.byHalfLife[h] == nil {
		refTables.byHalfLife[h] = refTable(h)
	}
	return new(big.Int).Set(refTables.byHalfLife[h][k])
}

// refAge is how many full days have passed since a day: for each day, its
// consumers or the full number, whichever is less, summed and divided.
func refAge(in refInput, since int64) int64 {
	full := in.params.FullDayConsumers
	if full == 0 {
		return in.day - since
	}
	var passed int64
	for day := since; day < in.day; day++ {
		consumers := map[uint32]bool{}
		for _, r := range in.receipts {
			if Day(r.TimeMs) == day {
				consumers[r.Consumer] = true
			}
		}
		passed += min(int64(len(consumers)), full)
	}
	return passed / full
}

// refTables keeps what refTable computed.
var refTables = struct {
	sync.Mutex
	byHalfLife map[int64][]*big.Int
}{byHalfLife: map[int64][]*big.Int{}}

// refTable divides 2^17 by 2^(1/h) again and again, in floating point of 200
// bits; halving that with rounding gives the entry.
func refTable(h int64) (table []*big.Int) {
	root := refRoot(h)
	for twice := new(big.Float).SetPrec(200).SetInt64(1 << 17); int64(len(table)) <= 10*h; twice.Quo(twice, root) {
		floor, _ := twice.Int(nil)
		table = append(table, floor.Add(floor, big.NewInt(1)).Rsh(floor, 1))
	}
	return table
}

// refRoot is 2^(1/h) to 200 bits, by bisection.
func refRoot(h int64) *big.Float {
	low, high := new(big.Float).SetPrec(200).SetInt64(1), new(big.Float).SetPrec(200).SetInt64(2)
	for range 198 {
		mid := new(big.Float).SetPrec(200).Add(low, high)
		mid.Quo(mid, new(big.Float).SetInt64(2))
		power := new(big.Float).SetPrec(200).SetInt64(1)
		for range h {
			power.Mul(power, mid)
		}
		if power.Cmp(new(big.Float).SetInt64(2)) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

func refKeyOrder(keys [][32]byte) []int {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return bytes.Compare(keys[order[a]][:], keys[order[b]][:]) < 0 })
	return order
}

// refEdges returns w[c][p], rescaled.
func refEdges(in refInput) [][]*big.Int {
	n := len(in.keys)
	w := refMatrix(n)
	for _, r := range in.receipts {
		if r.Rating > 0 {
			d := refDecay(refAge(in, Day(r.TimeMs)), in.params.HalfLifePositiveDays)
			d.Mul(d, new(big.Int).SetUint64(r.Sats))
			w[r.Consumer][r.Provider].Add(w[r.Consumer][r.Provider], refPart(d, r))
		}
	}
	for c := range w {
		refRescale(w[c], in.keys)
	}
	return w
}

// refPart is what counts of a receipt: 4096ths, rounded down.
func refPart(of *big.Int, r Receipt) *big.Int {
	return of.Mul(of, big.NewInt(4096-int64(r.Discount))).Quo(of, big.NewInt(4096))
}

func refRescale(row []*big.Int, keys [][32]byte) {
	limit := big.NewInt(1 << 20)
	total := refSum(row)
	if total.Cmp(limit) <= 0 {
		return
	}
	left := new(big.Int).Set(limit)
	remainder := make([]*big.Int, len(row))
	for i := range row {
		row[i], remainder[i] = new(big.Int).QuoRem(new(big.Int).Mul(row[i], limit), total, new(big.Int))
		left.Sub(left, row[i])
	}
	order := refKeyOrder(keys)
	sort.SliceStable(order, func(a, b int) bool { return remainder[order[a]].Cmp(remainder[order[b]]) > 0 })
	for _, i := range order[:left.Int64()] {
		row[i].Add(row[i], big.NewInt(1))
	}
}

func refPretrust(in refInput) []*big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), 60)
	stakes := make([]*big.Int, len(in.keys))
	for i := range stakes {
		stakes[i] = new(big.Int)
		if i < len(in.stakes) {
			stakes[i].SetUint64(in.stakes[i])
		}
	}
	return refShare(one, stakes, refSum(stakes), in.keys)
}

// refShare divides an amount by weights: floors, then one unit each in key
// order to those with a weight.
func refShare(amount *big.Int, weights []*big.Int, total *big.Int, keys [][32]byte) []*big.Int {
	out := make([]*big.Int, len(weights))
	for i := range out {
		out[i] = new(big.Int)
	}
	if total.Sign() == 0 {
		return out
	}
	left := new(big.Int).Set(amount)
	for i := range out {
		out[i].Mul(amount, weights[i]).Quo(out[i], total)
		left.Sub(left, out[i])
	}
	for _, i := range refKeyOrder(keys) {
		if left.Sign() > 0 && weights[i].Sign() > 0 {
			out[i].Add(out[i], big.NewInt(1))
			left.Sub(left, big.NewInt(1))
		}
	}
	return out
}

func refFlow(in refInput) []*big.Int {
	w, p := refEdges(in), refPretrust(in)
	t := p
	for range 32 {
		next, pool := make([]*big.Int, len(t)), new(big.Int)
		for v := range next {
			next[v] = new(big.Int)
		}
		for u := range t {
			keep, y, row := new(big.Int).Rsh(t[u], 1), new(big.Int), refSum(w[u])
			if row.Sign() > 0 {
				y.Quo(keep, row)
			}
			pool.Add(pool, t[u]).Sub(pool, new(big.Int).Mul(y, row))
			for v := range next {
				next[v].Add(next[v], new(big.Int).Mul(y, w[u][v]))
			}
		}
		for v, part := range refShare(pool, p, refSum(p), in.keys) {
			next[v].Add(next[v], part)
		}
		t = next
	}
	return t
}

func refResults(in refInput) []Result {
	t := refFlow(in)
	n := len(in.keys)
	r, s := make([]*big.Int, n), make([]*big.Int, n)
	for i := range n {
		r[i], s[i] = new(big.Int), new(big.Int)
	}
	for _, rc := range in.receipts {
		age := refAge(in, Day(rc.TimeMs))
		switch {
		case rc.Rating > 0 && t[rc.Consumer].Sign() > 0:
			// D+ in 2^-16 times T/(T+tau) in 2^-32, floored to 2^-32.
			tc := t[rc.Consumer]
			share := new(big.Int).Lsh(tc, 32)
			share.Quo(share, new(big.Int).Add(tc, new(big.Int).SetUint64(in.params.Tau)))
			d := refDecay(age, in.params.HalfLifePositiveDays)
			d.Mul(d, share).Mul(d, big.NewInt(4096-int64(rc.Discount)))
			r[rc.Provider].Add(r[rc.Provider], d.Rsh(d, 16+12))
		case rc.Rating < 0:
			d := refPart(refDecay(age, in.params.HalfLifeNegativeDays), rc)
			d.Mul(d, big.NewInt(in.params.NegativeWeight)).Lsh(d, 16)
			s[rc.Provider].Add(s[rc.Provider], d)
		}
	}
	out := make([]Result, n)
	one := new(big.Int).Lsh(big.NewInt(1), 32)
	for i := range out {
		whole := new(big.Int).Add(r[i], s[i])
		whole.Add(whole, one).Add(whole, one)
		q := new(big.Int).Add(r[i], one)
		q.Lsh(q, 60).Quo(q, whole)
		v := new(big.Int).Mul(t[i], r[i])
		v.Quo(v, whole)
		out[i] = Result{t[i].Uint64(), r[i].Uint64(), s[i].Uint64(), q.Uint64(), v.Uint64()}
	}
	return out
}

func refMatrix(n int) [][]*big.Int {
	m := make([][]*big.Int, n)
	for i := range m {
		m[i] = make([]*big.Int, n)
		for j := range m[i] {
			m[i][j] = new(big.Int)
		}
	}
	return m
}

func refSum(values []*big.Int) *big.Int {
	total := new(big.Int)
	for _, v := range values {
		total.Add(total, v)
	}
	return total
}
