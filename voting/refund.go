package voting

import "github.com/econd/econd/node/muldiv"

// Refund is what leaving brings: own stake over the whole, of a pool. The whole
// is the greater of the stake that the vote began with, less that of those who
// left since, and the stake that there is now. So those who leave one after the
// other get the same share each, and nobody's grows because others withdrew.
type Refund struct {
	OwnSat uint64 // least that the agent had locked, see the ledger
	Then   uint64 // all stake at the start of the vote
	Left   uint64 // own stakes, summed, of those who left since
	Now    uint64 // all stake now, the agent's included
}

// WholeSat is what OwnSat is a share of; never less than OwnSat.
func (r Refund) WholeSat() uint64 {
	rest := uint64(0)
	if r.Then > r.Left { // mutate:same
		rest = r.Then - r.Left
	}
	return max(rest, r.Now, r.OwnSat)
}

// Of returns the share of a pool, floor(own * pool / whole).
func (r Refund) Of(poolSat int64) int64 {
	whole := r.WholeSat()
	if whole == 0 || poolSat <= 0 { // mutate:same
		return 0
	}
	share := muldiv.Floor(r.OwnSat, uint64(poolSat), whole)
	return int64(share)
}

// BroughtInShare is the part of a pool that rests on what somebody brought into
// it, floor(own * pool / all), and never more than own. All is everything that
// came in and still counts, own included, so that the parts of all never exceed
// the pool; what was paid out lowers all of them alike.
func BroughtInShare(ownSat, allSat, poolSat int64) int64 {
	if ownSat <= 0 || allSat < ownSat || poolSat <= 0 { // mutate:same
		return 0
	}
	share := muldiv.Floor(uint64(ownSat), uint64(poolSat), uint64(allSat))
	return min(ownSat, int64(share))
}

// Retained tells whether enough stayed for a decision to be executed: mark less
// what left is at least retentionPPM of mark, compared exactly.
func Retained(mark, left uint64, retentionPPM int64) bool {
	if left > mark { // mutate:same
		left = mark
	}
	return bigMul(mark-left, PPM).Cmp(bigMul(mark, uint64(retentionPPM))) >= 0
}
