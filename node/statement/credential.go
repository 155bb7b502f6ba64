package statement

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/econd/econd/node/op"
)

// jwtHeader is the JOSE header of a Verifiable Credential (W3C, Securing
// Verifiable Credentials using JOSE and COSE, section 3.1.1).
type jwtHeader struct {
	Alg string `json:"alg"` // ES256K, RFC 8812
	Typ string `json:"typ"`
	Cty string `json:"cty"`
	Kid string `json:"kid"` // DID URL of the issuer's key
}

// credential is the payload: a W3C Verifiable Credential, data model 2.0. Its
// members stand in this order.
type credential struct {
	Context    op.Raw   `json:"@context"`
	Type       []string `json:"type"`
	Issuer     string   `json:"issuer"`
	ValidFrom  string   `json:"validFrom"`
	ValidUntil string   `json:"validUntil"`
	Subject    subject  `json:"credentialSubject"`
}

type subject struct {
	ID       string `json:"id"`
	Economy  string `json:"economy"`
	Epoch    int64  `json:"epoch"`
	Seq      uint64 `json:"seq"`
	Score    string `json:"score"`
	Flow     string `json:"flow"`
	Quality  string `json:"quality"`
	Positive string `json:"positive"`
	Negative string `json:"negative"`
	Proof    string `json:"proof,omitempty"`
}

// contexts are the data model's, and the place where econd's terms are defined.
const contexts = `["https://www.w3.org/ns/credentials/v2",` +
	`{"@vocab":"https://github.com/econd/econd/blob/main/docs/reputation.md#"}]`

// credentialType names what the credential says, beside VerifiableCredential.
const credentialType = "AgentReputation"

// dateFormat is xsd:dateTimeStamp with milliseconds, in UTC.
const dateFormat = "2006-01-02T15:04:05.000Z"

func formatDate(ms int64) string { return time.UnixMilli(ms).UTC().Format(dateFormat) }

func parseDate(text string) (int64, error) {
	t, err := time.Parse(dateFormat, text)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is not a date like %s", ErrForm, text, dateFormat)
	}
	return t.UnixMilli(), nil
}

// signingInput is the header and the payload, each in base64url, with a dot.
func (s Statement) signingInput() []byte {
	did := DIDKey(s.Issuer)
	head := jwtHeader{Alg: "ES256K", Typ: "vc+jwt", Cty: "vc", Kid: did + "#" + did[len("did:key:"):]}
	body := credential{Context: op.Raw(contexts), Type: []string{"VerifiableCredential", credentialType},
		Issuer: did, ValidFrom: formatDate(s.TimeMs), ValidUntil: formatDate(s.UntilMs),
		Subject: subject{ID: DIDKey(s.Subject), Economy: s.Economy, Epoch: s.Epoch, Seq: s.Seq,
			Score: FormatShare(s.Score), Flow: FormatShare(s.Flow), Quality: FormatShare(s.Quality),
			Positive: FormatEvidence(s.Positive), Negative: FormatEvidence(s.Negative), Proof: s.Proof}}
	return append(append(encodePart(head), '.'), encodePart(body)...)
}

func encodePart(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("statement: a struct of strings and integers does not encode: " + err.Error())
	}
	return base64.RawURLEncoding.AppendEncode(nil, text)
}

func (s Statement) signCredential(key op.SecretKey) []byte {
	input := s.signingInput()
	sig := key.SignES256K(sha256.Sum256(input))
	return base64.RawURLEncoding.AppendEncode(append(input, '.'), sig[:])
}

// openCredential reads the payload and demands that its values, encoded anew,
// give the very bytes that were signed.
func openCredential(data []byte) (Statement, error) {
	s := Statement{}
	parts := bytes.Split(data, []byte{'.'})
	if len(parts) != 3 || len(data) > maxStatement {
		return s, fmt.Errorf("%w: neither a Nostr event nor a JWT of three parts", ErrForm)
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(string(parts[1]))
	if err != nil {
		return s, fmt.Errorf("%w: the payload is not base64url", ErrForm)
	}
	if s, err = readCredential(body); err != nil {
		return s, err
	}
	if err := s.check(); err != nil {
		return s, err
	}
	input := data[:len(parts[0])+1+len(parts[1])]
	if !bytes.Equal(input, s.signingInput()) {
		return s, fmt.Errorf("%w: header or payload are not spelled as econd spells them", ErrForm)
	}
	sig, err := base64.RawURLEncoding.Strict().DecodeString(string(parts[2]))
	if err != nil || len(sig) != 64 {
		return s, fmt.Errorf("%w: the signature is not 64 bytes of base64url", ErrForm)
	}
	if !s.Issuer.VerifyES256K(sha256.Sum256(input), [64]byte(sig)) {
		return s, fmt.Errorf("%w: ES256K under %s", ErrSignature, DIDKey(s.Issuer))
	}
	return s, nil
}

func readCredential(body []byte) (s Statement, err error) {
	var c credential
	if err := op.Unmarshal(body, "payload", &c); err != nil {
		return s, fmt.Errorf("%w: %w", ErrForm, err)
	}
	s.Economy, s.Epoch, s.Seq, s.Proof = c.Subject.Economy, c.Subject.Epoch, c.Subject.Seq, c.Subject.Proof
	for _, f := range []struct {
		name string
		read func() error
	}{
		{"issuer", func() (err error) { s.Issuer, err = ParseDIDKey(c.Issuer); return }},
		{"validFrom", func() (err error) { s.TimeMs, err = parseDate(c.ValidFrom); return }},
		{"validUntil", func() (err error) { s.UntilMs, err = parseDate(c.ValidUntil); return }},
		{"credentialSubject.id", func() (err error) { s.Subject, err = ParseDIDKey(c.Subject.ID); return }},
		{"credentialSubject.score", func() (err error) { s.Score, err = parseShare(c.Subject.Score); return }},
		{"credentialSubject.flow", func() (err error) { s.Flow, err = parseShare(c.Subject.Flow); return }},
		{"credentialSubject.quality", func() (err error) { s.Quality, err = parseShare(c.Subject.Quality); return }},
		{"credentialSubject.positive", func() (err error) { s.Positive, err = parseEvidence(c.Subject.Positive); return }},
		{"credentialSubject.negative", func() (err error) { s.Negative, err = parseEvidence(c.Subject.Negative); return }},
	} {
		if err := f.read(); err != nil {
			return s, fmt.Errorf("payload.%s: %w", f.name, err)
		}
	}
	return s, nil
}
