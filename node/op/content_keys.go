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

// KeyGuardians are keys of which M together may hand an agent over whose key is lost, WaitS
// seconds after they said so.
type KeyGuardians struct {
	M     int64       `json:"m" schema:"min=1,max=15"`           // how many of them, at most all
	Keys  []PublicKey `json:"keys" schema:"min=1,max=15"`        // each once
	WaitS int64       `json:"wait_s" schema:"min=1,max=2592000"` // an hour to 30 days; on regtest from 10 s on
}

// SetRecovery (3932): who may revoke the key of the signer's agent, and who may hand the agent over;
// what is absent nobody may. Where somebody might before, it takes effect after a time only. Known
// from version 3 of the rules on.
type SetRecovery struct {
	Recovery  PublicKey     `json:"recovery,omitzero"` // a key that signs nothing else, kept elsewhere
	Guardians *KeyGuardians `json:"guardians,omitempty"`
}

// RevokeKey (3929): the recovery key of an agent says that nothing more counts of the agent's key,
// and which key speaks for it from now on. Without NewKey nobody does, until a further one names
// it. Signature is NewKey's, under TakeOver of Agent. Known from version 3 of the rules on.
type RevokeKey struct {
	Agent     PublicKey    `json:"agent"` // any key that it has or had
	NewKey    PublicKey    `json:"new_key,omitzero"`
	Signature KeySignature `json:"signature,omitzero"`
}

// RecoverKey (3930): a guardian of an agent says which key is to speak for it. Signature is
// NewKey's, under TakeOver of Agent. Known from version 3 of the rules on.
type RecoverKey struct {
	Agent     PublicKey    `json:"agent"` // any key that it has or had
	NewKey    PublicKey    `json:"new_key"`
	Signature KeySignature `json:"signature"`
}

// StopRecovery (3931): the agent, or its recovery key, stops what its guardians began. Known from
// version 3 of the rules on.
type StopRecovery struct {
	Agent  PublicKey `json:"agent"`   // any key that it has or had
	NewKey PublicKey `json:"new_key"` // that was to speak
}

// KeyRecovered (3976): the guardians' time is over, and the agent speaks by the key that they named.
type KeyRecovered struct {
	Agent  PublicKey `json:"agent"` // the key that is given up
	NewKey PublicKey `json:"new_key"`
}
