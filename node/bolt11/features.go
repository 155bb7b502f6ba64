package bolt11

import "slices"

// Features are the feature bits of an invoice, in groups of 5, the highest first, as they stand in it.
type Features []byte

// knownFeatures are the even bits that BOLT 9 gives to invoices: var_onion_optin, payment_secret, basic_mpp,
// option_route_blinding, option_attribution_data, option_payment_metadata. Knowing one means to accept an invoice that requires it.
var knownFeatures = [6]int{8, 14, 16, 24, 36, 48}

// FeatureBits sets the given bits, each 0 to 5114, in the fewest groups; nil for none.
func FeatureBits(bits ...int) Features {
	if len(bits) == 0 {
		return nil
	}
	f := make(Features, slices.Max(bits)/5+1)
	for _, b := range bits {
		f[len(f)-1-b/5] |= 1 << (b % 5)
	}
	return f
}

// Has tells whether a bit is set.
func (f Features) Has(bit int) bool {
	return bit >= 0 && bit < 5*len(f) && f[len(f)-1-bit/5]>>(bit%5)&1 == 1
}

func readFeatures(data []byte) (Features, error) {
	f := Features(slices.Clone(data))
	for bit := 0; bit < 5*len(f); bit += 2 {
		if f.Has(bit) && !slices.Contains(knownFeatures[:], bit) {
			return nil, fail("9", "unknown-feature", "requires feature %d, which is not known here", bit)
		}
	}
	return f, nil
}
