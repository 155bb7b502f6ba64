package op_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"github.com/econd/econd/node/op"
)

// A tagged signature is BIP-340 over the tagged hash, and holds for one key,
// one tag and one message.
func TestSignTagged(t *testing.T) {
	key, err := op.NewSecretKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	other, err := op.NewSecretKey(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := key.SignTagged("econd/test", []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	tag := sha256.Sum256([]byte("econd/test"))
	digest := sha256.Sum256(append(append(tag[:], tag[:]...), "message"...))
	parsed, err := schnorr.ParseSignature(sig[:])
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public()
	point, err := schnorr.ParsePubKey(public[:])
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.Verify(digest[:], point) {
		t.Error("the signature is not over the tagged hash as BIP-340 writes it")
	}
	flipped := sig
	flipped[40] ^= 1
	for name, ok := range map[string]bool{
		"right":         key.Public().VerifyTagged("econd/test", []byte("message"), sig),
		"other key":     !other.Public().VerifyTagged("econd/test", []byte("message"), sig),
		"other tag":     !key.Public().VerifyTagged("econd/tests", []byte("message"), sig),
		"other message": !key.Public().VerifyTagged("econd/test", []byte("massage"), sig),
		"flipped bit":   !key.Public().VerifyTagged("econd/test", []byte("message"), flipped),
		"no signature":  !key.Public().VerifyTagged("econd/test", []byte("message"), [64]byte{}),
		"no key":        !op.PublicKey{}.VerifyTagged("econd/test", []byte("message"), sig),
	} {
		if !ok {
			t.Error(name)
		}
	}
}
