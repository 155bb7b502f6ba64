package statement

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/econd/econd/node/op"
)

// didPrefix starts a did:key in base58btc, the one base that did:key allows.
const didPrefix = "did:key:z"

// secp256k1Codec is the multicodec secp256k1-pub (0xe7) as a varint.
var secp256k1Codec = []byte{0xe7, 0x01}

// DIDKey is the did:key of an x-only key (W3C CCG, The did:key Method): of the
// curve point with that x and an even y, which is the key that BIP-340 means.
// Its fingerprint starts with zQ3s.
func DIDKey(key op.PublicKey) string {
	return didPrefix + encodeBase58(append(append(bytes.Clone(secp256k1Codec), 0x02), key[:]...))
}

// ParseDIDKey returns the x-only key of a did:key. ErrForm unless it names a
// point of secp256k1 with an even y, in the one spelling.
func ParseDIDKey(did string) (op.PublicKey, error) {
	var key op.PublicKey
	text, ok := strings.CutPrefix(did, didPrefix)
	raw := decodeBase58(text)
	if !ok || len(raw) != 35 || !bytes.HasPrefix(raw, secp256k1Codec) {
		return key, fmt.Errorf("%w: %q is not the did:key of a secp256k1 key", ErrForm, did)
	}
	if raw[2] != 0x02 {
		return key, fmt.Errorf("%w: %s names a point with an odd y; keys of an economy have an even one", ErrForm, did)
	}
	key = op.PublicKey(raw[3:])
	if _, err := op.ParsePublicKey(key.String()); err != nil {
		return key, fmt.Errorf("%w: %s: %w", ErrForm, did, err)
	}
	if DIDKey(key) != did {
		return key, fmt.Errorf("%w: %q is not spelled as a did:key", ErrForm, did)
	}
	return key, nil
}
