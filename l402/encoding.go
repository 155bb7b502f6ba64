package l402

// The invalid mark has both alphabet bits, so one test at the end of a decode
// finds an invalid character as well as a mix of the two alphabets.
const (
	b64Std     = 0x40
	b64URL     = 0x80
	b64Invalid = 0xff
)

// b64Table maps a character to its six bits; the four characters that differ
// between the alphabets of RFC 4648 sections 4 and 5 carry their alphabet's bit.
var b64Table = makeB64Table()

func makeB64Table() (t [256]byte) {
	const common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range t {
		t[i] = b64Invalid
	}
	for i := range len(common) {
		t[common[i]] = byte(i)
	}
	t['+'], t['/'] = 62|b64Std, 63|b64Std
	t['-'], t['_'] = 62|b64URL, 63|b64URL
	return t
}

// decodeBase64 decodes src into dst and returns the number of bytes written.
// It takes the standard or the url-safe alphabet (not both in one text), with
// correct padding or none; unused low bits must be zero. It allocates nothing.
// ok is false for any other text and when dst is too short.
func decodeBase64(dst []byte, src string) (n int, ok bool) {
	if len(src) > 0 && src[len(src)-1] == '=' {
		if len(src)%4 != 0 {
			return 0, false
		}
		src = src[:len(src)-1]
		if src[len(src)-1] == '=' {
			src = src[:len(src)-1]
		}
	}
	tail := len(src) % 4
	full := len(src) - tail
	n = full / 4 * 3
	if tail == 1 || n+2 >= len(dst) {
		return 0, false
	}

	var seen byte
	out := dst[:n]
	for in := src[:full]; len(in) >= 4 && len(out) >= 3; in, out = in[4:], out[3:] {
		a, b, c, d := b64Table[in[0]], b64Table[in[1]], b64Table[in[2]], b64Table[in[3]]
		seen |= a | b | c | d
		v := uint32(a&0x3f)<<18 | uint32(b&0x3f)<<12 | uint32(c&0x3f)<<6 | uint32(d&0x3f)
		out[0], out[1], out[2] = byte(v>>16), byte(v>>8), byte(v)
	}

	switch tail {
	case 2:
		a, b := b64Table[src[full]], b64Table[src[full+1]]
		seen |= a | b
		dst[n] = a<<2 | b>>4&3
		n++
		ok = b&0x0f == 0
	case 3:
		a, b, c := b64Table[src[full]], b64Table[src[full+1]], b64Table[src[full+2]]
		seen |= a | b | c
		dst[n], dst[n+1] = a<<2|b>>4&3, b<<4|c>>2&0x0f
		n += 2
		ok = c&0x03 == 0
	default:
		ok = true
	}
	return n, ok && seen&(b64Std|b64URL) != b64Std|b64URL
}

// hexTable maps a hex digit to its value; upper-case digits carry bit 4, other
// characters bit 7.
var hexTable = makeHexTable()

func makeHexTable() (t [256]byte) {
	for i := range t {
		t[i] = 0x80
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i] = byte(10 + i)
		t['A'+i] = byte(10+i) | 0x10
	}
	return t
}

// hexBits decodes 64 characters and returns the flag bits it met.
func hexBits[S ~string | ~[]byte](dst *[32]byte, s S) (flags byte) {
	for i := range dst {
		hi, lo := hexTable[s[2*i]], hexTable[s[2*i+1]]
		flags |= hi | lo
		dst[i] = hi<<4 | lo&0x0f
	}
	return flags
}

// decodeHex32 decodes 64 hex digits of either case. It allocates nothing.
func decodeHex32[S ~string | ~[]byte](dst *[32]byte, s S) bool {
	return len(s) == 64 && hexBits(dst, s)&0x80 == 0
}

// decodeLowerHex32 decodes 64 lower-case hex digits. It allocates nothing.
func decodeLowerHex32[S ~string | ~[]byte](dst *[32]byte, s S) bool {
	return len(s) == 64 && hexBits(dst, s)&0x90 == 0
}
