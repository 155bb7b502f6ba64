package witness

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/notekey"
)

// A scheme is one way to cosign. A further one, as ML-DSA-44 (type 0x06), is a row of
// the table schemes and nothing else: policies, notes and requests do not look into
// signatures.
type scheme struct {
	// signature is its length without the time before it.
	signature int
	// message is what is signed of a checkpoint's text at a time.
	message func(unix uint64, text []byte) []byte
	verify  func(public, message, signature []byte) bool
}

var schemes = map[notekey.Type]scheme{
	notekey.Cosignature: {ed25519.SignatureSize, messageV1,
		func(public, message, signature []byte) bool { return ed25519.Verify(public, message, signature) }},
}

const timeSize = 8

// messageV1 is the message of tlog-cosignature for Ed25519.
func messageV1(unix uint64, text []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", unix, text)
}

// Verifier verifies one witness's cosignatures. It implements note.Verifier and may be
// used concurrently.
type Verifier struct {
	key    notekey.Key
	scheme scheme
}

// NewVerifier returns the verifier of a witness's key.
func NewVerifier(k notekey.Key) (*Verifier, error) {
	s, ok := schemes[k.Type]
	if !ok {
		return nil, fmt.Errorf("%w of a witness that this program knows: that of %q is of type %s", notekey.ErrKey, clip(k.Name), k.Type)
	}
	return &Verifier{k, s}, nil
}

// ParseVerifier reads a witness's key, NAME+ID+BASE64.
func ParseVerifier(text string) (*Verifier, error) {
	k, err := notekey.Parse(text)
	if err != nil {
		return nil, err
	}
	return NewVerifier(k)
}

// Name implements note.Verifier.
func (v *Verifier) Name() string { return v.key.Name }

// KeyHash implements note.Verifier.
func (v *Verifier) KeyHash() uint32 { return v.key.ID() }

// Key is the witness's key.
func (v *Verifier) Key() notekey.Key { return v.key }

// Verify implements note.Verifier: msg must be a checkpoint's text, sig a time and a
// signature over both.
func (v *Verifier) Verify(msg, sig []byte) bool {
	if len(sig) != timeSize+v.scheme.signature {
		return false
	}
	unix := binary.BigEndian.Uint64(sig)
	if unix > math.MaxInt64 {
		return false
	}
	if _, err := ParseHead(string(msg)); err != nil {
		return false
	}
	return v.scheme.verify(v.key.Public, v.scheme.message(unix, msg), sig[timeSize:])
}

// TimeOf is the time in a cosignature that was verified, unix seconds.
func TimeOf(sig note.Signature) int64 {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(raw) < 4+timeSize {
		panic("witness: a verified cosignature has no time") // Verify saw to it
	}
	return int64(binary.BigEndian.Uint64(raw[4:]))
}

// Signer makes a witness's cosignatures. It may be used concurrently, and never shows
// its key.
type Signer struct {
	verifier *Verifier
	secret   ed25519.PrivateKey
}

// NewSigner returns the signer of the witness of that name.
func NewSigner(name string, secret ed25519.PrivateKey) (*Signer, error) {
	if len(secret) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: an Ed25519 private key has %d bytes", notekey.ErrKey, ed25519.PrivateKeySize)
	}
	k, err := notekey.New(name, notekey.Cosignature, secret.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	v, err := NewVerifier(k)
	if err != nil {
		return nil, err
	}
	return &Signer{v, secret}, nil
}

// Verifier verifies what the signer signs.
func (s *Signer) Verifier() *Verifier { return s.verifier }

// String hides the key.
func (s *Signer) String() string { return "witness " + s.verifier.Name() }

// GoString hides the key.
func (s *Signer) GoString() string { return s.String() }

// Cosign returns the signature line of a checkpoint's text, ended by a newline. It is the
// caller's to have seen that the head extends all it cosigned before.
func (s *Signer) Cosign(text []byte, unix int64) ([]byte, error) {
	if _, err := ParseHead(string(text)); err != nil {
		return nil, err
	}
	if unix < 0 {
		return nil, fmt.Errorf("%w: cosigned before 1970", ErrCheckpoint)
	}
	raw := binary.BigEndian.AppendUint32(nil, s.verifier.KeyHash())
	raw = binary.BigEndian.AppendUint64(raw, uint64(unix))
	raw = append(raw, ed25519.Sign(s.secret, messageV1(uint64(unix), text))...)
	return fmt.Appendf(nil, "— %s %s\n", s.verifier.Name(), base64.StdEncoding.EncodeToString(raw)), nil
}
