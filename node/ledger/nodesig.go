package ledger

import (
	"errors"

	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node/op"
)

// zbase32 digits, in the order of their values (Zooko's base-32).
const zbase32 = "ybndrfg8ejkmcpqxot1uwisza345h769"

// verifyNodeMessage checks what lnd's SignMessage makes: a compact recoverable
// ECDSA signature, in zbase32, over the double SHA-256 of "Lightning Signed
// Message:" and the message. One signature has one spelling.
func verifyNodeMessage(node op.NodeKey, message, signature string) error {
	raw, err := decodeZbase32(signature)
	if err != nil {
		return err
	}
	digest := chainhash.DoubleHashB([]byte("Lightning Signed Message:" + message))
	key, _, err := ecdsa.RecoverCompact(raw[:], digest)
	if err != nil || op.NodeKey(key.SerializeCompressed()) != node {
		return errors.New("does not verify under the node's key")
	}
	return nil
}

// decodeZbase32 reads the 104 characters of a 65-byte signature: 520 bits
// exactly, so there are no spare bits.
func decodeZbase32(s string) (raw [65]byte, err error) {
	if len(s) != 104 {
		return raw, errors.New("must have 104 zbase32 characters")
	}
	var value [256]byte
	for i := range len(zbase32) {
		value[zbase32[i]] = byte(i) + 1
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
