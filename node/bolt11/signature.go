package bolt11

import (
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// compactHeader is the first byte of a compact signature of a compressed key, less its recovery number.
const compactHeader = 27 + 4

// payee is the key that made a signature: the one that is named, or else the one that is recovered.
func payee(digest [32]byte, groups, named []byte) (key [33]byte, err error) {
	raw, err := wholeBytes("signature", groups) // 65 bytes exactly
	if err != nil {
		return key, err
	}
	recovery := raw[64]
	if recovery > 3 {
		return key, fail("signature", "recovery-number", "has recovery number %d, it must be 0 to 3", recovery)
	}
	var r, s btcec.ModNScalar
	if over := r.SetByteSlice(raw[:32]); over || r.IsZero() {
		return key, fail("signature", "signature-range", "has an r that is 0 or beyond the order of the curve")
	}
	if over := s.SetByteSlice(raw[32:64]); over || s.IsZero() {
		return key, fail("signature", "signature-range", "has an s that is 0 or beyond the order of the curve")
	}
	if named != nil {
		return verifyNamed(digest, r, s, named)
	}
	compact := make([]byte, 0, 65)
	compact = append(append(compact, compactHeader+recovery), raw[:64]...)
	public, _, err := ecdsa.RecoverCompact(compact, digest[:])
	if err != nil {
		return key, fail("signature", "recoverable", "is that of no key")
	}
	return [33]byte(public.SerializeCompressed()), nil
}

func verifyNamed(digest [32]byte, r, s btcec.ModNScalar, named []byte) (key [33]byte, err error) {
	public, err := btcec.ParsePubKey(named)
	if err != nil {
		return key, fail("n", "node-key", "is no compressed key on the curve")
	}
	if s.IsOverHalfOrder() {
		return key, fail("signature", "low-s", "has the higher of its two s, beside a field n")
	}
	if !ecdsa.NewSignature(&r, &s).Verify(digest[:], public) {
		return key, fail("signature", "named-key", "is not that of the key in field n")
	}
	return [33]byte(named), nil
}
