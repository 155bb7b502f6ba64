package nostr

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	foreign "github.com/nbd-wtf/go-nostr/nip44"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// vectorsSHA256 is the checksum that NIP-44 gives of its vectors.
const vectorsSHA256 = "269ed0f69e4c192512cc779e78c555090cebc7c785b609e338a62afc3ce25040"

type vectors struct {
	V2 struct {
		Valid struct {
			ConversationKeys []struct {
				Sec1, Pub2, Note string
				ConversationKey  string `json:"conversation_key"`
			} `json:"get_conversation_key"`
			MessageKeys struct {
				ConversationKey string `json:"conversation_key"`
				Keys            []struct {
					Nonce       string
					ChachaKey   string `json:"chacha_key"`
					ChachaNonce string `json:"chacha_nonce"`
					HmacKey     string `json:"hmac_key"`
				}
			} `json:"get_message_keys"`
			PaddedLen [][2]int `json:"calc_padded_len"`
			Encrypt   []struct {
				Sec1, Sec2, Nonce, Plaintext, Payload string
				ConversationKey                       string `json:"conversation_key"`
			} `json:"encrypt_decrypt"`
			Long []struct {
				Nonce, Pattern  string
				ConversationKey string `json:"conversation_key"`
				Repeat          int
				PlaintextSha256 string `json:"plaintext_sha256"`
				PayloadSha256   string `json:"payload_sha256"`
			} `json:"encrypt_decrypt_long_msg"`
		}
		Invalid struct {
			Lengths          []int                               `json:"encrypt_msg_lengths"`
			ConversationKeys []struct{ Sec1, Pub2, Note string } `json:"get_conversation_key"`
			Decrypt          []struct {
				Nonce, Plaintext, Payload, Note string
				ConversationKey                 string `json:"conversation_key"`
			} `json:"decrypt"`
		}
	}
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/nip44.vectors.json")
	require.NoError(t, err)
	require.Equal(t, vectorsSHA256, fmt.Sprintf("%x", sha256.Sum256(raw)))
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

func bytes32(t *testing.T, text string) (b [32]byte) {
	t.Helper()
	raw, err := hex.DecodeString(text)
	require.NoError(t, err)
	require.Len(t, raw, 32)
	return [32]byte(raw)
}

func secret(t *testing.T, text string) op.SecretKey {
	t.Helper()
	raw := bytes32(t, text)
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	return key
}

func TestVectorsOfConversations(t *testing.T) {
	v := readVectors(t).V2
	require.Len(t, v.Valid.ConversationKeys, 35)
	for _, c := range v.Valid.ConversationKeys {
		got, err := NewConversation(secret(t, c.Sec1), bytes32(t, c.Pub2))
		require.NoError(t, err, c.Note)
		require.Equal(t, c.ConversationKey, hex.EncodeToString(got.key[:]), c.Note)
	}
	require.Len(t, v.Invalid.ConversationKeys, 8)
	for _, c := range v.Invalid.ConversationKeys {
		raw := bytes32(t, c.Sec1)
		key, err := op.NewSecretKey(raw[:])
		if err == nil {
			_, err = NewConversation(key, bytes32(t, c.Pub2))
		}
		require.Error(t, err, c.Note)
	}
}

func TestVectorsOfMessageKeys(t *testing.T) {
	v := readVectors(t).V2.Valid.MessageKeys
	require.Len(t, v.Keys, 32)
	c := Conversation{key: bytes32(t, v.ConversationKey)}
	for _, want := range v.Keys {
		got, err := c.message(bytes32(t, want.Nonce))
		require.NoError(t, err)
		require.Equal(t, want.ChachaKey, hex.EncodeToString(got.chacha))
		require.Equal(t, want.ChachaNonce, hex.EncodeToString(got.nonce))
		require.Equal(t, want.HmacKey, hex.EncodeToString(got.hmac))
	}
}

func TestVectorsOfPadding(t *testing.T) {
	lengths := readVectors(t).V2.Valid.PaddedLen
	require.Len(t, lengths, 24)
	for _, c := range lengths {
		require.Equal(t, c[1], paddedLen(c[0]), "%d bytes", c[0])
	}
	for n := 1; n <= MaxPlaintext; n++ { // never shorter, and without a step back
		require.GreaterOrEqual(t, paddedLen(n), n)
		require.LessOrEqual(t, paddedLen(n), paddedLen(n+1))
	}
}

func TestVectorsOfPayloads(t *testing.T) {
	v := readVectors(t).V2
	require.Len(t, v.Valid.Encrypt, 10)
	for _, c := range v.Valid.Encrypt {
		mine, err := NewConversation(secret(t, c.Sec1), secret(t, c.Sec2).Public())
		require.NoError(t, err)
		theirs, err := NewConversation(secret(t, c.Sec2), secret(t, c.Sec1).Public())
		require.NoError(t, err)
		require.Equal(t, mine, theirs)
		require.Equal(t, c.ConversationKey, hex.EncodeToString(mine.key[:]))
		payload, err := mine.encrypt(c.Plaintext, bytes32(t, c.Nonce))
		require.NoError(t, err)
		require.Equal(t, c.Payload, payload)
		plain, err := theirs.Decrypt(c.Payload)
		require.NoError(t, err)
		require.Equal(t, c.Plaintext, plain)
	}
	require.Len(t, v.Valid.Long, 3)
	for _, c := range v.Valid.Long {
		conversation := Conversation{key: bytes32(t, c.ConversationKey)}
		plain := strings.Repeat(c.Pattern, c.Repeat)
		require.Equal(t, c.PlaintextSha256, fmt.Sprintf("%x", sha256.Sum256([]byte(plain))))
		payload, err := conversation.encrypt(plain, bytes32(t, c.Nonce))
		require.NoError(t, err)
		require.Equal(t, c.PayloadSha256, fmt.Sprintf("%x", sha256.Sum256([]byte(payload))))
		back, err := conversation.Decrypt(payload)
		require.NoError(t, err)
		require.Equal(t, plain, back)
	}
}

func TestVectorsOfBadPayloads(t *testing.T) {
	v := readVectors(t).V2.Invalid
	require.Len(t, v.Lengths, 4)
	for _, n := range v.Lengths {
		_, err := Conversation{}.Encrypt(strings.Repeat("a", n))
		require.ErrorIs(t, err, ErrPlaintext, "%d bytes", n)
	}
	kinds := map[string]error{"unknown encryption version": ErrVersion, "invalid MAC": ErrMAC}
	require.Len(t, v.Decrypt, 12)
	for _, c := range v.Decrypt {
		want := ErrPayload
		for note, err := range kinds {
			if strings.HasPrefix(c.Note, note) {
				want = err
			}
		}
		_, err := Conversation{key: bytes32(t, c.ConversationKey)}.Decrypt(c.Payload)
		require.ErrorIs(t, err, want, c.Note)
	}
}

func TestAPayloadHasOneSpelling(t *testing.T) {
	c := Conversation{key: [32]byte{1}}
	payload, err := c.Encrypt("a")
	require.NoError(t, err)
	for name, other := range map[string]string{
		"a line end": payload[:60] + "\n" + payload[60:], "a space": payload + " ",
		"URL alphabet": strings.NewReplacer("+", "-", "/", "_").Replace(payload) + "-",
	} {
		_, err := c.Decrypt(other)
		require.ErrorIs(t, err, ErrPayload, name)
	}
	for i := range 3 { // one bit more in version, nonce and text: never the plaintext
		other := []byte(payload)
		at := []int{0, 20, 70}[i]
		other[at] ^= 4
		_, err := c.Decrypt(string(other))
		require.Error(t, err)
	}
	_, err = c.Encrypt("\xff")
	require.ErrorIs(t, err, ErrPlaintext)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c), "1")
}

// TestForeignPayloads encrypts and decrypts with another's code.
func TestForeignPayloads(t *testing.T) {
	a, b := testKey(t), testKey(t)
	mine, err := NewConversation(a, b.Public())
	require.NoError(t, err)
	theirs, err := foreign.GenerateConversationKey(a.Public().String(), hex.EncodeToString(b.Bytes()))
	require.NoError(t, err)
	require.Equal(t, mine.key, theirs)
	for _, n := range []int{1, 31, 32, 33, 255, 256, 257, 40000, MaxPlaintext} {
		plain := strings.Repeat("x", n)
		payload, err := mine.Encrypt(plain)
		require.NoError(t, err)
		back, err := foreign.Decrypt(payload, theirs)
		require.NoError(t, err)
		require.Equal(t, plain, back)
		payload, err = foreign.Encrypt(plain, theirs)
		require.NoError(t, err)
		back, err = mine.Decrypt(payload)
		require.NoError(t, err)
		require.Equal(t, plain, back)
	}
}

func FuzzDecrypt(f *testing.F) {
	c := Conversation{key: [32]byte{1}}
	payload, err := c.Encrypt("hello")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add("")
	f.Add("#" + payload)
	f.Fuzz(func(t *testing.T, payload string) {
		plain, err := c.Decrypt(payload)
		if err == nil && (len(plain) < MinPlaintext || len(plain) > MaxPlaintext) {
			t.Fatalf("%d bytes", len(plain))
		}
	})
}
