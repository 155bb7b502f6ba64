package voting

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// ScoreDigits is the number of decimal digits of a score.
const ScoreDigits = 12

// Limits of a written number: enough for every 64-bit float, and small enough
// that no short text makes a huge number.
const (
	maxNumberLength   = 400
	maxNumberExponent = 400
)

// Score is a decimal number with ScoreDigits digits after the point. It is
// immutable and safe for concurrent use.
type Score struct{ units *big.Int }

// NewScore returns units * 10^-digits, rounded half to even; units are at least
// 0.
func NewScore(units *big.Int, digits int) Score {
	return roundScore(units, big.NewInt(1), digits)
}

// roundScore returns n / (d * 10^digits), rounded half to even.
func roundScore(n, d *big.Int, digits int) Score {
	n = new(big.Int).Mul(n, pow10(ScoreDigits))
	return Score{roundHalfEven(n, new(big.Int).Mul(d, pow10(digits)))}
}

// Cmp returns -1, 0 or 1 as s is below, equal to or above t.
func (s Score) Cmp(t Score) int { return s.big().Cmp(t.big()) }

// IsZero reports whether s is zero.
func (s Score) IsZero() bool { return s.big().Sign() == 0 }

// Units returns s as a count of 10^-ScoreDigits.
func (s Score) Units() *big.Int { return new(big.Int).Set(s.big()) }

func (s Score) big() *big.Int {
	if s.units == nil {
		return new(big.Int)
	}
	return s.units
}

// String renders s in decimal without trailing zeros.
func (s Score) String() string { return DecimalString(s.big(), ScoreDigits) }

// MarshalText renders s as String does.
func (s Score) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote and nothing else.
func (s *Score) UnmarshalText(text []byte) error {
	units, digits, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	if digits > ScoreDigits {
		return fmt.Errorf("%+q has more than %d decimal digits", text, ScoreDigits)
	}
	v := Score{units.Mul(units, pow10(ScoreDigits-digits))}
	if v.String() != string(text) {
		return fmt.Errorf("%+q is not in canonical form", text)
	}
	*s = v
	return nil
}

// DecimalString renders units * 10^-digits without trailing zeros.
func DecimalString(units *big.Int, digits int) string {
	text := new(big.Int).Abs(units).String()
	if pad := digits + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	whole, part := text[:len(text)-digits], strings.TrimRight(text[len(text)-digits:], "0")
	if part != "" {
		whole += "." + part
	}
	if units.Sign() < 0 {
		whole = "-" + whole
	}
	return whole
}

// ParseDecimal reads a number as JSON writes it, exactly: units * 10^-digits
// with digits as small as possible. Numbers of more than 400 characters or an
// exponent beyond 400 are refused.
func ParseDecimal(s string) (units *big.Int, digits int, err error) {
	if len(s) > maxNumberLength {
		return nil, 0, fmt.Errorf("number of %d characters is longer than %d", len(s), maxNumberLength)
	}
	if !jsonNumber(s) {
		return nil, 0, fmt.Errorf("%+q is not a number", s)
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		exponent, err = strconv.Atoi(s[i+1:])
		if err != nil || exponent > maxNumberExponent || exponent < -maxNumberExponent {
			return nil, 0, fmt.Errorf("exponent of %+q is beyond %d", s, maxNumberExponent)
		}
	}
	whole, part, _ := strings.Cut(mantissa, ".")
	part = strings.TrimRight(part, "0")
	digits = len(part) - exponent
	text := whole + part
	if digits > 0 && strings.Trim(text, "-0") != "" { // 1e-2 and 0.010 read alike
		for digits > 0 && text[len(text)-1] == '0' {
			text, digits = text[:len(text)-1], digits-1
		}
	}
	units, _ = new(big.Int).SetString(text, 10) // digits only, checked above
	if digits < 0 {
		return units.Mul(units, pow10(-digits)), 0, nil
	}
	return units, digits, nil
}

// jsonNumber reports whether s follows the number grammar of RFC 8259 section 6.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	n := digits()
	if n == 0 || (n > 1 && s[0] == '0') {
		return false
	}
	s = s[n:]
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// roundHalfEven returns n/d rounded to the nearest whole number, and to the
// even one of two equally near. n is at least 0 and d above 0.
func roundHalfEven(n, d *big.Int) *big.Int {
	quo, rem := new(big.Int).QuoRem(n, d, new(big.Int))
	switch rem.Lsh(rem, 1).Cmp(d) {
	case 1:
		quo.Add(quo, big.NewInt(1))
	case 0:
		quo.Add(quo, big.NewInt(int64(quo.Bit(0))))
	}
	return quo
}
