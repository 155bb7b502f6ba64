package op

import "encoding/hex"

// LogSignature is one by an Ed25519 key of the log (RFC 8032), spelled as 128 lower-case hex
// digits.
type LogSignature [64]byte

// String returns the 128 hex digits.
func (s LogSignature) String() string { return hex.EncodeToString(s[:]) }

// MarshalText spells the signature in hex.
func (s LogSignature) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 128 lower-case hex digits.
func (s *LogSignature) UnmarshalText(text []byte) error { return readHex(s[:], "signature", text) }

// LogKey (3975): the log goes over to another key. The head over all entries before this one is
// the last that the old key signs; whatever covers this entry is signed by the new one. Both
// signed what package logkey says of it. Known from version 2 of the rules on.
type LogKey struct {
	LogVerifier  string       `json:"log_verifier"` // the new note verifier key: name+hash+base64
	Size         uint64       `json:"size"`         // entries before this one
	Root         Hash         `json:"root"`         // RFC 6962 tree head over them
	OldSignature LogSignature `json:"old_signature"`
	NewSignature LogSignature `json:"new_signature"`
}
