// Package notekey reads verifier keys of signed notes (C2SP signed-note): the text
// NAME+ID+BASE64 by which logs and witnesses are named in genesis entries, policies and
// on command lines.
//
// It refuses keys under which somebody signs who has no secret: Ed25519 points of small
// order, points that are not on the curve, and points in another than their one encoding
// (RFC 8032 section 5.1.3). It holds no state and knows neither files nor network.
package notekey

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// ErrKey is the kind of all errors of this package.
var ErrKey = errors.New("not a verifier key")

// Type says what a key signs, and how: the signature type of C2SP signed-note.
type Type byte

// Types that are known by name.
const (
	Ed25519     Type = 0x01 // notes: the key of a log
	Cosignature Type = 0x04 // checkpoints with a time, by Ed25519: the key of a witness
	MLDSA44     Type = 0x06 // checkpoints with a time, by ML-DSA-44
)

func (t Type) String() string {
	switch t {
	case Ed25519:
		return "0x01 (Ed25519, a log's)"
	case Cosignature:
		return "0x04 (Ed25519 cosignatures, a witness's)"
	case MLDSA44:
		return "0x06 (ML-DSA-44 cosignatures, a witness's)"
	}
	return fmt.Sprintf("0x%02x", byte(t))
}

// Key is a verifier key, taken apart.
type Key struct {
	Name   string // without spaces and plus signs
	Type   Type
	Public []byte // 32 bytes for both types of Ed25519
}

// New returns the key of an Ed25519 public key, or refuses it.
func New(name string, t Type, public ed25519.PublicKey) (Key, error) {
	k := Key{Name: name, Type: t, Public: public}
	if !validName(name) {
		return Key{}, fmt.Errorf("%w: the name %q is empty, or has a space or a plus sign", ErrKey, clip(name))
	}
	if t == Ed25519 || t == Cosignature {
		if err := CheckPoint(public); err != nil {
			return Key{}, err
		}
	}
	return k, nil
}

// Parse reads the text of a key, in its one form but for the case of the id's digits.
// Material of types that are not known here is not looked at.
func Parse(text string) (Key, error) {
	name, rest, _ := strings.Cut(text, "+")
	id, material, ok := strings.Cut(rest, "+")
	if !ok {
		return Key{}, fmt.Errorf("%w: %q is not name+id+base64", ErrKey, clip(text))
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(material)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != material {
		return Key{}, fmt.Errorf("%w: what follows the id of %q is not base64 in its one form", ErrKey, clip(name))
	}
	if len(raw) < 2 {
		return Key{}, fmt.Errorf("%w: that of %q holds no public key", ErrKey, clip(name))
	}
	k, err := New(name, Type(raw[0]), raw[1:])
	if err != nil {
		return Key{}, err
	}
	if got, err := strconv.ParseUint(id, 16, 32); err != nil || len(id) != 8 || uint32(got) != k.ID() {
		return Key{}, fmt.Errorf("%w: the id of %q is %q, its name and key give %08x", ErrKey, clip(name), clip(id), k.ID())
	}
	return k, nil
}

// ID is the number that signatures name the key by, together with its name. It is short
// and no hash to trust.
func (k Key) ID() uint32 {
	h := sha256.New()
	h.Write([]byte(k.Name + "\n"))
	h.Write([]byte{byte(k.Type)})
	h.Write(k.Public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// String is the key's text, which Parse reads.
func (k Key) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.Name, k.ID(), base64.StdEncoding.EncodeToString(append([]byte{byte(k.Type)}, k.Public...)))
}

// LogVerifier reads the text of a log's key: of type 0x01.
func LogVerifier(text string) (note.Verifier, error) {
	k, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return k.LogVerifier()
}

// LogVerifier verifies what the log signed. The key must be of type 0x01.
func (k Key) LogVerifier() (note.Verifier, error) {
	if k.Type != Ed25519 {
		return nil, fmt.Errorf("%w of a log: that of %q is of type %s", ErrKey, clip(k.Name), k.Type)
	}
	v, err := note.NewVerifier(k.String())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return v, nil
}

func validName(name string) bool {
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, bad) < 0
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
