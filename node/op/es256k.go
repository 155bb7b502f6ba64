package op

import (
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// SignES256K signs a SHA-256 digest with ECDSA over secp256k1 (RFC 8812) and
// returns r || s, each 32 bytes big-endian, s in the lower half. The nonce is
// that of RFC 6979, so equal digests get equal signatures; BIP-340 signatures
// draw theirs with other additional data, so one key may do both.
//
// The signature verifies under the curve point that the x-only public key
// names: the one whose y is even. Where the secret belongs to the other one, its
// negation signs, as in BIP-340.
func (s SecretKey) SignES256K(digest [32]byte) [64]byte {
	key := s.key
	if y := key.PubKey().SerializeCompressed()[0]; y == 0x03 {
		key = btcec.PrivKeyFromScalar(new(btcec.ModNScalar).NegateVal(&key.Key))
	}
	sig := ecdsa.Sign(key, digest[:])
	var out [64]byte
	r, low := sig.R(), sig.S()
	r.PutBytesUnchecked(out[:32])
	low.PutBytesUnchecked(out[32:])
	return out
}

// VerifyES256K checks a signature of SignES256K. One with s in the upper half
// is refused, so that a digest has one signature per nonce.
func (k PublicKey) VerifyES256K(digest [32]byte, sig [64]byte) bool {
	point, err := schnorr.ParsePubKey(k[:])
	if err != nil {
		return false
	}
	var r, s btcec.ModNScalar
	if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || r.IsZero() || s.IsZero() || s.IsOverHalfOrder() {
		return false
	}
	return ecdsa.NewSignature(&r, &s).Verify(digest[:], point)
}
