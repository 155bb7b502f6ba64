package bolt11

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

const maxFieldGroups = 1<<10 - 1

// Encode writes an invoice and signs it with the key of its payee. Of inv it takes everything but Payee; ExpiryS
// and MinFinalCltv of 0 are left out, so that a reader takes the defaults, and Named adds a field n. The same
// invoice and key give the same text. Decode accepts what it writes. Errors say what cannot be written.
func Encode(inv Invoice, key *btcec.PrivateKey) (string, error) {
	if err := writable(inv); err != nil {
		return "", fmt.Errorf("bolt11: %w", err)
	}
	hrp := inv.Prefix + amountText(inv.AmountMsat)
	data := make([]byte, timestampGroups, 512)
	for i := range data {
		data[i] = byte(inv.TimestampS >> (5 * (timestampGroups - 1 - i)) & 31)
	}
	data = appendFields(data, inv, key)
	return seal(hrp, data, key), nil
}

// seal signs a human-readable part and data and adds the checksum.
func seal(hrp string, data []byte, key *btcec.PrivateKey) string {
	hash := digest(hrp, data)
	compact := ecdsa.SignCompact(key, hash[:], true)
	signature := append(slices.Clone(compact[1:]), compact[0]-compactHeader)
	return joinBech32(hrp, append(data, groupsOf(signature)...))
}

func joinBech32(hrp string, data []byte) string {
	sum := checksum(hrp, append(slices.Clone(data), make([]byte, checksumGroups)...)) ^ 1
	for i := range checksumGroups {
		data = append(data, byte(sum>>(5*(checksumGroups-1-i))&31))
	}
	var b strings.Builder
	b.WriteString(hrp + "1")
	for _, g := range data {
		b.WriteByte(charset[g])
	}
	return b.String()
}

func writable(inv Invoice) error {
	switch {
	case !slices.Contains(Networks(), inv.Prefix):
		return fmt.Errorf("unknown prefix %q", inv.Prefix)
	case inv.AmountMsat < 0 || inv.AmountMsat > MaxMsat:
		return fmt.Errorf("an amount of %d msat", inv.AmountMsat)
	case inv.TimestampS < 0 || inv.TimestampS >= 1<<(5*timestampGroups):
		return fmt.Errorf("a timestamp of %d", inv.TimestampS)
	case inv.DescriptionHash != nil && inv.Description != "":
		return errors.New("a description and the hash of one")
	case !utf8.ValidString(inv.Description) || len(groupsOf([]byte(inv.Description))) > maxFieldGroups:
		return errors.New("a description that is not UTF-8, or too long")
	case inv.ExpiryS < 0 || inv.ExpiryS > MaxNumber || inv.MinFinalCltv < 0 || inv.MinFinalCltv > MaxNumber:
		return fmt.Errorf("an expiry of %d s, a final delta of %d blocks", inv.ExpiryS, inv.MinFinalCltv)
	case len(inv.Features) > maxFieldGroups || slices.ContainsFunc(inv.Features, func(g byte) bool { return g > 31 }):
		return errors.New("feature bits that are too many or not in groups of 5")
	}
	_, err := readFeatures(inv.Features)
	return err
}

// appendFields writes the fields in the order in which LND writes them.
func appendFields(data []byte, inv Invoice, key *btcec.PrivateKey) []byte {
	data = appendField(data, fieldHash, groupsOf(inv.PaymentHash[:]))
	if inv.DescriptionHash != nil {
		data = appendField(data, fieldTextHash, groupsOf(inv.DescriptionHash[:]))
	} else {
		data = appendField(data, fieldDescription, groupsOf([]byte(inv.Description)))
	}
	if inv.MinFinalCltv > 0 {
		data = appendField(data, fieldCltv, numberGroups(inv.MinFinalCltv))
	}
	if inv.ExpiryS > 0 {
		data = appendField(data, fieldExpiry, numberGroups(inv.ExpiryS))
	}
	if inv.Named {
		data = appendField(data, fieldNode, groupsOf(key.PubKey().SerializeCompressed()))
	}
	data = appendField(data, fieldSecret, groupsOf(inv.PaymentSecret[:]))
	if len(inv.Features) > 0 {
		data = appendField(data, fieldFeatures, inv.Features)
	}
	return data
}

func appendField(data []byte, kind byte, content []byte) []byte {
	return append(append(data, kind, byte(len(content)>>5), byte(len(content)&31)), content...)
}

// groupsOf splits bytes into groups of 5 bits, zeros added to the last.
func groupsOf(b []byte) []byte {
	out := make([]byte, 0, (8*len(b)+4)/5)
	bits, n := uint(0), 0
	for _, c := range b {
		bits, n = bits<<8|uint(c), n+8
		for n >= 5 {
			n -= 5
			out = append(out, byte(bits>>n&31))
		}
	}
	if n > 0 {
		out = append(out, byte(bits<<(5-n)&31))
	}
	return out
}

// numberGroups writes a positive number in the fewest groups.
func numberGroups(n int64) []byte {
	var out []byte
	for ; n > 0; n >>= 5 {
		out = append(out, byte(n&31))
	}
	slices.Reverse(out)
	return out
}

// amountText writes an amount with the largest multiplier that it is a whole number of; "" for 0.
func amountText(msat int64) string {
	if msat == 0 {
		return ""
	}
	unit := int64(msatPerBitcoin)
	for _, multiplier := range [4]string{"", "m", "u", "n"} {
		if msat%unit == 0 {
			return strconv.FormatInt(msat/unit, 10) + multiplier
		}
		unit /= 1000
	}
	return strconv.FormatInt(msat, 10) + "0p"
}
