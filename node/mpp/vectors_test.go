package mpp

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// vectors is testdata/aperture.json.
type vectors struct {
	Secret           string `json:"hmacSecretHex"`
	Canonicalization []struct {
		Name, Input, Canonical string
		Error                  bool
	}
	Base64URL []struct {
		Name, Encoded, DecodedHex string
		Canonical, Error          bool
	}
	ChallengeHeaders []struct {
		Name, Header string
		Params       Challenge
		Parsed       *Challenge
	}
	ChallengeLists []struct {
		Name, Header string
		Challenges   []Challenge
		Error        bool
	}
	ChallengeIDs []struct {
		Name, HMACInput string
		Params          Challenge
	}
	Credentials []struct {
		Name, CredentialJSON, Header string
		Error                        bool
	}
	Receipts []struct{ Name, ReceiptJSON, Header string }
}

func load(t *testing.T) (v vectors) {
	text, err := os.ReadFile("testdata/aperture.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &v))
	require.Equal(t, 79, len(v.Canonicalization)+len(v.Base64URL)+len(v.ChallengeHeaders)+len(v.ChallengeLists)+
		len(v.ChallengeIDs)+len(v.Credentials)+len(v.Receipts))
	return v
}

func TestCanonicalJSON(t *testing.T) {
	for _, c := range load(t).Canonicalization {
		t.Run(c.Name, func(t *testing.T) {
			got, err := Canonical([]byte(c.Input))
			if c.Error {
				require.ErrorIs(t, err, ErrMalformed)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.Canonical, string(got))
			again, err := Canonical(got)
			require.NoError(t, err)
			require.Equal(t, string(got), string(again))
		})
	}
}

func TestBase64URL(t *testing.T) {
	for _, c := range load(t).Base64URL {
		t.Run(c.Name, func(t *testing.T) {
			got, err := decode64(c.Encoded)
			if c.Error {
				require.ErrorIs(t, err, ErrMalformed)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.DecodedHex, hex.EncodeToString(got))
			require.Equal(t, c.Canonical, encode64(got) == c.Encoded)
		})
	}
}

func TestChallengeHeaders(t *testing.T) {
	for _, c := range load(t).ChallengeHeaders {
		t.Run(c.Name, func(t *testing.T) {
			header, err := c.Params.Header()
			require.NoError(t, err)
			require.Equal(t, c.Header, header)
			want := c.Params
			if c.Parsed != nil {
				want = *c.Parsed
			}
			got, err := ParseChallenges([]string{c.Header})
			require.NoError(t, err)
			require.Equal(t, []Challenge{want}, got)
		})
	}
}

func TestChallengeLists(t *testing.T) {
	for _, c := range load(t).ChallengeLists {
		t.Run(c.Name, func(t *testing.T) {
			got, err := ParseChallenges([]string{c.Header})
			if c.Error {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.Challenges, got)
		})
	}
}

func TestChallengeIDs(t *testing.T) {
	v := load(t)
	secret, err := hex.DecodeString(v.Secret)
	require.NoError(t, err)
	for _, c := range v.ChallengeIDs {
		t.Run(c.Name, func(t *testing.T) {
			require.Equal(t, c.HMACInput, c.Params.bound())
			require.Equal(t, c.Params.ID, c.Params.MAC(secret))
			require.True(t, c.Params.IssuedWith(secret))
			require.False(t, c.Params.IssuedWith(append(secret, 1)))
		})
	}
}

func TestCredentials(t *testing.T) {
	for _, c := range load(t).Credentials {
		t.Run(c.Name, func(t *testing.T) {
			got, err := ParseCredential(c.Header)
			if c.Error {
				require.ErrorIs(t, err, ErrMalformed)
				return
			}
			require.NoError(t, err)
			var want wire
			require.NoError(t, json.Unmarshal([]byte(c.CredentialJSON), &want))
			require.Equal(t, Credential(want), got)
			header, err := got.Authorization()
			require.NoError(t, err)
			require.Equal(t, c.Header[len("Payment"):], header[len("Payment"):])
		})
	}
}

// The members of a receipt come in whichever order their seller has; what they say counts.
func TestReceipts(t *testing.T) {
	for _, c := range load(t).Receipts {
		t.Run(c.Name, func(t *testing.T) {
			require.Equal(t, c.Header, encode64([]byte(c.ReceiptJSON)))
			text, err := decode64(c.Header)
			require.NoError(t, err)
			require.Equal(t, c.ReceiptJSON, string(text))
			got, err := ParseReceipt(c.Header)
			require.NoError(t, err)
			var want Receipt
			require.NoError(t, json.Unmarshal([]byte(c.ReceiptJSON), &want))
			require.Equal(t, want, got)
			if want.Status == "success" {
				header, err := got.Header()
				require.NoError(t, err)
				again, err := ParseReceipt(header)
				require.NoError(t, err)
				require.Equal(t, got, again)
			}
		})
	}
}
