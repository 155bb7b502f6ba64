package bolt11

import (
	"crypto/sha256"
)

// MaxLength bounds the characters of an invoice; it is also LND's bound. A QR code holds no more.
const MaxLength = 7089

// MaxMsat is all bitcoin that there will be, in millisatoshis.
const MaxMsat = 21_000_000 * msatPerBitcoin

// MaxNumber is the largest Expiry and MinFinalCltv that are told; larger ones are told as this. The sum of two
// of them, or of one and a timestamp, fits an int64.
const MaxNumber = 1 << 61

// Defaults of fields that an invoice may leave out.
const (
	DefaultExpiryS      = 3600
	DefaultMinFinalCltv = 18
)

// Invoice is what the signer of an invoice promised.
type Invoice struct {
	Prefix          string    // lower case, without the amount: "lnbc"; one of Networks
	AmountMsat      int64     // 1 to MaxMsat; 0 if the payer chooses
	TimestampS      int64     // Unix seconds, below 1<<35
	PaymentHash     [32]byte  // p
	PaymentSecret   [32]byte  // s
	Description     string    // d, valid UTF-8 and foreign text; "" with a DescriptionHash
	DescriptionHash *[32]byte // h; nil if there is a Description, which may be empty
	ExpiryS         int64     // x: seconds after the timestamp, 0 to MaxNumber
	MinFinalCltv    int64     // c: blocks that the last HTLC must have left, 0 to MaxNumber
	Features        Features  // 9
	Payee           [33]byte  // the node that signed, a compressed key
	Named           bool      // the payee is named in a field n; otherwise its key was recovered
}

// ExpiresS is when the invoice ends, in Unix seconds.
func (i *Invoice) ExpiresS() int64 { return i.TimestampS + i.ExpiryS }

// Networks are the prefixes that are understood: Bitcoin's main network, its test networks 3 and 4, signet,
// regtest, and the simulation network of btcd.
func Networks() []string { return []string{"lnbc", "lntb", "lntbs", "lnbcrt", "lnsb"} }

// Decode reads an invoice and finds the node that signed it. Time and memory are linear in the text, and
// it does not look at more than MaxLength characters. Errors: *Error.
func Decode(text string) (Invoice, error) {
	hrp, data, err := splitBech32(text)
	if err != nil {
		return Invoice{}, err
	}
	var inv Invoice
	if inv.Prefix, inv.AmountMsat, err = readHumanPart(hrp); err != nil {
		return Invoice{}, err
	}
	if len(data) < timestampGroups+signatureGroups {
		return Invoice{}, fail("invoice", "too-short", "has %d groups of 5 bits, a timestamp and a signature take %d",
			len(data), timestampGroups+signatureGroups)
	}
	signed, signature := data[:len(data)-signatureGroups], data[len(data)-signatureGroups:]
	inv.TimestampS = number(signed[:timestampGroups])
	f, err := readFields(&inv, signed[timestampGroups:])
	if err != nil {
		return Invoice{}, err
	}
	if err := f.complete(); err != nil {
		return Invoice{}, err
	}
	if inv.Payee, err = payee(digest(hrp, signed), signature, f.node); err != nil {
		return Invoice{}, err
	}
	inv.Named = f.node != nil
	return inv, nil
}

// digest is what is signed: the human-readable part and the data, zeros added to whole bytes.
func digest(hrp string, groups []byte) [32]byte {
	message := make([]byte, 0, len(hrp)+(5*len(groups)+7)/8)
	message = append(message, hrp...)
	bits, n := uint(0), 0
	for _, g := range groups {
		bits, n = bits<<5|uint(g), n+5
		if n >= 8 {
			n -= 8
			message = append(message, byte(bits>>n))
		}
	}
	if n > 0 {
		message = append(message, byte(bits<<(8-n)))
	}
	return sha256.Sum256(message)
}
