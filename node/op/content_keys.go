package op

import "encoding/hex"

// KeySignature is one by an agent's key (BIP-340), spelled as 128 lower-case hex digits.
type KeySignature [64]byte

// String returns the 128 hex digits.
func (s KeySignature) String() string { return hex.EncodeToString(s[:]) }

// MarshalText spells the signature in hex.
func (s KeySignature) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 128 lower-case hex digits.
func (s *KeySignature) UnmarshalText(text []byte) error { return readHex(s[:], "signature", text) }

// RotateKey (3928): the signer's agent goes over to another key. From this entry on the agent
// speaks by NewKey alone. Signature is NewKey's, under TakeOver of the signer. Known from version 3
// of the rules on.
type RotateKey struct {
	NewKey    PublicKey    `json:"new_key"`
	Signature KeySignature `json:"signature"`
}

// TakeOver is the event that a key signs to say that it takes an agent over, which anybody names
// by a key that it has or had. It is never handed in: its signature is a member of the operation
// that hands over. As a NIP-01 event it can be signed by whatever signs operations, in a vault or a
// remote signer as well. created_at is 0, the kind that of RotateKey, the economy tag is there, and
// the content is the text
//
//	takes over the agent <its key> of the economy <its id>
func TakeOver(economy string, agent, newKey PublicKey) *Event {
	return &Event{PubKey: newKey, Kind: KindRotateKey, Tags: [][]string{{EconomyTag, economy}},
		Content: "takes over the agent " + agent.String() + " of the economy " + economy}
}

// VerifyTakeOver tells whether the signature under TakeOver is that of the new key.
func VerifyTakeOver(economy string, agent, newKey PublicKey, sig KeySignature) error {
	e := TakeOver(economy, agent, newKey)
	e.ID, e.Sig = e.Hash(), sig
	return e.Verify()
}
