// Package signmessage signs a text with the key of a Lightning node and checks
// such signatures, as lnd's SignMessage and VerifyMessage do: a compact
// recoverable ECDSA signature, in zbase32, over the double SHA-256 of "Lightning
// Signed Message:" and the text. It does not know what texts say.
package signmessage

import (
	"errors"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

const prefix = "Lightning Signed Message:"

// digits of zbase32 in the order of their values (Zooko's base-32). 65 bytes are
// 104 of them exactly, so that no bit is spare and one signature has one spelling.
const (
	digits = "ybndrfg8ejkmcpqxot1uwisza345h769"
	length = 104
)

func digest(text string) []byte { return chainhash.DoubleHashB([]byte(prefix + text)) }

// Sign signs a text with a node's identity key. The same key and text make the
// same signature (RFC 6979).
func Sign(node *btcec.PrivateKey, text string) string {
	out := make([]byte, 0, length)
	bits, n := uint(0), uint(0)
	for _, b := range ecdsa.SignCompact(node, digest(text), true) {
		for bits, n = bits<<8|uint(b), n+8; n >= 5; {
			n -= 5
			out = append(out, digits[bits>>n&31])
		}
	}
	return string(out)
}

// Verify checks that a signature over a text was made by a node, named by its
// compressed key. The error says what is wrong, for a sentence that begins with
// the signature's name.
func Verify(node [33]byte, text, signature string) error {
	raw, err := decode(signature)
	if err != nil {
		return err
	}
	key, _, err := ecdsa.RecoverCompact(raw[:], digest(text))
	if err != nil || [33]byte(key.SerializeCompressed()) != node {
		return errors.New("does not verify under the node's key")
	}
	return nil
}

func decode(s string) (raw [65]byte, err error) {
	if len(s) != length {
		return raw, errors.New("must have 104 zbase32 characters")
	}
	var value [256]byte
	for i := range len(digits) {
		value[digits[i]] = byte(i) + 1
	}
	bits, n, out := uint(0), uint(0), 0
	for i := range len(s) {
		v := value[s[i]]
		if v == 0 {
			return raw, errors.New("must have zbase32 characters only")
		}
		bits = bits<<5 | uint(v-1)
		if n += 5; n >= 8 {
			n -= 8
			raw[out] = byte(bits >> n)
			out++
		}
	}
	return raw, nil
}
