package l402_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/l402"
)

// The parts that foreign challenges are made of.
var (
	foreignPreimage = l402.Preimage{7}
	foreignID       = l402.Identifier{PaymentHash: foreignPreimage.Hash(), TokenID: l402.TokenID{9}}
)

const (
	aJWT  = "eyJhbGciOiJIUzI1NiJ9.eyJwYXltZW50X2hhc2giOiIwMCJ9.dGhlLXNpZ25hdHVyZQ"
	aUUID = "0b0e7f3c-5d9b-4a7e-9f0e-4b9a2c0f6d11"
	aRune = "tU-RLjMiDpY2U0o3W1oFowar36RFGpWloPbW9-RuZdo9MyZpZD0wMjRiOWExZmE4"
)

// foreignMacaroon is one of the reference implementation, in the format asked for.
func foreignMacaroon(t *testing.T, v macaroon.Version, id []byte) string {
	t.Helper()
	m, err := macaroon.New([]byte("root key"), id, "somewhere.example", v)
	require.NoError(t, err)
	require.NoError(t, m.AddFirstPartyCaveat([]byte("expiration=1900000000000")))
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(b)
}

// binaryV1 is a version 1 macaroon whose identifier is no text, which the reference
// implementation reads and does not write.
func binaryV1(id []byte) string {
	var b []byte
	for _, p := range [][2]string{{"location", "x"}, {"identifier", string(id)}, {"signature", strings.Repeat("s", 32)}} {
		b = fmt.Appendf(b, "%04x%s %s\n", 4+len(p[0])+1+len(p[1])+1, p[0], p[1])
	}
	return base64.StdEncoding.EncodeToString(b)
}

// foreignTokens are what sellers name macaroon or token; tied tells whether it
// names a payment hash that a client knows how to find.
func foreignTokens(t *testing.T) map[string]struct {
	token string
	tied  bool
} {
	id := foreignID.Bytes()
	inHex := []byte(hex.EncodeToString(id[:]))
	v2 := foreignMacaroon(t, macaroon.V2, id[:])
	odd := append([]byte{0, 1}, id[2:]...)
	urlSafe := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(v2), "=")
	alby := func(payload string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(payload)) + "." + strings.Repeat("5e", 32)
	}
	return map[string]struct {
		token string
		tied  bool
	}{
		"Alby's lightning-tools":               {alby(`{"path":"/x","paymentHash":"` + foreignID.PaymentHash.String() + `"}`), true},
		"the same with no payment hash":        {alby(`{"path":"/x"}`), false},
		"the same with another kind of hash":   {alby(`{"paymentHash":"5e5e"}`), false},
		"the same, not JSON":                   {alby(`{"paymentHash`), false},
		"V2 macaroon (aperture, Fewsats)":      {v2, true},
		"V2 macaroon, url-safe, no padding":    {urlSafe, true},
		"two V2 macaroons":                     {v2 + "," + v2, true},
		"V1 macaroon":                          {binaryV1(id[:]), true},
		"V2 macaroon, id in hex (lsat-js)":     {foreignMacaroon(t, macaroon.V2, inHex), true},
		"V1 macaroon, id in hex":               {foreignMacaroon(t, macaroon.V1, inHex), true},
		"identifier of version 1":              {foreignMacaroon(t, macaroon.V2, odd), false},
		"identifier of another kind":           {foreignMacaroon(t, macaroon.V1, []byte("user 17")), false},
		"identifier of 132 bytes, not hex":     {foreignMacaroon(t, macaroon.V2, []byte(strings.Repeat("z", 132))), false},
		"JWT (l402 kits for Node)":             {aJWT, false},
		"UUID":                                 {aUUID, false},
		"rune (Core Lightning)":                {aRune, false},
		"HMAC in hex":                          {strings.Repeat("5e", 32), false},
		"colon at its end (chat proxies)":      {"3yLh0wVXTnlq:", false},
		"base64 of JSON":                       {base64.StdEncoding.EncodeToString([]byte(`{"path":"/x","price":5}`)), false},
		"first packet of V1 only":              {base64.StdEncoding.EncodeToString([]byte("0017location example\n\n")), false},
		"V1 cut short":                         {base64.StdEncoding.EncodeToString([]byte("0099identifier x\n")), false},
		"V1 with a length that counts nothing": {base64.StdEncoding.EncodeToString([]byte("0000identifier x\n")), false},
	}
}

// forms are WWW-Authenticate values as they are met in the wild, with {T} and {I} for
// token and invoice. Where a row names a project, its public source or documentation
// writes or tests the form.
var forms = []struct{ name, value string }{
	{"aperture; bLIP-26", `L402 macaroon="{T}", invoice="{I}"`},
	{"LSAT text; lsat-js, boltwall", `LSAT macaroon="{T}", invoice="{I}"`},
	{"Alby's lightning-tools", `L402 version="0" token="{T}", invoice="{I}"`},
	{"L402 text of 2026", `L402 version="0", token="{T}", invoice="{I}"`},
	{"version last (Rust agents' kits)", `L402 token="{T}", invoice="{I}", version="0"`},
	{"L402-python (Fewsats): bare, spaces alone", `L402 version=0 macaroon={T} invoice={I}`},
	{"Elixir plug: bare, spaces alone", `L402 macaroon={T} invoice={I}`},
	{"Go services: bare, commas", `LSAT macaroon={T}, invoice={I}`},
	{"chat proxies: quoted, spaces alone", `LSAT macaroon="{T}" invoice="{I}"`},
	{"parameters that nobody knows (agents' relays)", `L402 token="{T}", invoice="{I}", amount=21`},
	{"flask decorators: token alone", `L402 token="{T}", invoice="{I}"`},
	{"documented in single quotes", `L402 token='{T}', invoice='{I}'`},
	{"semicolons", `L402 token="{T}"; invoice="{I}"`},
	{"reversed", `L402 invoice="{I}", token="{T}"`},
	{"no space after the comma", `L402 macaroon="{T}",invoice="{I}"`},
	{"lower case", `l402 macaroon="{T}", invoice="{I}"`},
	{"mixed case", `Lsat Macaroon="{T}", INVOICE="{I}"`},
	{"after another challenge", `Bearer realm="shop, north", L402 macaroon="{T}", invoice="{I}"`},
	{"before another challenge, spaces alone", `L402 token={T} invoice={I} Bearer realm="shop"`},
	{"beside the Payment scheme", `Payment id="x", method="lightning", intent="charge", request="e30", L402 token="{T}", invoice="{I}"`},
	{"a URI for an invoice", `L402 macaroon="{T}", invoice="Lightning:{I}"`},
	{"an empty parameter", `L402 realm=, macaroon="{T}", invoice="{I}", charset=`},
	{"an empty parameter of a neighbour", `Basic realm=, L402 macaroon="{T}", invoice="{I}"`},
	{"a neighbour's parameters run into each other", `Digest realm="x"nonce=y, L402 macaroon="{T}", invoice="{I}"`},
	{"a neighbour that is no challenge", `"quoted, L402", @@@, L402 macaroon="{T}", invoice="{I}"`},
	{"a malformed L402 challenge before", `L402 macaroon="x"y", L402 macaroon="{T}", invoice="{I}"`},
	{"a neighbour with many parameters", `Payment ` + strings.Repeat(`a="1", `, 30) + `L402 macaroon="{T}", invoice="{I}"`},
	{"many parameters", `L402 ` + strings.Repeat(`a="1", `, 30) + `macaroon="{T}", invoice="{I}"`},
}

// TestForeignChallenges reads every form with every token, and sends back what came.
func TestForeignChallenges(t *testing.T) {
	for name, c := range foreignTokens(t) {
		for _, f := range forms {
			if strings.Contains(f.value, "={T}") && strings.Contains(c.token, ",") {
				continue // a bare value ends at a comma
			}
			t.Run(name+"/"+f.name, func(t *testing.T) {
				value := strings.NewReplacer("{T}", c.token, "{I}", anInv).Replace(f.value)
				d, err := l402.ParseDemand([]string{`Basic realm="x"`, value})
				require.NoError(t, err)
				require.Equal(t, c.token, d.Token())
				require.Equal(t, anInv, d.Invoice)
				require.Equal(t, d.Scheme+" "+c.token+":"+foreignPreimage.Reveal(), d.Credential(foreignPreimage).Authorization())
				hash, ok := d.PaymentHash()
				require.Equal(t, c.tied, ok)
				if ok {
					require.Equal(t, foreignID.PaymentHash, hash)
				}
				_, err = l402.NewCredential(d.Token(), foreignPreimage)
				require.NoError(t, err)
			})
		}
	}
}

// TestQuotedChallengesAreText: what stands in a string is not a challenge, be the
// string without an end.
func TestQuotedChallengesAreText(t *testing.T) {
	for _, value := range []string{
		`Bearer realm="L402 macaroon=\"e30\", invoice=\"` + anInv + `\""`,
		`Bearer realm="x, L402 macaroon=e30, invoice=` + anInv,
		`"x, L402 macaroon=e30, invoice=` + anInv,
	} {
		_, err := l402.ParseDemand([]string{value})
		require.ErrorIs(t, err, l402.ErrNoCredentials)
	}
}

// TestUnknownVersionIsNotGuessed: a protocol of the same name with other fields.
func TestUnknownVersionIsNotGuessed(t *testing.T) {
	_, err := l402.ParseDemand([]string{`L402 macaroon="e30", invoice="` + anInv + `", payment_request="e30", version="1"`})
	require.ErrorIs(t, err, l402.ErrMalformed)
	require.ErrorContains(t, err, "version")
}
