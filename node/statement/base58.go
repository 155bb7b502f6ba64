package statement

import (
	"bytes"
	"math/big"
	"slices"
	"strings"
)

// base58Digits are those of Bitcoin's base58, which did:key uses (multibase base58btc).
const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxBase58 bounds a text to be decoded, which takes time in its square: a key has 48 digits.
const maxBase58 = 128

var fiftyEight = big.NewInt(58)

// encodeBase58 writes bytes in base58; a leading byte of 0 is a leading 1.
func encodeBase58(raw []byte) string {
	var out []byte
	for n, digit := new(big.Int).SetBytes(raw), new(big.Int); n.Sign() > 0; {
		n.DivMod(n, fiftyEight, digit)
		out = append(out, base58Digits[digit.Int64()])
	}
	for _, b := range raw {
		if b != 0 {
			break
		}
		out = append(out, base58Digits[0])
	}
	slices.Reverse(out)
	return string(out)
}

// decodeBase58 reads base58; nil for what is none, or is too long.
func decodeBase58(text string) []byte {
	if len(text) > maxBase58 {
		return nil
	}
	n := new(big.Int)
	for _, c := range []byte(text) {
		digit := strings.IndexByte(base58Digits, c)
		if digit < 0 {
			return nil
		}
		n.Add(n.Mul(n, fiftyEight), big.NewInt(int64(digit)))
	}
	zeros := len(text) - len(strings.TrimLeft(text, base58Digits[:1]))
	return append(bytes.Repeat([]byte{0}, zeros), n.Bytes()...)
}
