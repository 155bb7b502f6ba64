package bolt11

import "strings"

const (
	charset        = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	checksumGroups = 6
)

// values are the 5-bit values of the characters of charset, in either case, plus one.
var values = func() (v [256]byte) {
	for i := range len(charset) {
		v[charset[i]] = byte(i) + 1
		v[strings.ToUpper(charset)[i]] = byte(i) + 1
	}
	return v
}()

// splitBech32 checks a bech32 text (BIP 173, without its 90 characters) and returns its human-readable part in
// lower case and its data, a group of 5 bits in each byte, without the checksum.
func splitBech32(text string) (hrp string, data []byte, err error) {
	if len(text) > MaxLength {
		return "", nil, fail("invoice", "max-length", "has %d characters, at most %d are read", len(text), MaxLength)
	}
	if err := oneCase(text); err != nil {
		return "", nil, err
	}
	end := strings.LastIndexByte(text, '1')
	if end < 1 {
		return "", nil, fail("invoice", "separator", "has no 1 after its amount")
	}
	hrp, data = strings.ToLower(text[:end]), make([]byte, len(text)-end-1)
	for i := range data {
		v := values[text[end+1+i]]
		if v == 0 {
			return "", nil, fail("invoice", "charset", "has character %d, %q, which is none of bech32", end+2+i, text[end+1+i])
		}
		data[i] = v - 1
	}
	if len(data) < checksumGroups || checksum(hrp, data) != 1 {
		return "", nil, fail("checksum", "checksum", "does not fit: a character is wrong or missing")
	}
	return hrp, data[:len(data)-checksumGroups], nil
}

// oneCase refuses texts that mix upper and lower case or hold what no bech32 text holds.
func oneCase(text string) error {
	upper, lower := false, false
	for i := range len(text) {
		c := text[i]
		if c < 33 || c > 126 {
			return fail("invoice", "printable", "has byte %#02x as character %d", c, i+1)
		}
		upper = upper || 'A' <= c && c <= 'Z'
		lower = lower || 'a' <= c && c <= 'z'
	}
	if upper && lower {
		return fail("invoice", "one-case", "mixes upper and lower case")
	}
	return nil
}

// checksum is the BCH code of BIP 173 over a human-readable part and 5-bit groups; it is 1 if their end fits.
func checksum(hrp string, groups []byte) uint32 {
	c := uint32(1)
	for i := range len(hrp) {
		c = checksumStep(c, hrp[i]>>5)
	}
	c = checksumStep(c, 0)
	for i := range len(hrp) {
		c = checksumStep(c, hrp[i]&31)
	}
	for _, g := range groups {
		c = checksumStep(c, g)
	}
	return c
}

func checksumStep(c uint32, group byte) uint32 {
	return c&0x1ffffff<<5 ^ uint32(group) ^ generator[c>>25]
}

// generator is what the 5 bits that leave the register add to it: sums of the terms of BIP 173.
var generator = func() (sums [32]uint32) {
	for top := range sums {
		for i, term := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sums[top] ^= term
			}
		}
	}
	return sums
}()

// wholeBytes joins groups into bytes; what is left are less than 5 bits, all 0.
func wholeBytes(field string, groups []byte) ([]byte, error) {
	out := make([]byte, 0, 5*len(groups)/8)
	bits, n := uint(0), 0
	for _, g := range groups {
		bits, n = bits<<5|uint(g), n+5
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	if n >= 5 || bits != 0 {
		return nil, fail(field, "padding", "ends with %d spare bits of value %d, fewer than 5 zeros pad it", n, bits)
	}
	return out, nil
}

// number reads groups as a number, held at MaxNumber.
func number(groups []byte) int64 {
	n := int64(0)
	for _, g := range groups {
		if n > MaxNumber>>5 {
			return MaxNumber
		}
		n = n<<5 | int64(g)
	}
	return min(n, MaxNumber)
}
