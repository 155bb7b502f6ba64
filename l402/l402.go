// Package l402 sells and checks access with L402 tokens: a macaroon that names
// a Lightning payment hash, and the preimage that the payee gives for the payment.
//
// What it guarantees:
//
//   - A token is granted only if its HMAC chain starts at a root key of the
//     store, its preimage hashes to the payment hash in its identifier, and
//     every caveat that this package knows holds at the given time. Services,
//     tier, capability, expiry and agent binding are known; other caveats are
//     skipped, as the L402 text demands.
//   - A caveat never widens what an earlier caveat of the same condition gave.
//   - A challenge leaves this package only after the store reported its root
//     key durable, and never faster than the configured rate.
//   - A token has one binary encoding. Trailing bytes, padded varints, unused
//     base64 bits and version 1 macaroons are refused.
//   - Checking a token seen before allocates nothing; it still looks at the
//     clock, the need of the request and the store's revocations.
//
// What it refuses to know: HTTP servers, gRPC, LND, files and the clock. Time
// is an argument; randomness, invoices and root keys come through interfaces.
//
// Sources: the L402 protocol and macaroon texts (github.com/lightninglabs/L402,
// bLIP-26), "Macaroons: Cookies with Contextual Caveats" (Birgisson et al.,
// 2014) in the construction and the version 2 binary format of
// gopkg.in/macaroon.v2. Where a verdict differs from aperture's on purpose, the
// difference and its reason stand in the table of differences_test.go.
package l402

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Hash is a payment hash: the SHA-256 of a Preimage. It is public.
type Hash [32]byte

// String returns the hash in lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// TokenID is the random name of one token. It is public: it appears in logs
// and in revocations, and gives no access.
type TokenID [32]byte

// String returns the id in lower-case hex.
func (t TokenID) String() string { return hex.EncodeToString(t[:]) }

// ParseTokenID reads a token id from 64 hex digits of either case.
func ParseTokenID(s string) (TokenID, error) {
	var id TokenID
	if !decodeHex32((*[32]byte)(&id), s) {
		return TokenID{}, refuse(ErrMalformed, "token id: want 64 hex digits, got %d characters", len(s))
	}
	return id, nil
}

// CustomerHeader names, in a request, the agent whom a challenge's invoice shall
// name as its customer: 64 lower-case hex digits. Nobody has to prove the key; it
// lets that agent speak for the payment later, and nobody else.
const CustomerHeader = "L402-Customer"

// AgentKey is the x-only public key (BIP-340) of an agent. The zero value
// stands for "no agent".
type AgentKey [32]byte

// String returns the key in lower-case hex, the form of the agent caveat.
func (k AgentKey) String() string { return hex.EncodeToString(k[:]) }

// IsZero tells whether the key stands for "no agent".
func (k AgentKey) IsZero() bool { return k == AgentKey{} }

// ParseAgentKey reads an x-only key from 64 lower-case hex digits. Whether the
// point is on the curve is left to whoever checks a signature with it.
func ParseAgentKey(s string) (AgentKey, error) {
	var k AgentKey
	if !decodeLowerHex32((*[32]byte)(&k), s) || k.IsZero() {
		return AgentKey{}, refuse(ErrMalformed, "agent key: want 64 lower-case hex digits, not all zero")
	}
	return k, nil
}

// Preimage is what the payee gives for a payment. Together with its macaroon it is a bearer
// credential, so no formatting verb, text or JSON encoder shows it; Reveal does.
type Preimage [32]byte

// ParsePreimage reads a preimage from 64 hex digits of either case.
func ParsePreimage(s string) (Preimage, error) {
	var p Preimage
	if !decodeHex32((*[32]byte)(&p), s) {
		return Preimage{}, refuse(ErrMalformed, "preimage: want 64 hex digits, got %d characters", len(s))
	}
	return p, nil
}

// Hash returns the payment hash that the preimage proves.
func (p Preimage) Hash() Hash { return sha256.Sum256(p[:]) }

// Reveal returns the preimage in lower-case hex.
func (p Preimage) Reveal() string { return hex.EncodeToString(p[:]) }

// String hides the preimage.
func (p Preimage) String() string { return "(preimage hidden)" }

// Format hides the preimage from every verb.
func (p Preimage) Format(f fmt.State, _ rune) { hide(f, p.String()) }

// MarshalText fails, so that no encoder writes the preimage by accident.
func (p Preimage) MarshalText() ([]byte, error) { return nil, errSecret }

// RootKey is the secret that one token's HMAC chain starts from. Whoever knows
// it can mint tokens of that identifier with any caveats, so nothing shows it.
type RootKey [32]byte

// String hides the key.
func (k RootKey) String() string { return "(root key hidden)" }

// Format hides the key from every verb.
func (k RootKey) Format(f fmt.State, _ rune) { hide(f, k.String()) }

// MarshalText fails, so that no encoder writes the key by accident.
func (k RootKey) MarshalText() ([]byte, error) { return nil, errSecret }

var errSecret = errors.New("l402: a secret is never encoded as text; store its bytes or call Reveal")

// hide writes a placeholder. A failed write has no one to be reported to.
func hide(f fmt.State, placeholder string) { _, _ = f.Write([]byte(placeholder)) }
