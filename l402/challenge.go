package l402

import (
	"encoding/base64"
	"fmt"
)

// Challenge is what a caller has to pay, and the macaroon it will then hold.
type Challenge struct {
	Macaroon    *Macaroon
	Invoice     string // BOLT11
	TokenID     TokenID
	PaymentHash Hash
	PayBy       int64 // Unix second at which the invoice expires
	PriceMsat   int64
	Uses        int64 // how often the token will be good

	foreign string // the header as another seller wrote it
}

// Header returns the value of WWW-Authenticate, in the one form that all known
// clients parse: macaroon and invoice first, as LSAT had them; then version and
// token, the names of bLIP-26.
func (c Challenge) Header() string {
	if c.foreign != "" {
		return c.foreign
	}
	token := base64.StdEncoding.EncodeToString(c.Macaroon.append(nil))
	return `L402 macaroon="` + token + `", invoice="` + c.Invoice + `", version="0", token="` + token + `"`
}

// String names the challenge without the macaroon.
func (c Challenge) String() string {
	return fmt.Sprintf("challenge for token %s, %d msat", c.TokenID, c.PriceMsat)
}
