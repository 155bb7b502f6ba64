package op

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Deterministic signatures over secp256k1 that Bitcoin libraries share (RFC 6979
// with SHA-256, s in the lower half).
func TestES256KVectors(t *testing.T) {
	for _, c := range []struct{ key, message, signature string }{
		{"0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
			"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
		{"0000000000000000000000000000000000000000000000000000000000000001", "All those moments will be lost in time, like tears in rain. Time to die...",
			"8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
		// This key's point has an odd y, so its negation signs: the key 1.
		{"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
			"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
	} {
		raw, err := hex.DecodeString(c.key)
		require.NoError(t, err)
		key, err := NewSecretKey(raw)
		require.NoError(t, err)
		digest := sha256.Sum256([]byte(c.message))
		sig := key.SignES256K(digest)
		require.Equal(t, c.signature, hex.EncodeToString(sig[:]))
		require.True(t, key.Public().VerifyES256K(digest, sig))
	}
}

func TestES256KRefusesWhatWasNotSigned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		raw[0], raw[31] = 1, raw[31]|1 // in range
		key, err := NewSecretKey(raw)
		require.NoError(t, err)
		digest := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		sig := key.SignES256K(digest)
		require.True(t, key.Public().VerifyES256K(digest, sig))

		other, flipped := digest, sig
		other[rapid.IntRange(0, 31).Draw(t, "at")] ^= 1
		flipped[rapid.IntRange(0, 63).Draw(t, "in")] ^= 0x80
		require.False(t, key.Public().VerifyES256K(other, sig))
		require.False(t, key.Public().VerifyES256K(digest, flipped))

		// The other signature of the pair, which ECDSA itself would take.
		var s btcec.ModNScalar
		s.SetByteSlice(sig[32:])
		high := s.Negate().Bytes()
		copy(flipped[:], sig[:32])
		copy(flipped[32:], high[:])
		require.False(t, key.Public().VerifyES256K(digest, flipped))
	})
}
