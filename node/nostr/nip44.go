package nostr

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"golang.org/x/crypto/chacha20"

	"github.com/econd/econd/node/op"
)

// Bounds of NIP-44 version 2, in bytes.
const (
	MinPlaintext = 1
	MaxPlaintext = 65535

	minPayload = 132 // base64 of minBinary
	maxPayload = 87472
	minBinary  = 1 + 32 + 2 + 32 + 32
	maxBinary  = 1 + 32 + 2 + 65536 + 32

	version2 = 2
)

// Errors of a payload. None shows any of it.
var (
	ErrPlaintext = errors.New("nip44: a plaintext has 1 to 65535 bytes of UTF-8")
	ErrPayload   = errors.New("nip44: malformed payload")
	ErrVersion   = errors.New("nip44: unknown version of encryption")
	ErrMAC       = errors.New("nip44: the MAC is not that of this conversation")
)

// Conversation is what two keys encrypt to each other with (NIP-44, conversation key). It
// is the same for both, a secret, and safe for concurrent use.
type Conversation struct{ key [32]byte }

// NewConversation derives the key of secret and peer: HKDF-extract of the x coordinate of
// their shared point.
func NewConversation(secret op.SecretKey, peer op.PublicKey) (Conversation, error) {
	var c Conversation
	public, err := schnorr.ParsePubKey(peer[:])
	if err != nil {
		return c, errors.New("nip44: the peer's key is not the x coordinate of a curve point")
	}
	raw := secret.Bytes()
	defer clear(raw)
	private, _ := btcec.PrivKeyFromBytes(raw)
	defer private.Zero()
	shared := btcec.GenerateSharedSecret(private, public)
	defer clear(shared)
	key, err := hkdf.Extract(sha256.New, shared, []byte("nip44-v2"))
	if err != nil {
		return c, fmt.Errorf("nip44: %w", err)
	}
	copy(c.key[:], key)
	clear(key)
	return c, nil
}

// String hides the key.
func (Conversation) String() string { return "conversation of NIP-44" }

// GoString hides the key.
func (c Conversation) GoString() string { return c.String() }

// Format hides the key under every verb.
func (c Conversation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Encrypt returns the payload for a plaintext of MinPlaintext to MaxPlaintext bytes,
// under a nonce that is drawn anew.
func (c Conversation) Encrypt(plaintext string) (string, error) {
	var nonce [32]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return "", fmt.Errorf("nip44: draw a nonce: %w", err)
	}
	return c.encrypt(plaintext, nonce)
}

func (c Conversation) encrypt(plaintext string, nonce [32]byte) (string, error) {
	if n := len(plaintext); n < MinPlaintext || n > MaxPlaintext || !utf8.ValidString(plaintext) {
		return "", ErrPlaintext
	}
	keys, err := c.message(nonce)
	if err != nil {
		return "", err
	}
	padded := paddedLen(len(plaintext))
	out := make([]byte, 1+32+2+padded, 1+32+2+padded+32)
	out[0] = version2
	copy(out[1:], nonce[:])
	text := out[33:]
	binary.BigEndian.PutUint16(text, uint16(len(plaintext))) //nolint:gosec // bounded above
	copy(text[2:], plaintext)
	if err := keys.xor(text); err != nil {
		return "", err
	}
	out = append(out, keys.mac(nonce, text)...)
	return base64.StdEncoding.EncodeToString(out), nil
}

// Decrypt returns the plaintext of a payload that a party of this conversation encrypted.
// Errors: ErrPayload, ErrVersion, ErrMAC.
func (c Conversation) Decrypt(payload string) (string, error) {
	if strings.HasPrefix(payload, "#") {
		return "", ErrVersion // kept for encodings that are not base64
	}
	if n := len(payload); n < minPayload || n > maxPayload {
		return "", fmt.Errorf("%w: %d bytes, not %d to %d", ErrPayload, n, minPayload, maxPayload)
	}
	if strings.ContainsAny(payload, "\r\n") {
		return "", fmt.Errorf("%w: not base64", ErrPayload)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(payload)
	if err != nil {
		return "", fmt.Errorf("%w: not base64", ErrPayload)
	}
	if raw[0] != version2 {
		return "", fmt.Errorf("%w: %d", ErrVersion, raw[0])
	}
	if n := len(raw); n < minBinary || n > maxBinary {
		return "", fmt.Errorf("%w: %d bytes decoded, not %d to %d", ErrPayload, n, minBinary, maxBinary)
	}
	nonce := [32]byte(raw[1:33])
	text, mac := raw[33:len(raw)-32], raw[len(raw)-32:]
	keys, err := c.message(nonce)
	if err != nil {
		return "", err
	}
	if !hmac.Equal(mac, keys.mac(nonce, text)) {
		return "", ErrMAC
	}
	if err := keys.xor(text); err != nil {
		return "", err
	}
	return unpad(text)
}

func unpad(text []byte) (string, error) {
	n := int(binary.BigEndian.Uint16(text))
	if n < MinPlaintext || len(text) != 2+paddedLen(n) {
		return "", fmt.Errorf("%w: padding", ErrPayload)
	}
	plain := text[2 : 2+n]
	if !utf8.Valid(plain) {
		return "", fmt.Errorf("%w: not UTF-8", ErrPayload)
	}
	return string(plain), nil
}

// paddedLen is the length to which a plaintext of n bytes, 1 or more, is padded.
func paddedLen(n int) int {
	chunk := max(32, 1<<bits.Len(uint(n-1))/8)
	return chunk * ((n-1)/chunk + 1)
}

// messageKeys are the keys of one message.
type messageKeys struct{ chacha, nonce, hmac []byte }

func (c Conversation) message(nonce [32]byte) (messageKeys, error) {
	k, err := hkdf.Expand(sha256.New, c.key[:], string(nonce[:]), 76)
	if err != nil {
		return messageKeys{}, fmt.Errorf("nip44: %w", err)
	}
	return messageKeys{chacha: k[:32], nonce: k[32:44], hmac: k[44:]}, nil
}

// xor encrypts or decrypts in place.
func (k messageKeys) xor(text []byte) error {
	cipher, err := chacha20.NewUnauthenticatedCipher(k.chacha, k.nonce)
	if err != nil {
		return fmt.Errorf("nip44: %w", err)
	}
	cipher.XORKeyStream(text, text)
	return nil
}

// mac authenticates the nonce and the encrypted text.
func (k messageKeys) mac(nonce [32]byte, text []byte) []byte {
	h := hmac.New(sha256.New, k.hmac)
	h.Write(nonce[:])
	h.Write(text)
	return h.Sum(nil)
}
