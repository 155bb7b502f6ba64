package mpp

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Credential answers a challenge. With the preimage in its payload it is what was bought:
// String and Format hide it.
type Credential struct {
	Challenge Challenge
	Source    string          // who pays, a DID; "": not said
	Payload   json.RawMessage // of a charge: {"preimage":"<64 hex digits>"}
}

// wire is a credential as JSON.
type wire struct {
	Challenge Challenge       `json:"challenge"`
	Source    string          `json:"source,omitempty"`
	Payload   json.RawMessage `json:"payload"`
}

// Paid is the credential of a charge that was paid.
func (c Challenge) Paid(preimage [32]byte) Credential {
	return Credential{Challenge: c, Payload: json.RawMessage(`{"preimage":"` + hex.EncodeToString(preimage[:]) + `"}`)}
}

// Authorization is the value of the Authorization field. It is a secret.
func (c Credential) Authorization() (string, error) {
	text, err := marshal(wire(c))
	if err != nil {
		return "", malformed("credential: %w", err)
	}
	return "Payment " + encode64(text), nil
}

// ParseCredential reads an Authorization value with a credential of the scheme.
func ParseCredential(value string) (Credential, error) {
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.Trim(token, " ")
	switch {
	case !strings.EqualFold(scheme, "Payment"):
		return Credential{}, malformed("credential: not of the scheme Payment")
	case token == "" || len(token) > maxHeader:
		return Credential{}, malformed("credential: %d characters, want 1 to %d", len(token), maxHeader)
	}
	text, err := decode64(token)
	if err != nil {
		return Credential{}, err
	}
	if _, err := readObject("credential", text); err != nil {
		return Credential{}, err
	}
	var w wire
	if err := json.Unmarshal(text, &w); err != nil {
		return Credential{}, malformed("credential: a member of another type")
	}
	if err := w.Challenge.complete(); err != nil {
		return Credential{}, err
	}
	if len(w.Payload) == 0 || string(w.Payload) == "null" {
		return Credential{}, malformed("credential: payload is missing")
	}
	return Credential(w), nil
}

// Preimage is the one in the payload of a charge.
func (c Credential) Preimage() (preimage [32]byte, err error) {
	payload, err := readObject("payload", c.Payload)
	if err != nil {
		return preimage, err
	}
	raw, err := hex.DecodeString(payload.text("preimage"))
	if err != nil || len(raw) != len(preimage) {
		return preimage, malformed("payload: preimage is not 64 hex digits")
	}
	return [32]byte(raw), nil
}

// String hides the credential.
func (c Credential) String() string { return "(Payment credential hidden)" }

// Format hides the credential from every verb.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// MarshalJSON fails, so that no encoder writes the credential by accident.
func (c Credential) MarshalJSON() ([]byte, error) {
	return nil, malformed("credential: a secret is not encoded")
}

// marshal is JSON without the escapes that encoding/json adds for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
