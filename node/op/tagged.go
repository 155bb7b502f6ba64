package op

import (
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// SignTagged signs bytes that are no event with BIP-340 over their tagged hash,
//
//	SHA256(SHA256(tag) || SHA256(tag) || message)
//
// so that a signature for one use is worthless for another, events among them.
func (s SecretKey) SignTagged(tag string, message []byte) (sig [64]byte, err error) {
	digest := chainhash.TaggedHash([]byte(tag), message)
	signature, err := schnorr.Sign(s.key, digest[:])
	if err != nil {
		return sig, fmt.Errorf("sign %s: %w", tag, err)
	}
	copy(sig[:], signature.Serialize())
	return sig, nil
}

// VerifyTagged tells whether SignTagged with this key's secret made the
// signature.
func (k PublicKey) VerifyTagged(tag string, message []byte, sig [64]byte) bool {
	key, err := schnorr.ParsePubKey(k[:])
	if err != nil {
		return false
	}
	parsed, err := schnorr.ParseSignature(sig[:])
	if err != nil {
		return false
	}
	digest := chainhash.TaggedHash([]byte(tag), message)
	return parsed.Verify(digest[:], key)
}
