package op

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// PublicKey is a BIP-340 x-only public key: the name of an agent. It is also
// an ordinary Nostr public key.
type PublicKey [32]byte

// String returns the key as 64 lower-case hex digits.
func (k PublicKey) String() string { return hex.EncodeToString(k[:]) }

// ParsePublicKey decodes 64 lower-case hex digits and checks that they name a
// point on the curve.
func ParsePublicKey(s string) (PublicKey, error) {
	var k PublicKey
	if err := decodeHex(k[:], s); err != nil {
		return k, fmt.Errorf("public key: %w", err)
	}
	if _, err := schnorr.ParsePubKey(k[:]); err != nil {
		return k, errors.New("public key: not the x coordinate of a curve point")
	}
	return k, nil
}

// ID is an event id: SHA-256 of the NIP-01 serialisation. It names the
// operation and whatever the operation creates (a stake, a proposal).
type ID [32]byte

// String returns the id as 64 lower-case hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID decodes 64 lower-case hex digits.
func ParseID(s string) (ID, error) {
	var id ID
	if err := decodeHex(id[:], s); err != nil {
		return id, fmt.Errorf("id: %w", err)
	}
	return id, nil
}

// SecretKey is a BIP-340 signing key. Its String never shows it.
type SecretKey struct {
	key    *btcec.PrivateKey
	public PublicKey
}

// NewSecretKey takes 32 bytes, which must be a scalar in [1, n).
func NewSecretKey(raw []byte) (SecretKey, error) {
	if len(raw) != 32 {
		return SecretKey{}, fmt.Errorf("secret key: %d bytes, want 32", len(raw))
	}
	var scalar btcec.ModNScalar
	if overflow := scalar.SetByteSlice(raw); overflow || scalar.IsZero() {
		return SecretKey{}, errors.New("secret key: not a scalar of the curve")
	}
	key := btcec.PrivKeyFromScalar(&scalar)
	s := SecretKey{key: key}
	copy(s.public[:], schnorr.SerializePubKey(key.PubKey()))
	return s, nil
}

// Public returns the key's x-only public key.
func (s SecretKey) Public() PublicKey { return s.public }

// Bytes returns the 32 secret bytes, for sealing them into a file.
func (s SecretKey) Bytes() []byte { b := s.key.Key.Bytes(); return b[:] }

// Wipe overwrites the key, in every copy of it; what is signed by it afterwards fails. It must not
// run beside another use of the key.
func (s SecretKey) Wipe() {
	if s.key != nil {
		s.key.Zero()
	}
}

// String hides the secret.
func (s SecretKey) String() string { return "secret key of " + s.public.String() }

// GoString hides the secret from %#v too.
func (s SecretKey) GoString() string { return s.String() }

var (
	errHexLength = errors.New("wrong length")
	errHexDigit  = errors.New("not lower-case hex")
)

// decodeHex fills dst from exactly 2*len(dst) lower-case hex digits: one value
// has one spelling.
func decodeHex[T string | []byte](dst []byte, s T) error {
	if len(s) != 2*len(dst) {
		return fmt.Errorf("%w: %d characters, want %d hex digits", errHexLength, len(s), 2*len(dst))
	}
	for i := range dst {
		hi, lo := hexDigit(s[2*i]), hexDigit(s[2*i+1])
		if hi > 15 || lo > 15 {
			return errHexDigit
		}
		dst[i] = hi<<4 | lo
	}
	return nil
}

func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
