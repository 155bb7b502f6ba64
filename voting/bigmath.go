package voting

import "math/big"

func bigU(v uint64) *big.Int { return new(big.Int).SetUint64(v) }

func bigMul(a, b uint64) *big.Int {
	p := bigU(a)
	return p.Mul(p, bigU(b))
}

// ceilDiv returns a/b rounded up, for a >= 0 and b > 0, in place of a.
func ceilDiv(a, b *big.Int) *big.Int {
	rem := new(big.Int)
	a.DivMod(a, b, rem)
	if rem.Sign() > 0 {
		a.Add(a, bigU(1))
	}
	return a
}
