package headers

import "math/big"

// Network is what a Bitcoin network demands of headers.
type Network struct {
	// TellsTime says that the headers' times tell what time it is: nobody makes
	// blocks alone or with little work.
	TellsTime bool

	limit  uint32 // bits of the easiest target
	fixed  bool   // at the limit for ever
	relief bool   // a block that comes late may have the easiest target
}

// NetworkOf returns the network of that name: mainnet, testnet3, testnet4, signet or regtest.
func NetworkOf(name string) (Network, bool) {
	switch name {
	case "mainnet":
		return Network{TellsTime: true, limit: 0x1d00ffff}, true
	case "testnet3", "testnet4":
		return Network{limit: 0x1d00ffff, relief: true}, true
	case "signet":
		return Network{TellsTime: true, limit: 0x1e0377ae}, true
	case "regtest":
		return Network{limit: 0x207fffff, fixed: true}, true
	}
	return Network{}, false
}

// Difficulty holds for a window of blocks, which are meant to take two weeks.
const (
	window    = 2016
	windowS   = 14 * 24 * 3600
	mostTimes = 4 // by which it changes from one to the next
)

// target expands compact bits; false if they are none that the network allows.
func (n Network) target(bits uint32) ([32]byte, bool) {
	t, ok := expand(bits)
	if most, _ := expand(n.limit); !ok || t.Sign() == 0 || t.Cmp(most) > 0 || n.fixed && bits != n.limit {
		return [32]byte{}, false
	}
	return [32]byte(t.FillBytes(make([]byte, 32))), true
}

// expand reads a number in Bitcoin's compact form: one byte of length and three of the
// highest digits. Negative ones and those beyond 256 bits are none.
func expand(bits uint32) (*big.Int, bool) {
	length, digits := uint(bits>>24), bits&0x7fffff
	if bits&0x800000 != 0 || length > 32 {
		return nil, false
	}
	t := big.NewInt(int64(digits))
	if length <= 3 {
		t.Rsh(t, 8*(3-length))
	} else {
		t.Lsh(t, 8*(length-3))
	}
	return t, t.BitLen() <= 256
}

// compact writes a positive number in compact form; lower digits are cut off.
func compact(t *big.Int) uint32 {
	length := uint((t.BitLen() + 7) / 8)
	var digits uint32
	if length <= 3 {
		digits = uint32(t.Uint64()) << (8 * (3 - length))
	} else {
		digits = uint32(new(big.Int).Rsh(t, 8*(length-3)).Uint64())
	}
	if digits&0x800000 != 0 { // it would read as a sign
		digits, length = digits>>8, length+1
	}
	return uint32(length)<<24 | digits
}

// next is what the bits become after a window that took so many seconds.
func (n Network) next(bits uint32, tookS int64) uint32 {
	tookS = min(max(tookS, windowS/mostTimes), windowS*mostTimes)
	t, _ := expand(bits)
	t.Mul(t, big.NewInt(tookS)).Div(t, big.NewInt(windowS))
	if most, _ := expand(n.limit); t.Cmp(most) > 0 {
		return n.limit
	}
	return compact(t)
}

// within tells whether bits can follow others after a window of unknown length.
func (n Network) within(before, bits uint32) bool {
	t, ok := expand(bits)
	if !ok {
		return false
	}
	hardest, _ := expand(n.next(before, 0))
	easiest, _ := expand(n.next(before, windowS*mostTimes))
	return t.Cmp(hardest) >= 0 && t.Cmp(easiest) <= 0
}

// work is the number of hashes that a block of these bits takes on average, rounded down.
func work(bits uint32) *big.Int {
	t, ok := expand(bits)
	if !ok {
		return new(big.Int)
	}
	whole := new(big.Int).Lsh(big.NewInt(1), 256)
	return whole.Div(whole, t.Add(t, big.NewInt(1)))
}
