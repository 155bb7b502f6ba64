package l402

import (
	"crypto/sha256"
	"crypto/subtle"
)

// macaroonKeyGenerator is the HMAC key that turns a root key into the first key
// of the chain, as libmacaroons and gopkg.in/macaroon.v2 do.
const macaroonKeyGenerator = "macaroons-key-generator"

// hasher computes HMAC-SHA256 (RFC 2104) with 32-byte keys in its own memory:
// two one-shot hashes over prepared blocks, no allocation, no interface calls.
// The zero value is ready. Not safe for concurrent use.
type hasher struct {
	inner [64 + maxMacaroonLen]byte
	outer [64 + 32]byte
}

var (
	ipadBlock = filledBlock(0x36)
	opadBlock = filledBlock(0x5c)
)

func filledBlock(b byte) (block [64]byte) {
	for i := range block {
		block[i] = b
	}
	return block
}

// sum replaces *sig by HMAC(*sig, message). The message must not be longer than
// maxMacaroonLen, which the decoder has checked.
func (h *hasher) sum(sig *[32]byte, message []byte) {
	h.hmac(sig, sig[:], message)
}

// hmac writes HMAC(key, message) to *out. key is at most 64 bytes.
func (h *hasher) hmac(out *[32]byte, key, message []byte) {
	copy(h.inner[:64], ipadBlock[:])
	copy(h.outer[:64], opadBlock[:])
	subtle.XORBytes(h.inner[:], h.inner[:64], key)
	subtle.XORBytes(h.outer[:], h.outer[:64], key)
	if len(message) > maxMacaroonLen {
		panic("l402: message longer than any macaroon")
	}
	n := copy(h.inner[64:], message)
	digest := sha256.Sum256(h.inner[:64+n])
	copy(h.outer[64:], digest[:])
	*out = sha256.Sum256(h.outer[:])
}

// start returns the signature of a macaroon without caveats:
// HMAC(HMAC("macaroons-key-generator", root key), identifier).
func (h *hasher) start(root *RootKey, identifier []byte) [32]byte {
	var sig [32]byte
	h.hmac(&sig, []byte(macaroonKeyGenerator), root[:])
	h.sum(&sig, identifier)
	return sig
}
