package notekey

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
)

// The field and the curve of Ed25519 (RFC 8032 section 5.1).
var (
	prime = sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	// curveD is -121665/121666.
	curveD = mul(sub(prime, big.NewInt(121665)), new(big.Int).ModInverse(big.NewInt(121666), prime))
	// smallY are the y of the eight points whose order divides eight: 1, -1, 0 twice,
	// and two for the four points of order eight.
	smallY = []*big.Int{big.NewInt(1), sub(prime, big.NewInt(1)), new(big.Int), orderEight, sub(prime, orderEight)}

	orderEight, _ = new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
)

// CheckPoint refuses a public key that is no point of the curve, is encoded in another
// than its one way, or has a small order: under such a key there are signatures that fit
// any text, and everybody can make them.
func CheckPoint(public ed25519.PublicKey) error {
	if len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: an Ed25519 public key has %d bytes, not %d", ErrKey, ed25519.PublicKeySize, len(public))
	}
	y := decode(public)
	if y.Cmp(prime) >= 0 {
		return fmt.Errorf("%w: the point is not encoded in its one form", ErrKey)
	}
	for _, small := range smallY {
		if y.Cmp(small) == 0 {
			return fmt.Errorf("%w: the point has a small order, so everybody can sign for it", ErrKey)
		}
	}
	// x^2 = (y^2-1) / (d*y^2+1) must have a root. It is not 0 here, so both signs are good.
	y2 := mul(y, y)
	below := mul(curveD, y2)
	below.Add(below, big.NewInt(1))
	x2 := mul(sub(y2, big.NewInt(1)), new(big.Int).ModInverse(below, prime))
	if big.Jacobi(x2, prime) != 1 {
		return fmt.Errorf("%w: it is no point of the curve", ErrKey)
	}
	return nil
}

// decode reads y from 32 bytes, least first; the highest bit is the sign of x.
func decode(public []byte) *big.Int {
	raw := make([]byte, len(public))
	for i, b := range public {
		raw[len(raw)-1-i] = b
	}
	raw[0] &= 0x7f
	return new(big.Int).SetBytes(raw)
}

func sub(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }

func mul(a, b *big.Int) *big.Int {
	c := new(big.Int).Mul(a, b)
	return c.Mod(c, prime)
}
