package signmessage

import (
	"encoding/base32"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// second is zbase32 by the standard library, whose encoding it is but for the
// digits.
var second = base32.NewEncoding(digits).WithPadding(base32.NoPadding)

func key(b byte) (*btcec.PrivateKey, [33]byte) {
	priv, pub := btcec.PrivKeyFromBytes([]byte{30: b, 31: b + 1})
	return priv, [33]byte(pub.SerializeCompressed())
}

func TestASignatureIsOfItsNodeAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		node, name := key(rapid.Byte().Draw(t, "node"))
		text := rapid.String().Draw(t, "text")
		signature := Sign(node, text)
		require.NoError(t, Verify(name, text, signature))
		require.Equal(t, second.EncodeToString(ecdsa.SignCompact(node, digest(text), true)), signature)
		require.EqualError(t, Verify(name, text+".", signature), "does not verify under the node's key")
		name[0] ^= 1
		require.EqualError(t, Verify(name, text, signature), "does not verify under the node's key")
	})
}

// One signature has one spelling: whatever else is read, it is no other way to
// write the same bytes.
func FuzzSpelling(f *testing.F) {
	node, _ := key(1)
	signature := Sign(node, "a")
	f.Add(signature)
	f.Add(strings.ToUpper(signature))
	f.Add(signature + "y")
	f.Fuzz(func(t *testing.T, s string) {
		if raw, err := decode(s); err == nil {
			require.Equal(t, s, second.EncodeToString(raw[:]))
		}
	})
}

func TestWhatIsNoSignature(t *testing.T) {
	node, name := key(1)
	signature := Sign(node, "a")
	for text, want := range map[string]string{
		"": "must have 104 zbase32 characters", signature[1:]: "must have 104 zbase32 characters",
		signature + "y":                       "must have 104 zbase32 characters",
		strings.ToUpper(signature):            "must have zbase32 characters only",
		"l" + signature[1:]:                   "must have zbase32 characters only",
		strings.Repeat("y", length):           "does not verify under the node's key",
		strings.Repeat("9", length):           "does not verify under the node's key",
		signature[1:] + signature[:1]:         "does not verify under the node's key",
		Sign(node, "b"):                       "does not verify under the node's key",
		signature[:50] + "y" + signature[51:]: "does not verify under the node's key",
	} {
		require.EqualError(t, Verify(name, "a", text), want, text)
	}
}
