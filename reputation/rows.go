package reputation

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/econd/econd/node/muldiv"
)

// edge is what one consumer paid one provider: first the sum of sats * D+ *
// part, as 128 bits, then its rescaled weight.
type edge struct {
	provider uint32
	weight   uint32
	hi, lo   uint64
}

// partBits is the binary logarithm of PartOne.
const partBits = 12

// appendRow appends the positive edges of one consumer, given its cells in
// order. The weight is linear in sats: anything concave would reward splitting
// a payment over accounts.
func appendRow(row []edge, cells []cell, at clock, positive decay) []edge {
	for _, c := range cells {
		if c.rating() <= 0 {
			continue
		}
		d := positive.at(at.age(c.day)) * c.part()
		if d == 0 {
			continue
		}
		if n := len(row); n == 0 || row[n-1].provider != c.provider {
			row = append(row, edge{provider: c.provider})
		}
		last := &row[len(row)-1]
		hi, lo := bits.Mul64(c.sats(), d)
		lo, hi = hi<<(64-partBits)|lo>>partBits, hi>>partBits // each receipt is rounded down
		var carry uint64
		last.lo, carry = bits.Add64(last.lo, lo, 0)
		last.hi += hi + carry // no book holds 2^64 receipts, so no overflow
	}
	return row
}

// rescale sets the weights of one consumer's edges. A row whose sum is at most
// RowMax keeps its sums; any other is brought to exactly RowMax by largest
// remainder, ties going to the smaller public key. Weights may become zero. It
// returns the sum of the weights.
func rescale(row []edge, keys [][32]byte) uint32 {
	total := narrow(row)
	if total <= RowMax {
		for i := range row {
			row[i].weight = uint32(row[i].lo)
		}
		return uint32(total)
	}
	left := RowMax
	for i := range row {
		weight, remainder := muldiv.FloorRem(row[i].lo, RowMax, total)
		row[i].weight = uint32(weight)
		row[i].hi = remainder // from here on hi is the remainder
		left -= weight
	}
	if left > 0 {
		giveRemainders(row, int(left), keys)
	}
	return uint32(RowMax)
}

// narrow brings the sums of a row into 64 bits and returns their total. Only
// where the total does not fit, all are halved, rounding down, as often as it
// takes; that is beyond 2^48 sats, and costs a part in 2^40 at most.
func narrow(row []edge) (total uint64) {
	var high uint64
	for i := range row {
		var carry uint64
		total, carry = bits.Add64(total, row[i].lo, 0)
		high += row[i].hi + carry
	}
	if high == 0 {
		return total
	}
	shift := bits.Len64(high)
	total = 0
	for i := range row {
		row[i].lo = row[i].lo>>shift | row[i].hi<<(64-shift)
		total += row[i].lo
	}
	return total
}

// giveRemainders adds one to the weights with the largest remainders, which are
// in hi. There are fewer units than edges with a remainder.
func giveRemainders(row []edge, units int, keys [][32]byte) {
	order := make([]uint32, len(row))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		if c := cmp.Compare(row[b].hi, row[a].hi); c != 0 {
			return c
		}
		return compareByKey(row[a].provider, row[b].provider, keys)
	})
	for _, i := range order[:units] {
		row[i].weight++
	}
}
