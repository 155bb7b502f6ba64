package reputation

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/econd/econd/node/muldiv"
)

// pretrust is where trust starts and returns to.
type pretrust struct {
	// share is P per slot; it sums to FlowOne, or to zero without any stake.
	share []uint64
	// rank is the place of a slot among those with a share, in public-key
	// order: the order in which single units left by rounding are handed out.
	// Slots without a share have noRank.
	rank []uint32
}

const noRank = math.MaxUint32

// newPretrust returns P_i = floor(2^60 * stake_i / total) with the units that
// rounding leaves given one each to the stakers in public-key order, so that
// the mass is exactly FlowOne. It is linear in the stake: a root or a cap would
// invite splitting.
func newPretrust(stakes []uint64, keys [][32]byte) (pretrust, error) {
	p := pretrust{share: make([]uint64, len(keys)), rank: make([]uint32, len(keys))}
	var total uint64
	var stakers []uint32
	for i, stake := range stakes {
		sum, carry := bits.Add64(total, stake, 0)
		if carry != 0 {
			return p, fmt.Errorf("%w: the stakes add up to more than 2^64 sats", ErrSnapshot)
		}
		total = sum
		if stake > 0 {
			stakers = append(stakers, uint32(i))
		}
	}
	for i := range p.rank {
		p.rank[i] = noRank
	}
	sortByKey(stakers, keys)
	left := FlowOne
	for _, i := range stakers {
		p.share[i] = muldiv.Floor(FlowOne, stakes[i], total)
		left -= p.share[i]
	}
	if total == 0 {
		return p, nil
	}
	next := uint32(0)
	for k, i := range stakers { // left < len(stakers)
		if uint64(k) < left {
			p.share[i]++
		}
		if p.share[i] > 0 {
			p.rank[i] = next
			next++
		}
	}
	return p, nil
}

// sortByKey orders slots by public key, and slots with the same key by slot.
func sortByKey(slots []uint32, keys [][32]byte) {
	slices.SortFunc(slots, func(a, b uint32) int { return compareByKey(a, b, keys) })
}

func compareByKey(a, b uint32, keys [][32]byte) int {
	if c := bytes.Compare(keys[a][:], keys[b][:]); c != 0 {
		return c
	}
	return int(a) - int(b)
}
