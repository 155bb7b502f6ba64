package bolt11

import (
	"slices"
	"strings"
)

const msatPerBitcoin = 100_000_000_000

// readHumanPart reads the network and the amount, 0 for none: the prefix reaches up to the first digit.
func readHumanPart(hrp string) (prefix string, msat int64, err error) {
	prefix, amount := hrp, ""
	if i := strings.IndexAny(hrp, "0123456789"); i >= 0 {
		prefix, amount = hrp[:i], hrp[i:]
	}
	if !slices.Contains(Networks(), prefix) {
		return "", 0, fail("prefix", "known-prefix", "%.10q is none of %s", prefix, strings.Join(Networks(), ", "))
	}
	if amount != "" {
		msat, err = readAmount(amount)
	}
	return prefix, msat, err
}

// readAmount reads digits with a multiplier or without one, in millisatoshis.
func readAmount(text string) (int64, error) {
	digits, unit := text, int64(msatPerBitcoin)
	switch text[len(text)-1] {
	case 'm':
		unit /= 1_000
	case 'u':
		unit /= 1_000_000
	case 'n':
		unit /= 1_000_000_000
	case 'p':
		unit = 0 // a tenth of a millisatoshi
	}
	if unit != msatPerBitcoin {
		digits = text[:len(text)-1]
	}
	if strings.Trim(digits, "0123456789") != "" {
		return 0, fail("amount", "amount-digits", "%.24q is no number with m, u, n, p or nothing after it", text)
	}
	if digits[0] == '0' {
		return 0, fail("amount", "leading-zero", "%.24q begins with 0: amounts are positive, without leading zeros", text)
	}
	if unit == 0 {
		whole, found := strings.CutSuffix(digits, "0")
		if !found {
			return 0, fail("amount", "sub-msat", "%.24q has a part of a millisatoshi: the last digit before p is 0", text)
		}
		digits, unit = whole, 1
	}
	n, most := int64(0), MaxMsat/unit
	for i := range len(digits) {
		d := int64(digits[i] - '0')
		if n > (most-d)/10 {
			return 0, fail("amount", "all-bitcoin", "%.24q is over %d msat, more than all bitcoin there are", text, int64(MaxMsat))
		}
		n = 10*n + d
	}
	return n * unit, nil
}
