package mpp

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// maxSat is all bitcoin that there will be, in sats.
const maxSat = 21_000_000 * 100_000_000

// Charge is what a challenge of the method lightning and the intent charge asks for. It is the
// seller's word: whether the invoice says the same, the buyer has to look.
type Charge struct {
	AmountMsat  int64
	Invoice     string // BOLT11, not decoded, in lower case
	PaymentHash [32]byte
	Network     string    // "mainnet", "testnet", "signet", "regtest"; "": mainnet, or not said
	Expires     time.Time // zero: not said
}

// Charge reads what the challenge asks for. ErrMalformed names the member that is wrong.
func (c Challenge) Charge() (Charge, error) {
	if c.Method != Lightning || c.Intent != ChargeOnce {
		return Charge{}, malformed("challenge: method %.40q with intent %.40q, only %s with %s is paid here", c.Method, c.Intent, Lightning, ChargeOnce)
	}
	text, err := decode64(c.Request)
	if err != nil {
		return Charge{}, err
	}
	request, err := readObject("request", text)
	if err != nil {
		return Charge{}, err
	}
	if currency := request.text("currency"); currency != "sat" {
		return Charge{}, malformed("request: currency %.40q, only sat is paid here", currency)
	}
	var out Charge
	if out.AmountMsat, err = readAmount(request.text("amount")); err != nil {
		return Charge{}, err
	}
	details, err := readObject("request.methodDetails", request["methodDetails"])
	if err != nil {
		return Charge{}, err
	}
	out.Invoice = strings.ToLower(details.text("invoice"))
	if out.Invoice == "" {
		return Charge{}, malformed("request.methodDetails: invoice is missing")
	}
	hash, err := hex.DecodeString(details.text("paymentHash"))
	if err != nil || len(hash) != len(out.PaymentHash) {
		return Charge{}, malformed("request.methodDetails: paymentHash is not 64 hex digits")
	}
	out.PaymentHash, out.Network = [32]byte(hash), details.text("network")
	if c.Expires != "" {
		if out.Expires, err = time.Parse(time.RFC3339, c.Expires); err != nil {
			return Charge{}, malformed("challenge: expires is not a time of RFC 3339")
		}
	}
	return out, nil
}

// readAmount reads a whole number of sats.
func readAmount(text string) (msat int64, err error) {
	sat, err := strconv.ParseInt(text, 10, 64)
	if err != nil || sat < 1 || sat > maxSat || strconv.FormatInt(sat, 10) != text {
		return 0, malformed("request: amount %.40q is not a whole number of sats from 1 to %d", text, int64(maxSat))
	}
	return sat * 1000, nil
}

// object is the members of a JSON object by their exact names, which encoding/json would take in
// any case.
type object map[string]json.RawMessage

func readObject(name string, text []byte) (object, error) {
	canonical, err := Canonical(text)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(canonical, []byte("{")) {
		return nil, malformed("%s: not a JSON object", name)
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, malformed("%s: not a JSON object", name)
	}
	return o, nil
}

// text is a member that is a string, or "".
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}
