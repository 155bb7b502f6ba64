package statement

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/op"
)

func testKey(t testing.TB, b byte) op.SecretKey {
	key, err := op.NewSecretKey(bytes.Repeat([]byte{b}, 32))
	require.NoError(t, err)
	return key
}

func sample(t testing.TB) Statement {
	return Statement{Economy: "test.0001", Issuer: testKey(t, 1).Public(), Subject: testKey(t, 2).Public(),
		Epoch: 12, Seq: 345, TimeMs: 1_800_000_000_123, UntilMs: 1_800_086_400_000,
		Score: one / 3, Flow: one / 2, Quality: one - 1, Positive: 3*whole + 1, Negative: whole / 7}
}

// The bytes that other programs read. They change only with the format.
func TestGoldenStatements(t *testing.T) {
	s := sample(t)
	event, err := s.Sign(NIP85, testKey(t, 1))
	require.NoError(t, err)
	require.Equal(t, `{"id":"`+hexID(event)+`","pubkey":"1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f",`+
		`"created_at":1800000000,"kind":30382,"tags":[["d","4d4b6cd1361032ca9bd2aeb9d900aa4d45d9ead80ac9423374c451a7254d0766"],`+
		`["rank","99"],["expiration","1800086400"],["economy","test.0001"],["epoch","12"],["seq","345"],`+
		`["time_ms","1800000000123"],["until_ms","1800086400000"],["score","0.3333333333333333330"],["flow","0.5000000000000000000"],`+
		`["quality","0.9999999999999999991"],["positive","3.0000000002"],["negative","0.1428571427"]],"content":"",`+
		string(event[bytes.Index(event, []byte(`"sig"`)):]), string(event))

	jwt, err := s.Sign(VCJWT, testKey(t, 1))
	require.NoError(t, err)
	parts := strings.Split(string(jwt), ".")
	head, err := base64.RawURLEncoding.DecodeString(parts[0])
	require.NoError(t, err)
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	issuer, subject := DIDKey(s.Issuer), DIDKey(s.Subject)
	require.Equal(t, `{"alg":"ES256K","typ":"vc+jwt","cty":"vc","kid":"`+issuer+`#`+strings.TrimPrefix(issuer, "did:key:")+`"}`, string(head))
	require.Equal(t, `{"@context":["https://www.w3.org/ns/credentials/v2",{"@vocab":"https://github.com/econd/econd/blob/main/docs/reputation.md#"}],`+
		`"type":["VerifiableCredential","AgentReputation"],"issuer":"`+issuer+`",`+
		`"validFrom":"2027-01-15T08:00:00.123Z","validUntil":"2027-01-16T08:00:00.000Z",`+
		`"credentialSubject":{"id":"`+subject+`","economy":"test.0001","epoch":12,"seq":345,"score":"0.3333333333333333330",`+
		`"flow":"0.5000000000000000000","quality":"0.9999999999999999991","positive":"3.0000000002","negative":"0.1428571427"}}`, string(body))
}

func hexID(event []byte) string {
	var v struct{ ID string }
	_ = json.Unmarshal(event, &v)
	return v.ID
}

// Verifiers that share no code with this package: the standard library's ECDSA,
// with the key taken from the did:key by hand.
func TestCredentialVerifiesElsewhere(t *testing.T) {
	for b := byte(1); b < 12; b++ { // points of both parities
		key := testKey(t, b)
		s := sample(t)
		jwt, err := s.Sign(VCJWT, key)
		require.NoError(t, err)
		parts := strings.Split(string(jwt), ".")
		require.Len(t, parts, 3)
		var head struct{ Kid string }
		raw, err := base64.RawURLEncoding.DecodeString(parts[0])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &head))
		did, fragment, _ := strings.Cut(head.Kid, "#")
		require.Equal(t, "did:key:"+fragment, did)
		point, err := btcec.ParsePubKey(base58Decode(t, fragment[1:])[2:])
		require.NoError(t, err)

		sig, err := base64.RawURLEncoding.DecodeString(parts[2])
		require.NoError(t, err)
		require.Len(t, sig, 64)
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		public := point.ToECDSA()
		require.True(t, ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])), "key %d", b)
		half := new(big.Int).Rsh(btcec.S256().N, 1)
		require.LessOrEqual(t, new(big.Int).SetBytes(sig[32:]).Cmp(half), 0, "s is in the lower half")
	}
}

// base58Decode is Bitcoin's base58 without its checksum, written for this test.
func base58Decode(t testing.TB, text string) []byte {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n := new(big.Int)
	for _, c := range text {
		i := strings.IndexRune(alphabet, c)
		require.GreaterOrEqual(t, i, 0)
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(i)))
	}
	return n.Bytes()
}

// NIP-01 by the letter: the id is the hash of the serialised array, the
// signature verifies over it.
func TestEventVerifiesElsewhere(t *testing.T) {
	data, err := sample(t).Sign(NIP85, testKey(t, 1))
	require.NoError(t, err)
	var e struct {
		ID, PubKey, Content, Sig string
		CreatedAt                int64 `json:"created_at"`
		Kind                     int
		Tags                     [][]string
	}
	require.NoError(t, json.Unmarshal(data, &e))
	serial, err := json.Marshal([]any{0, e.PubKey, e.CreatedAt, e.Kind, e.Tags, e.Content})
	require.NoError(t, err)
	id := sha256.Sum256(serial)
	require.Equal(t, e.ID, hex.EncodeToString(id[:]))
	raw, err := hex.DecodeString(e.Sig)
	require.NoError(t, err)
	sig, err := schnorr.ParseSignature(raw)
	require.NoError(t, err)
	key, err := hex.DecodeString(e.PubKey)
	require.NoError(t, err)
	point, err := schnorr.ParsePubKey(key)
	require.NoError(t, err)
	require.True(t, sig.Verify(id[:], point))
}

func TestDIDKeyVectors(t *testing.T) {
	// From the did:key method's own test vectors for secp256k1.
	for secret, did := range map[string]string{
		"9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c": "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
		"f0f4df55a2b3ff13051ea814a8f24ad00f2e469af73c363ac7e9fb999a9072ed": "did:key:zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2",
		"6b0b91287ae3348f8c2f2552d766f30e3604867e34adc37ccbb74a8e6b893e02": "did:key:zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
		"c0a6a7c560d37d7ba81ecee9543721ff48fea3e0fb827d42c1868226540fac15": "did:key:zQ3shadCps5JLAHcZiuX5YUtWHHL8ysBJqFLWvjZDKAWUBGzy",
	} {
		raw, err := hex.DecodeString(secret)
		require.NoError(t, err)
		_, point := btcec.PrivKeyFromBytes(raw)
		compressed := point.SerializeCompressed()
		key, err := ParseDIDKey(did)
		if compressed[0] == 0x03 {
			require.ErrorIs(t, err, ErrForm)
			require.ErrorContains(t, err, "odd y")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(compressed[1:]), key.String())
		require.Equal(t, did, DIDKey(key))
	}
	for _, bad := range []string{"", "did:key:z", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
		"did:web:example.org", "did:key:zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur", "did:key:uQ3sh", "did:key:z0OIl"} {
		_, err := ParseDIDKey(bad)
		require.ErrorIs(t, err, ErrForm, bad)
	}
}

func drawStatement(t *rapid.T, issuer, subject op.PublicKey) Statement {
	share, evidence := rapid.Uint64Range(0, one), rapid.Uint64Range(0, 1<<62)
	at := rapid.Int64Range(0, maxTimeMs).Draw(t, "time")
	return Statement{Economy: rapid.StringMatching(`[a-z0-9.-]{1,64}`).Draw(t, "economy"), Issuer: issuer, Subject: subject,
		Epoch: rapid.Int64Range(0, op.MaxInteger).Draw(t, "epoch"), Seq: rapid.Uint64Range(0, op.MaxInteger).Draw(t, "seq"),
		TimeMs: at, UntilMs: rapid.Int64Range(at, maxTimeMs).Draw(t, "until"),
		Score: share.Draw(t, "score"), Flow: share.Draw(t, "flow"), Quality: share.Draw(t, "quality"),
		Positive: evidence.Draw(t, "positive"), Negative: evidence.Draw(t, "negative")}
}

// A statement read is the statement signed, to the last bit, in either form,
// and signing again gives the same bytes.
func TestRoundTrip(t *testing.T) {
	key, subject := testKey(t, 5), testKey(t, 6).Public()
	rapid.Check(t, func(t *rapid.T) {
		s := drawStatement(t, key.Public(), subject)
		for _, form := range []Form{NIP85, VCJWT} {
			data, err := s.Sign(form, key)
			require.NoError(t, err)
			got, gotForm, err := Open(append(data, '\n'))
			require.NoError(t, err)
			require.Equal(t, s, got)
			require.Equal(t, form, gotForm)
			again, err := got.Sign(form, key)
			require.NoError(t, err)
			require.Equal(t, data, again)
		}
	})
}

func TestChangedStatementsAreRefused(t *testing.T) {
	key := testKey(t, 1)
	s := sample(t)
	event, err := s.Sign(NIP85, key)
	require.NoError(t, err)
	for from, to := range map[string]string{
		`["rank","99"]`: `["rank","98"]`, `["epoch","12"]`: `["epoch","13"]`, `"kind":30382`: `"kind":30383`,
		`0.9999999999999999991`: `0.9999999999999999992`, `"content":""`: `"content":"x"`,
		`"created_at":1800000000`: `"created_at":1800000001`, `["seq","345"]`: `["seq","0345"]`,
		`["rank","99"],`: ``, `["d","4`: `["d","5`, `"test.0001"`: `"test.0002"`,
	} {
		changed := strings.Replace(string(event), from, to, 1)
		require.NotEqual(t, string(event), changed)
		_, _, err := Open([]byte(changed))
		require.Error(t, err, "%s for %s", to, from)
	}
	jwt, err := s.Sign(VCJWT, key)
	require.NoError(t, err)
	parts := strings.Split(string(jwt), ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	for from, to := range map[string]string{
		`"epoch":12`: `"epoch":13`, `"AgentReputation"`: `"AgentReputations"`, `"3.0000000002"`: `"3.0000000003"`,
		`"validFrom"`: `"validfrom"`, `{"@context"`: `{"x":1,"@context"`, `08:00:00.000Z`: `08:00:00Z`,
	} {
		changed := strings.Replace(string(body), from, to, 1)
		require.NotEqual(t, string(body), changed)
		_, _, err := Open([]byte(parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(changed)) + "." + parts[2]))
		require.Error(t, err, "%s for %s", to, from)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"vc+jwt"}`))
	for _, bad := range []string{"", "{", "a.b.c", parts[0] + "." + parts[1] + ".", none + "." + parts[1] + ".",
		parts[0] + "." + parts[1], string(jwt) + ".x", `{"id":""}`} {
		_, _, err := Open([]byte(bad))
		require.ErrorIs(t, err, ErrForm, bad)
	}
	// Another key's signature over the same words.
	other := testKey(t, 9).SignES256K(sha256.Sum256([]byte(parts[0] + "." + parts[1])))
	_, _, err = Open([]byte(parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(other[:])))
	require.ErrorIs(t, err, ErrSignature)
}

func TestSignRefusesWhatItCannotSay(t *testing.T) {
	for field, change := range map[string]func(*Statement){
		"economy":              func(s *Statement) { s.Economy = "" },
		"economy: ":            func(s *Statement) { s.Economy = "a\x00" },
		"epoch":                func(s *Statement) { s.Epoch = -1 },
		"until":                func(s *Statement) { s.UntilMs = s.TimeMs - 1 },
		"score, flow, quality": func(s *Statement) { s.Flow = one + 1 },
	} {
		s := sample(t)
		change(&s)
		_, err := s.Sign(NIP85, testKey(t, 1))
		require.ErrorIs(t, err, ErrForm)
		require.ErrorContains(t, err, field)
	}
	_, err := sample(t).Sign("pdf", testKey(t, 1))
	require.ErrorIs(t, err, ErrFormat)
}

func TestValidityAndRank(t *testing.T) {
	s := sample(t)
	for ms, want := range map[int64]bool{s.TimeMs - 1: false, s.TimeMs: true, s.UntilMs: true, s.UntilMs + 1: false} {
		require.Equal(t, want, s.ValidAt(ms))
	}
	for _, c := range []struct{ score, quality, rank uint64 }{
		{1, one, 100}, {1, one - 1, 99}, {1, one / 2, 50}, {1, 0, 0}, {0, one / 2, 0}, {0, one, 0}, {1, (one + 99) / 100, 1}, {1, one / 100, 0},
	} {
		require.Equal(t, c.rank, Statement{Score: c.score, Quality: c.quality}.Rank(), "%+v", c)
	}
}

func FuzzOpen(f *testing.F) {
	for _, form := range []Form{NIP85, VCJWT} {
		data, err := sample(f).Sign(form, testKey(f, 1))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"id":"","tags":[]}`))
	f.Add([]byte("e30.e30.e30"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, form, err := Open(data); err == nil {
			again, err := s.Sign(form, testKey(t, 1))
			if s.Issuer == testKey(t, 1).Public() && (err != nil || form == VCJWT && !bytes.Equal(again, bytes.TrimSpace(data))) {
				t.Fatalf("%q is taken, and %q is what it says", data, again)
			}
		}
	})
}
