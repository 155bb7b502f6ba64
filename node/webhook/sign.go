package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
)

// Headers of a delivery. The first three are those of Standard Webhooks.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp" // unix seconds of the attempt
	HeaderSignature = "webhook-signature" // "v1," and the HMAC in base64
	// HeaderOperator is a BIP-340 signature, 128 hex digits, by the operator's
	// key over the same bytes; see Tag.
	HeaderOperator = "econd-signature"
)

// Tag is the tag of the BIP-340 tagged hash that the operator signs:
//
//	SHA256(SHA256(Tag) || SHA256(Tag) || id "." timestamp "." body)
const Tag = "econd/webhook"

// ErrURL says that the text is no URL that a webhook can have.
var ErrURL = errors.New("webhook URL")

// Secret is the key of one origin's HMAC; its String hides it.
type Secret [32]byte

// String hides the secret.
func (Secret) String() string { return "webhook secret" }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// Reveal returns the secret as receivers configure it: "whsec_" and base64.
func (s Secret) Reveal() string { return "whsec_" + base64.StdEncoding.EncodeToString(s[:]) }

// Root is what the secrets of all origins are derived from; its String hides
// it.
type Root [32]byte

// String hides the secret.
func (Root) String() string { return "webhook root secret" }

// GoString hides the secret.
func (r Root) GoString() string { return r.String() }

// Secret derives the secret of an origin, as Origin writes it:
// HMAC-SHA256(root, "econd/webhook/" + origin). It is the same at any time, so
// that nothing has to be stored or restored.
func (r Root) Secret(origin string) Secret {
	m := hmac.New(sha256.New, r[:])
	m.Write([]byte("econd/webhook/" + origin))
	return Secret(m.Sum(nil))
}

// Origin returns scheme, host and port of a URL as RFC 6454 section 6.2 writes
// them: lower case, the scheme's own port left out. ErrURL where the URL is not
// absolute, not http or https, or names a user, a fragment, or a host that is
// not plain ASCII.
func Origin(raw string) (string, error) {
	u, err := parse(raw)
	if err != nil {
		return "", err
	}
	return outbound.Origin(u), nil
}

func parse(raw string) (*url.URL, error) {
	u, err := outbound.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	return u, nil
}

// signedBytes is what both signatures are over.
func signedBytes(id, timestamp string, body []byte) []byte {
	return append([]byte(id+"."+timestamp+"."), body...)
}

// sign sets the headers of one attempt.
func sign(h http.Header, id string, unix int64, body []byte, secret Secret, operator op.SecretKey) error {
	timestamp := strconv.FormatInt(unix, 10)
	text := signedBytes(id, timestamp, body)
	m := hmac.New(sha256.New, secret[:])
	m.Write(text)
	sig, err := operator.SignTagged(Tag, text)
	if err != nil {
		return err
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	h.Set(HeaderOperator, hex.EncodeToString(sig[:]))
	return nil
}

// VerifyOperator tells whether the operator of that key said this: the check
// of a receiver, or of somebody whom it shows the request. It says nothing about
// whom it was sent to, nor how old it is: see HeaderTimestamp.
func VerifyOperator(operator op.PublicKey, h http.Header, body []byte) bool {
	var sig [64]byte
	raw, err := hex.DecodeString(h.Get(HeaderOperator))
	if err != nil || len(raw) != len(sig) {
		return false
	}
	copy(sig[:], raw)
	return operator.VerifyTagged(Tag, signedBytes(h.Get(HeaderID), h.Get(HeaderTimestamp), body), sig)
}
