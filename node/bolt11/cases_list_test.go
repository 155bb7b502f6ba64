package bolt11

import (
	"bytes"
	"slices"
	"strings"
)

// vectorCases are all cases of testdata/vectors.txt, in its order.
func vectorCases() []vectorCase {
	return slices.Concat(formCases(), amountCases(), fieldCases(), numberCases(), featureCases(), skippedCases(), signatureCases())
}

func formCases() []vectorCase {
	good := ten(plain())
	cases := []vectorCase{
		{"the least that an invoice has: defaults for the rest", good},
		{"the same in upper case", strings.ToUpper(good)},
		{"no amount: the payer chooses", signed("lnbcrt", plain())},
		{"as long as may be", padded(MaxLength)},
		{"one character longer", padded(MaxLength + 1)},
		{"dated 0", ten(slices.Concat(make([]byte, timestampGroups), plain()[timestampGroups:]))},
		{"dated as late as 35 bits go", ten(slices.Concat(bytes.Repeat([]byte{31}, timestampGroups), plain()[timestampGroups:]))},
		{"fields in another order", ten(draft(featuresField, secretField, nodeField, teaField, hashField))},
		{"empty text", ""},
		{"a separator alone", "1"},
		{"no human-readable part", joinBech32("", plain())},
		{"mixed case in the data", good[:60] + strings.ToUpper(good[60:])},
		{"mixed case, the human-readable part in upper case", "LNBCRT100N" + good[10:]},
		{"a space before it", " " + good},
		{"a line end after it", good + "\n"},
		{"a URI scheme before it", "lightning:" + good},
		{"a letter that is not ASCII", strings.Replace(good, "lnbcrt", "lnbcrť", 1)},
		{"a character that bech32 leaves out", good[:40] + "b" + good[41:]},
		{"no separator", strings.ReplaceAll(good[:6]+good[10:], "1", "")},
		{"one character changed", good[:30] + string(charset[(strings.IndexByte(charset, good[30])+1)%32]) + good[31:]},
		{"the last character missing", good[:len(good)-1]},
		{"the checksum of bech32m", bech32m(good)},
		{"a checksum alone", joinBech32("lnbcrt", nil)},
		{"one group too short for timestamp and signature", joinBech32("lnbcrt", make([]byte, timestampGroups+signatureGroups-1))},
		{"timestamp and signature alone", ten(draft())},
	}
	for _, prefix := range Networks() {
		cases = append(cases, vectorCase{"the prefix " + prefix, signed(prefix+"100n", plain())})
	}
	for _, prefix := range []string{"ln", "lnb", "bc", "lnbcr", "lnbcrtx", "lntbx", "xlnbc", "lnltc", "ln-bc", "lntb\x7e"} {
		cases = append(cases, vectorCase{"an unknown prefix, " + prefix, signed(prefix+"100n", plain())})
	}
	return cases
}

func amountCases() (cases []vectorCase) {
	for _, c := range [][2]string{
		{"1", "one bitcoin"}, {"1m", "milli"}, {"1u", "micro"}, {"1n", "nano"}, {"10p", "one millisatoshi"},
		{"1000m", "not the shortest form"}, {"100000000000p", "not the shortest form"},
		{"21000000", "all bitcoin"}, {"21000000000m", "all bitcoin"}, {"21000000000000u", "all bitcoin"},
		{"21000000000000000n", "all bitcoin"}, {"21000000000000000000p", "all bitcoin; LND counts picobitcoin in 64 bits"},
		{"21000001", "a bitcoin too much"}, {"21000000001m", "a millibitcoin too much"}, {"21000000000001u", "a microbitcoin too much"},
		{"21000000000000001n", "a nanobitcoin too much"}, {"21000000000000000010p", "a millisatoshi too much"},
		{"184467440737096u", "wraps to 48384 msat in 64 bits"}, {"184467440737095517n", "wraps in 64 bits"},
		{"190000000000000000000p", "wraps within 64 bits where digits are added before they are bounded"},
		{"18446744073709551616", "beyond 64 bits"}, {strings.Repeat("9", 200), "far beyond 64 bits"},
		{"0", "no positive number"}, {"0u", "no positive number"}, {"0p", "no positive number"},
		{"01", "a leading zero"}, {"00010u", "leading zeros"}, {"010p", "a leading zero"},
		{"5p", "half a millisatoshi"}, {"1p", "a tenth of a millisatoshi"}, {"11p", "more than a millisatoshi, not whole"},
		{"1x", "an unknown multiplier"}, {"1mm", "two multipliers"}, {"1u5", "a digit after the multiplier"}, {"1m1n", "two amounts"},
		{"1.5", "a decimal point"}, {"1_000", "an underscore"}, {"1+1", "a sign"}, {"1k", "an unknown multiplier"},
	} {
		cases = append(cases, vectorCase{"the amount " + c[0] + ": " + c[1], signed("lnbcrt"+c[0], plain())})
	}
	return append(cases, vectorCase{"a 1 in the amount: the last 1 separates", signed("lnbcrt110n", plain())})
}

func fieldCases() []vectorCase {
	with := func(fields ...[]byte) string { return ten(draft(fields...)) }
	spare := func(kind byte, b []byte, bits byte) []byte {
		g := groupsOf(b)
		g[len(g)-1] |= bits
		return field(kind, g...)
	}
	cases := []vectorCase{
		{"an empty description", with(hashField, textField(""), secretField)},
		{"the hash of a description", with(hashField, textHashField, secretField)},
		{"a description in several scripts", with(hashField, textField("tea, чай, 茶, \U0001f375"), secretField)},
		{"a description with control characters", with(hashField, textField("a\x00b\u202e"), secretField)},
		{"a description as long as may be", with(hashField, textField(strings.Repeat("x", 639)), secretField)},
		{"no features", with(hashField, teaField, secretField)},
		{"p missing", with(teaField, secretField)},
		{"s missing", with(hashField, teaField)},
		{"s missing beside a blinded path, as in LND's blinded invoices", with(hashField, teaField, field(20, 1, 2, 3))},
		{"neither d nor h", with(hashField, secretField)},
		{"both d and h", with(hashField, teaField, textHashField, secretField)},
		{"p of 51 groups", with(field(fieldHash, make([]byte, 51)...), teaField, secretField)},
		{"p of 53 groups, a right one after it", with(field(fieldHash, make([]byte, 53)...), hashField, teaField, secretField)},
		{"p of 51 groups after a right one", with(hashField, field(fieldHash, make([]byte, 51)...), teaField, secretField)},
		{"an empty p after a right one", with(hashField, field(fieldHash), teaField, secretField)},
		{"s of 51 groups", with(hashField, teaField, field(fieldSecret, make([]byte, 51)...))},
		{"h of 53 groups beside a d", with(hashField, teaField, field(fieldTextHash, make([]byte, 53)...), secretField)},
		{"n of 52 groups", ten(plain(field(fieldNode, make([]byte, 52)...)))},
		{"n of 54 groups", ten(plain(field(fieldNode, make([]byte, 54)...)))},
		{"p with a spare bit set", with(spare(fieldHash, bytes32(0x22), 1), teaField, secretField)},
		{"s with a spare bit set", with(hashField, teaField, spare(fieldSecret, bytes32(0x11), 8))},
		{"h with a spare bit set", with(hashField, spare(fieldTextHash, bytes32(0x33), 2), secretField)},
		{"n with its spare bit set", ten(plain(spare(fieldNode, vectorKey.PubKey().SerializeCompressed(), 1)))},
		{"d with a spare bit set", with(hashField, spare(fieldDescription, []byte("tea"), 1), secretField)},
		{"d with a spare group", with(hashField, field(fieldDescription, append(groupsOf([]byte("tea")), 0)...), secretField)},
		{"d of one group", with(hashField, field(fieldDescription, 0), secretField)},
		{"a type and nothing after it", ten(plain([]byte{2}))},
		{"a type and half a length", ten(plain([]byte{2, 0}))},
		{"a field longer than what is left", ten(plain([]byte{2, 0, 2, 0}))},
		{"the last field as long as what is left", ten(plain([]byte{2, 0, 1, 0}))},
	}
	for _, bad := range []string{"\xff", "tea\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe8\x8c"} {
		cases = append(cases, vectorCase{"a description that is not UTF-8", with(hashField, textField(bad), secretField)})
	}
	for _, twice := range [][]byte{hashField, secretField, teaField, textField("other"), featuresField,
		field(fieldHash, groupsOf(otherText[:])...), field(fieldSecret, groupsOf(otherText[:])...), field(fieldFeatures, FeatureBits(100)...)} {
		cases = append(cases, vectorCase{"a second " + fieldNames[twice[0]], ten(plain(twice))})
	}
	for _, twice := range [][]byte{field(fieldExpiry, 1, 0), field(fieldCltv, 1, 0), nodeField} {
		cases = append(cases, vectorCase{"two of " + fieldNames[twice[0]], ten(plain(twice, twice))})
	}
	return append(cases, vectorCase{"two of h", with(hashField, textHashField, textHashField, secretField)})
}

func numberCases() (cases []vectorCase) {
	full := bytes.Repeat([]byte{31}, 12)
	for _, kind := range []byte{fieldExpiry, fieldCltv} {
		for _, c := range []struct {
			about  string
			groups []byte
		}{
			{"60", []byte{1, 28}}, {"0 in one group", []byte{0}}, {"nothing: 0", nil}, {"60 with leading zeros", []byte{0, 0, 0, 1, 28}},
			{"60 in 14 groups, which LND does not read", append(make([]byte, 12), 1, 28)},
			{"9223372036, the longest of LND's durations", numberGroups(9223372036)}, {"9223372037, which wraps in LND's durations", numberGroups(9223372037)},
			{"the largest number that is told", numberGroups(MaxNumber)}, {"one more", numberGroups(MaxNumber + 1)},
			{"2^63", append([]byte{8}, make([]byte, 12)...)}, {"2^64-1", append([]byte{15}, full...)},
			{"2^65-1, which LND reads as 2^64-1", append([]byte{31}, full...)}, {"1023 groups", bytes.Repeat([]byte{31}, maxFieldGroups)},
		} {
			cases = append(cases, vectorCase{fieldNames[kind] + " of " + c.about, ten(plain(field(kind, c.groups...)))})
		}
	}
	return cases
}

func featureCases() (cases []vectorCase) {
	with := func(about string, f Features) {
		cases = append(cases, vectorCase{about, ten(draft(hashField, teaField, secretField, field(fieldFeatures, f...)))})
	}
	with("all features that are known, required", FeatureBits(knownFeatures[:]...))
	with("all features that are known, optional", FeatureBits(9, 15, 17, 25, 37, 49))
	with("multi-part payments alone: what they depend on is assumed", FeatureBits(17))
	with("unknown optional features", FeatureBits(8, 14, 1, 31, 99, 263))
	with("the highest optional feature that fits", FeatureBits(8, 14, 5113))
	with("features with leading zeros", append(make(Features, 3), FeatureBits(8, 14)...))
	with("features, none of them set", make(Features, 3))
	with("an empty field of features", nil)
	for _, bit := range []int{0, 2, 6, 10, 12, 18, 22, 26, 30, 46, 50, 100, 148, 262, 5114} {
		with("a feature required that invoices do not have", FeatureBits(8, 14, bit))
	}
	return cases
}

func skippedCases() (cases []vectorCase) {
	hop := slices.Concat(vectorKey.PubKey().SerializeCompressed(), make([]byte, 18))
	badHop := slices.Concat(bytes.Repeat([]byte{5}, 33), make([]byte, 18))
	route := field(3, groupsOf(hop)...)
	for _, c := range []struct {
		about  string
		fields []byte
	}{
		{"an unknown field", field(2, 0, 0, 0)}, {"an unknown empty field", field(0)},
		{"an unknown field as long as may be", field(31, make([]byte, maxFieldGroups)...)},
		{"metadata", field(27, groupsOf([]byte{1, 0xfa, 0xfa, 0xf0})...)}, {"metadata with a spare bit set", field(27, 1)},
		{"a route", route}, {"two routes", append(slices.Clone(route), route...)},
		{"a route of no whole hops", field(3, groupsOf(hop[:50])...)}, {"an empty route", field(3)},
		{"a route by no node", field(3, groupsOf(badHop)...)},
		{"a fallback address of unknown version", field(9, append([]byte{19}, make([]byte, 32)...)...)},
		{"a fallback address of a wrong length", field(9, 0, 1, 2)}, {"an empty fallback address", field(9)},
		{"two fallback addresses", append(field(9, append([]byte{17}, make([]byte, 32)...)...), field(9, 18)...)},
		{"a blinded path that is none", field(20, 1, 2, 3)},
	} {
		cases = append(cases, vectorCase{"skipped: " + c.about, ten(plain(c.fields))})
	}
	return cases
}

func signatureCases() []vectorCase {
	const hrp = "lnbcrt100n"
	unnamed := func(about string, change func([]byte, [32]byte)) vectorCase {
		return vectorCase{about, resigned(hrp, plain(), change)}
	}
	named := func(about string, change func([]byte, [32]byte)) vectorCase {
		return vectorCase{"with n: " + about, resigned(hrp, plain(nodeField), change)}
	}
	keep := func([]byte, [32]byte) {}
	recovery := func(n byte) func([]byte, [32]byte) { return set(64, []byte{n}) }
	flip := func(sig []byte, _ [32]byte) { sig[64] ^= 1 }
	off := bytes.Clone(vectorKey.PubKey().SerializeCompressed())
	off[0] = 4
	return []vectorCase{
		unnamed("high S, recovered", highS),
		unnamed("the other recovery number: another node signed", flip),
		unnamed("recovery number 2, r + n beyond the field", recovery(2)),
		unnamed("recovery number 4", recovery(4)),
		unnamed("recovery number 252, which wraps in LND", recovery(252)),
		unnamed("r of 0", set(0, make([]byte, 32))),
		unnamed("r of the order of the curve", set(0, order())),
		unnamed("r of no point", set(0, append(make([]byte, 31), 5))),
		unnamed("r of 2^256-1", set(0, bytes32(0xff))),
		unnamed("s of 0", set(32, make([]byte, 32))),
		unnamed("s of the order of the curve", set(32, order())),
		unnamed("the point at infinity is recovered", infinity),
		named("signed by it", keep),
		named("the other recovery number, which nobody needs", flip),
		named("recovery number 3, which nobody needs", recovery(3)),
		named("recovery number 4", recovery(4)),
		named("high S", highS),
		named("r of 0", set(0, make([]byte, 32))),
		named("s of the order of the curve", set(32, order())),
		named("signed over something else", set(0, append(make([]byte, 31), 1))),
		{"with n: a key of another node", ten(plain(field(fieldNode, groupsOf(btcec32(9))...)))},
		{"with n: no compressed key", ten(plain(field(fieldNode, groupsOf(off)...)))},
		{"with n: a key that is not on the curve", ten(plain(field(fieldNode, groupsOf(append([]byte{2}, append(make([]byte, 31), 5)...))...)))},
		{"with n: zeros", ten(plain(field(fieldNode, groupsOf(make([]byte, 33))...)))},
	}
}
