package l402

import (
	"fmt"
	"slices"
	"strings"
)

// maxChallengeLen bounds a WWW-Authenticate value that a client reads.
const maxChallengeLen = 32 << 10

// Demand is a challenge as a client received it: what to pay, and what to send
// back with the preimage. It is foreign input; nothing says yet that its
// invoice pays for its macaroon (compare PaymentHash with the invoice's).
type Demand struct {
	// Scheme is "L402" or "LSAT", as the server wrote it, in upper case.
	Scheme string

	// Invoice is the BOLT11 invoice, not decoded, in lower case.
	Invoice string

	// token is what the seller called macaroon or token, to be returned as it came.
	token string
}

// String names the demand without its token.
func (d Demand) String() string {
	return fmt.Sprintf("%s challenge, invoice %s", d.Scheme, d.Invoice)
}

// Token returns the seller's token, as it came: base64 of macaroons as a rule, but
// whatever else a seller likes. It is half of a bearer credential.
func (d Demand) Token() string { return d.token }

// PaymentHash returns the payment hash that the token names, so that a client can
// tie the invoice to it. ok is false if the token names none that is known: it
// is no macaroon, or one with an identifier of another kind.
func (d Demand) PaymentHash() (hash Hash, ok bool) { return hashInToken(d.token) }

// Credential joins the demand's token with the preimage that its payment gave.
func (d Demand) Credential(preimage Preimage) Credential {
	return Credential{scheme: d.Scheme, token: d.token, preimage: preimage}
}

// Credential is a paid token: whoever has it may call. No formatting verb shows
// it.
type Credential struct {
	scheme   string
	token    string
	preimage Preimage
}

// NewCredential joins a token, as Demand.Token returned it, with its preimage, for
// a client that kept both.
func NewCredential(token string, preimage Preimage) (Credential, error) {
	if err := checkToken(token); err != nil {
		return Credential{}, err
	}
	return Credential{scheme: "L402", token: token, preimage: preimage}, nil
}

// Authorization returns the value of the Authorization field. It is a secret.
func (c Credential) Authorization() string {
	return c.scheme + " " + c.token + ":" + c.preimage.Reveal()
}

// String hides the credential.
func (c Credential) String() string { return "(L402 credential hidden)" }

// Format hides the credential from every verb.
func (c Credential) Format(f fmt.State, _ rune) { hide(f, c.String()) }

// MarshalText fails, so that no encoder writes the credential by accident.
func (c Credential) MarshalText() ([]byte, error) { return nil, errSecret }

// ParseDemand finds the L402 challenge among the values of a 402 answer's
// WWW-Authenticate fields; several challenges may share one value (RFC 9110
// section 11.6.1). It reads all forms in use: macaroon or token or both, in any
// order, with or without version, quoted or bare, separated by commas or spaces,
// scheme L402 or LSAT in any case, among others that are malformed. Of several good
// ones an L402 challenge is preferred, then the first. ErrNoCredentials if there is
// none, ErrMalformed with the reason if none is good.
func ParseDemand(values []string) (Demand, error) {
	list, err := ParseDemands(values)
	if err != nil {
		return Demand{}, err
	}
	return list[0], nil
}

// maxDemands is how many challenges of one answer are looked at.
const maxDemands = 8

// ParseDemands is ParseDemand for a client that chooses: all good challenges, at
// least one and at most eight, in that order.
func ParseDemands(values []string) ([]Demand, error) {
	var found []Demand
	var others []string
	var first error
	for _, value := range values {
		if len(value) > maxChallengeLen {
			first = firstOf(first, refuse(ErrMalformed, "WWW-Authenticate: longer than %d bytes", maxChallengeLen))
			continue
		}
		p := challengeParser{rest: value}
		for p.next() {
			if p.scheme != "L402" && p.scheme != "LSAT" {
				if len(others) < maxDemands && len(p.scheme) <= 32 && !slices.Contains(others, p.scheme) {
					others = append(others, p.scheme)
				}
				continue
			}
			d, err := p.demand()
			if err != nil {
				first = firstOf(first, err)
			} else if len(found) < maxDemands {
				found = append(found, d)
			}
		}
	}
	if len(found) == 0 {
		none := "has no L402 challenge"
		if len(others) > 0 {
			none += ", but " + strings.Join(others, ", ")
		}
		return nil, firstOf(first, refuse(ErrNoCredentials, "WWW-Authenticate: %s", none))
	}
	slices.SortStableFunc(found, func(a, b Demand) int { return strings.Compare(a.Scheme, b.Scheme) }) // L402, LSAT
	return found, nil
}

// maxTokenLen bounds a token: most servers take no header field above 16 KiB.
const maxTokenLen = 12 << 10

// checkToken refuses what cannot stand in an Authorization value: anything but
// visible ASCII, quotes and backslashes. What a token means is its seller's affair.
func checkToken(token string) error {
	if token == "" || len(token) > maxTokenLen {
		return refuse(ErrMalformed, "token: %d characters, want 1 to %d", len(token), maxTokenLen)
	}
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return refuse(ErrMalformed, "token: character %d may not stand in a header field", i)
		}
	}
	return nil
}

// checkInvoice refuses what cannot be a BOLT11 invoice: "ln", then letters and
// digits. Decoding is left to whoever pays.
func checkInvoice(invoice string) error {
	if len(invoice) < 20 || len(invoice) > 8192 || !strings.HasPrefix(invoice, "ln") {
		return refuse(ErrMalformed, "invoice: not a BOLT11 invoice")
	}
	for i := range len(invoice) {
		if c := invoice[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return refuse(ErrMalformed, "invoice: character %d is not a letter or digit", i)
		}
	}
	return nil
}
