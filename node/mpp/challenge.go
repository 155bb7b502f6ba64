package mpp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
)

const (
	// maxHeader bounds a WWW-Authenticate value, in bytes.
	maxHeader = 32 << 10

	// maxChallenges is how many challenges of one answer are looked at.
	maxChallenges = 8
)

// The method and intent that this package can read.
const (
	Lightning  = "lightning"
	ChargeOnce = "charge"
)

// Challenge is the parameters of one challenge as they came: foreign texts. What a client sends
// back is all of them, unchanged.
type Challenge struct {
	ID          string `json:"id"`
	Realm       string `json:"realm"`
	Method      string `json:"method"`
	Intent      string `json:"intent"`
	Request     string `json:"request"` // base64url of canonical JSON
	Expires     string `json:"expires,omitempty"`
	Description string `json:"description,omitempty"`
	Opaque      string `json:"opaque,omitempty"`
	Digest      string `json:"digest,omitempty"`
}

// parameter is one parameter of a challenge, in the order of the header.
type parameter struct {
	name  string
	value *string
	need  bool
}

func (c *Challenge) parameters() []parameter {
	return []parameter{{"id", &c.ID, true}, {"realm", &c.Realm, true}, {"method", &c.Method, true}, {"intent", &c.Intent, true},
		{"request", &c.Request, true}, {"expires", &c.Expires, false}, {"digest", &c.Digest, false},
		{"description", &c.Description, false}, {"opaque", &c.Opaque, false}}
}

// complete refuses a challenge that lacks what every one has.
func (c *Challenge) complete() error {
	for _, p := range c.parameters() {
		if p.need && *p.value == "" {
			return malformed("challenge: parameter %s is missing", p.name)
		}
	}
	return nil
}

// Header is the value of WWW-Authenticate. Its texts must be without control characters but tabs,
// which no header can carry; ErrMalformed names the one that is not.
func (c Challenge) Header() (string, error) {
	var b strings.Builder
	b.WriteString("Payment ")
	for i, p := range c.parameters() {
		if *p.value == "" && !p.need {
			continue
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.name + `="`)
		for j := range len(*p.value) {
			switch x := (*p.value)[j]; {
			case x < ' ' && x != '\t' || x == 0x7f:
				return "", malformed("challenge: parameter %s has the control character %#02x", p.name, x)
			case x == '"' || x == '\\':
				b.WriteByte('\\')
				fallthrough
			default:
				b.WriteByte(x)
			}
		}
		b.WriteByte('"')
	}
	return b.String(), nil
}

// MAC is the id under which a seller with this secret makes a challenge: HMAC-SHA256 over realm,
// method, intent, request, expires, digest and opaque, joined by "|", an absent one empty. The
// separator is not escaped: a seller lets no realm, method or intent be chosen by others.
func (c Challenge) MAC(secret []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(c.bound()))
	return encode64(m.Sum(nil))
}

func (c Challenge) bound() string {
	return strings.Join([]string{c.Realm, c.Method, c.Intent, c.Request, c.Expires, c.Digest, c.Opaque}, "|")
}

// IssuedWith tells whether the id is the one of this secret.
func (c Challenge) IssuedWith(secret []byte) bool {
	return hmac.Equal([]byte(c.ID), []byte(c.MAC(secret)))
}

// ParseChallenges finds the challenges of the scheme among the values of an answer's
// WWW-Authenticate fields, of which each may hold several of several schemes (RFC 9110 section
// 11.6.1): all that are complete, at least one and at most eight, in their order. ErrNone if there
// is none at all, ErrMalformed if none is complete. Of a parameter given twice the first counts.
func ParseChallenges(values []string) ([]Challenge, error) {
	var found []Challenge
	first := errors.Join(ErrNone)
	for _, value := range values {
		if len(value) > maxHeader {
			first = keepFirst(first, malformed("WWW-Authenticate: %d bytes, at most %d are read", len(value), maxHeader))
			continue
		}
		p := headerParser{rest: value}
		for p.next() && len(found) < maxChallenges {
			if !strings.EqualFold(p.scheme, "Payment") {
				continue
			}
			if err := p.challenge.complete(); err != nil {
				first = keepFirst(first, err)
				continue
			}
			found = append(found, p.challenge)
		}
	}
	if len(found) == 0 {
		return nil, first
	}
	return found, nil
}

// keepFirst keeps the first error that says more than that there is none.
func keepFirst(first, err error) error {
	if errors.Is(first, ErrNone) {
		return err
	}
	return first
}

// Token is the challenge as one text, for a client that keeps it until it is paid.
func (c Challenge) Token() (string, error) {
	text, err := marshal(c)
	if err != nil {
		return "", malformed("challenge: %w", err)
	}
	return encode64(text), nil
}

// ParseToken reads what Token wrote.
func ParseToken(token string) (Challenge, error) {
	var c Challenge
	text, err := decode64(token)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err == nil {
		err = c.complete()
	}
	if err != nil {
		return Challenge{}, malformed("token: not a challenge of this package")
	}
	return c, nil
}
