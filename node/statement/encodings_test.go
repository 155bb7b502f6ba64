package statement_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
)

func signed(t *testing.T, form statement.Form, proof string) (string, statement.Statement, op.SecretKey) {
	key := audittest.SecretKey(t, "operator")
	s := statement.Statement{Economy: "test.0001", Issuer: key.Public(), Subject: audittest.SecretKey(t, "agent").Public(), Epoch: 12, Seq: 345,
		TimeMs: 1_800_000_000_123, UntilMs: 1_800_086_400_000, Score: 1<<60/3 + 1, Flow: 1 << 59, Quality: 1<<60 - 1, Positive: 3<<32 + 1, Negative: 1 << 31, Proof: proof}
	data, err := s.Sign(form, key)
	require.NoError(t, err)
	return string(data), s, key
}

// taken tells whether a text passes as a statement, and then it must be the one that was signed.
func taken(t *testing.T, text string, s statement.Statement) bool {
	got, _, err := statement.Open([]byte(text))
	if err == nil {
		require.Equal(t, s, got)
	}
	return err == nil
}

// A statement has one notation: members twice, other numbers, other digits are refused.
func TestStatementsHaveOneNotation(t *testing.T) {
	const proof = `{"version":1,"figures":"of an epoch"}`
	text, s, _ := signed(t, statement.NIP85, proof)
	require.True(t, taken(t, text, s))
	for _, v := range audittest.JSONVariants(text) {
		require.False(t, taken(t, v.Text, s), v.Name)
	}
	text, s, key := signed(t, statement.VCJWT, proof)
	parts := strings.Split(text, ".")
	for i := range 2 {
		body, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		for _, v := range audittest.JSONVariants(string(body)) {
			changed := append([]string{}, parts...)
			changed[i] = base64.RawURLEncoding.EncodeToString([]byte(v.Text))
			require.False(t, taken(t, strings.Join(changed, "."), s), v.Name)
			// Not even where the operator's key signs it, for readers would take it in two ways.
			again := key.SignES256K(sha256.Sum256([]byte(changed[0] + "." + changed[1])))
			changed[2] = base64.RawURLEncoding.EncodeToString(again[:])
			require.False(t, taken(t, strings.Join(changed, "."), s), v.Name)
		}
	}
}

// Each value of a statement is bound by its signature, the proof in it, too.
func TestEveryValueOfAStatementIsBound(t *testing.T) {
	text, s, _ := signed(t, statement.NIP85, `{"a":"proof"}`)
	var event map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&event))
	refused := 0
	try := func() {
		changed, err := json.Marshal(event)
		require.NoError(t, err)
		require.False(t, taken(t, string(changed), s), "%s", changed)
		refused++
	}
	for name, value := range event {
		switch v := value.(type) {
		case json.Number:
			for _, by := range []int64{1, -1, 256, 1 << 32} {
				n, err := v.Int64()
				require.NoError(t, err)
				event[name] = n + by
				try()
			}
		case string:
			for i := range v {
				event[name] = v[:i] + string(v[i]^1) + v[i+1:]
				try()
			}
		}
		event[name] = value
	}
	for i, tag := range event["tags"].([]any) {
		tag := tag.([]any)
		for j, value := range tag {
			for k := range value.(string) {
				tag[j] = value.(string)[:k] + string(value.(string)[k]^1) + value.(string)[k+1:]
				try()
			}
			tag[j] = value
		}
		tags := event["tags"].([]any)
		event["tags"] = append(append([]any{}, tags[:i]...), tags[i+1:]...)
		try()
		event["tags"] = append(append([]any{}, tags...), tag)
		try()
		event["tags"] = tags
	}
	require.Greater(t, refused, 400)
	text, s, _ = signed(t, statement.VCJWT, `{"a":"proof"}`)
	for i := range text {
		for _, c := range []byte{'A', 'B', '_', '-', '='} {
			if changed := text[:i] + string(c) + text[i+1:]; changed != text {
				require.False(t, taken(t, changed, s), "%d: %c", i, c)
			}
		}
	}
}

// The other signature that verifies under ECDSA, with N-S, is none.
func TestCredentialsWithAHighSAreRefused(t *testing.T) {
	text, s, _ := signed(t, statement.VCJWT, "")
	at := strings.LastIndexByte(text, '.') + 1
	sig, err := base64.RawURLEncoding.DecodeString(text[at:])
	require.NoError(t, err)
	high := bytes.Clone(sig)
	new(big.Int).Sub(btcec.S256().N, new(big.Int).SetBytes(sig[32:])).FillBytes(high[32:])
	require.False(t, taken(t, text[:at]+base64.RawURLEncoding.EncodeToString(high), s))
	for _, other := range []string{base64.URLEncoding.EncodeToString(sig) + "=", base64.URLEncoding.EncodeToString(sig), base64.RawURLEncoding.EncodeToString(append(sig, 0)),
		base64.RawURLEncoding.EncodeToString(append([]byte{0}, sig...))} {
		require.False(t, taken(t, text[:at]+other, s), other)
	}
	require.True(t, taken(t, text, s))
}
