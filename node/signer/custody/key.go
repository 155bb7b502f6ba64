package custody

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/seed"
)

// MaxPayload bounds the encoding of a key, in bytes.
const MaxPayload = 1024

// The versions of a payload: one secret key, or a seed that gives many.
const (
	versionSecret = 1
	versionSeed   = 2
)

// Key is what a custodian keeps: a seed with the account that signs, or one secret key. It holds
// bytes that Wipe overwrites, and prints none of them.
type Key struct {
	secret  []byte // a scalar of secp256k1, or nil
	entropy []byte // of a BIP-39 mnemonic, or nil
	account uint32
}

// Seeded is a seed of which one account signs.
func Seeded(s seed.Seed, account uint32) *Key { return &Key{entropy: s.Entropy(), account: account} }

// Single is one secret key.
func Single(k op.SecretKey) *Key { return &Key{secret: k.Bytes()} }

// String hides the key.
func (*Key) String() string { return "key in custody" }

// GoString hides the key.
func (k *Key) GoString() string { return k.String() }

// MarshalJSON refuses: a key is encoded by Encode alone.
func (*Key) MarshalJSON() ([]byte, error) { return nil, errors.New("a key in custody has no JSON") }

// Wipe overwrites the key; it signs nothing any more.
func (k *Key) Wipe() {
	clear(k.secret)
	clear(k.entropy)
	*k = Key{}
}

// Equal tells whether both are the same key, account included.
func (k *Key) Equal(other *Key) bool {
	return bytes.Equal(k.secret, other.secret) && bytes.Equal(k.entropy, other.entropy) && k.account == other.account
}

// Encode is the payload that a custodian keeps, as a key file has it: one JSON object with version,
// and secret (version 1) or seed and account (version 2), in hex. Who asks for it clears it.
func (k *Key) Encode() []byte {
	text := make([]byte, 0, 160)
	if k.secret != nil {
		text = hex.AppendEncode(append(text, `{"version":1,"secret":"`...), k.secret)
		return append(text, `"}`...)
	}
	text = hex.AppendEncode(append(text, `{"version":2,"seed":"`...), k.entropy)
	text = append(text, '"')
	if k.account != 0 {
		text = strconv.AppendUint(append(text, `,"account":`...), uint64(k.account), 10)
	}
	return append(text, '}')
}

// secretHex is a member with a secret: its bytes are never a string.
type secretHex []byte

// UnmarshalJSON takes lower-case or upper-case hex between quotes.
func (s *secretHex) UnmarshalJSON(text []byte) error {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return ErrMalformed
	}
	raw := make([]byte, hex.DecodedLen(len(text)-2))
	if _, err := hex.Decode(raw, text[1:len(text)-1]); err != nil {
		clear(raw)
		return ErrMalformed
	}
	*s = raw
	return nil
}

// Decode reads a payload strictly. ErrMalformed, which shows none of it, for anything that Encode
// does not write.
func Decode(payload []byte) (*Key, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrMalformed, MaxPayload)
	}
	var p struct {
		Version int       `json:"version"`
		Secret  secretHex `json:"secret"`
		Seed    secretHex `json:"seed"`
		Account uint32    `json:"account"`
	}
	if !known(payload) || json.Unmarshal(payload, &p) != nil {
		clear(p.Secret)
		clear(p.Seed)
		return nil, fmt.Errorf("%w: it is not one JSON object with version, and secret or seed", ErrMalformed)
	}
	k := &Key{secret: p.Secret, entropy: p.Seed, account: p.Account}
	if err := k.check(p.Version); err != nil {
		k.Wipe()
		return nil, err
	}
	return k, nil
}

// member is the value of a member whose name alone is looked at: it is not copied.
type member struct{}

// UnmarshalJSON takes anything.
func (member) UnmarshalJSON([]byte) error { return nil }

// known tells whether the payload is an object of known members.
func known(payload []byte) bool {
	var names map[string]member
	if json.Unmarshal(payload, &names) != nil {
		return false
	}
	for name := range names {
		if !slices.Contains([]string{"version", "secret", "seed", "account"}, name) {
			return false
		}
	}
	return true
}

func (k *Key) check(version int) error {
	switch {
	case version == versionSecret && k.secret != nil && k.entropy == nil && k.account == 0:
	case version == versionSeed && k.entropy != nil && k.secret == nil:
	case version == versionSecret || version == versionSeed:
		return fmt.Errorf("%w: version 1 has a secret alone, version 2 a seed and perhaps an account", ErrMalformed)
	default:
		return fmt.Errorf("%w: version %d, this program reads versions 1 and 2", ErrMalformed, version)
	}
	key, err := k.Signing(nil)
	if err != nil {
		return err
	}
	key.Wipe()
	return nil
}

// Signing is the key of an account, or where that is nil the one that the custodian's copy names.
// Who asks for it wipes it. ErrNoSeed if an account is asked for and there is no seed.
func (k *Key) Signing(account *uint32) (op.SecretKey, error) {
	raw := k.secret
	switch {
	case k.entropy != nil:
		s, err := seed.FromEntropy(k.entropy)
		if err != nil {
			return op.SecretKey{}, fmt.Errorf("%w: the seed has %d bytes", ErrMalformed, len(k.entropy))
		}
		defer s.Wipe()
		if account == nil {
			account = &k.account
		}
		if raw, err = s.Secret(*account); err != nil {
			return op.SecretKey{}, err
		}
		defer clear(raw)
	case account != nil:
		return op.SecretKey{}, ErrNoSeed
	}
	key, err := op.NewSecretKey(raw)
	if err != nil {
		return op.SecretKey{}, fmt.Errorf("%w: the secret is not a key of the curve", ErrMalformed)
	}
	return key, nil
}
