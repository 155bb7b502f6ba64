package l402_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

const (
	aToken   = "AgEEbHNhdA=="
	bToken   = "AgEEbHNhdA"
	anInv    = "lnbcrt10u1pexampleinvoice0000"
	otherInv = "lnbcrt20u1pexampleinvoice0000"
)

// demands are WWW-Authenticate values as servers send them.
var demands = []struct {
	name, value string
	scheme      string // of the demand; "" if refused
	kind        error
}{
	{"econd", `L402 macaroon="` + aToken + `", invoice="` + anInv + `", version="0", token="` + aToken + `"`, "L402", nil},
	{"aperture, old", `LSAT macaroon="` + aToken + `", invoice="` + anInv + `"`, "LSAT", nil},
	{"aperture, new", `L402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"bLIP-26", `L402 version="0", token="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"other order", `L402 invoice="` + anInv + `", macaroon="` + aToken + `"`, "L402", nil},
	{"no spaces", `L402 macaroon="` + aToken + `",invoice="` + anInv + `"`, "L402", nil},
	{"spaces everywhere", `L402  macaroon = "` + aToken + `" , invoice = "` + anInv + `" `, "L402", nil},
	{"lower case scheme", `l402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"upper-case names and invoice", `L402 MACAROON="` + aToken + `", Invoice="` + strings.ToUpper(anInv) + `"`, "L402", nil},
	{"bare values", `L402 macaroon=` + aToken + `, invoice=` + anInv, "L402", nil},
	{"escaped characters", `L402 macaroon="\A` + aToken[1:] + `", invoice="` + anInv + `"`, "L402", nil},
	{"unknown parameters", `L402 realm="a, b", macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"after another scheme", `Basic realm="x", L402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"after a bare scheme", `Negotiate, L402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"after token68", `Negotiate YWJj==, L402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},
	{"before another scheme", `L402 macaroon="` + aToken + `", invoice="` + anInv + `", Basic realm="x"`, "L402", nil},
	{"both schemes", `LSAT macaroon="` + aToken + `", invoice="` + anInv + `", L402 macaroon="` + aToken + `", invoice="` + anInv + `"`, "L402", nil},

	{"empty", ``, "", l402.ErrNoCredentials},
	{"other scheme", `Basic realm="x"`, "", l402.ErrNoCredentials},
	{"no parameters", `L402`, "", l402.ErrMalformed},
	{"no invoice", `L402 macaroon="` + aToken + `"`, "", l402.ErrMalformed},
	{"no macaroon", `L402 invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"open quote", `L402 macaroon="` + aToken + `", invoice="` + anInv, "", l402.ErrMalformed},
	{"two invoices", `L402 macaroon="` + aToken + `", invoice="` + anInv + `", invoice="` + otherInv + `"`, "", l402.ErrMalformed},
	{"macaroon and token differ", `L402 macaroon="` + aToken + `", token="` + bToken + `", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"version 1", `L402 version="1", token="` + aToken + `", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"empty macaroon", `L402 macaroon="", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"space in the token", `L402 macaroon="a b", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"quote in the token", `L402 macaroon="a\"b", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"token that would inject a field", "L402 macaroon=\"a\r\nX: y\", invoice=\"" + anInv + `"`, "", l402.ErrMalformed},
	{"token too long", `L402 macaroon="` + strings.Repeat("A", 12<<10+1) + `", invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"invoice not BOLT11", `L402 macaroon="` + aToken + `", invoice="pay me, please, soon"`, "", l402.ErrMalformed},
	{"header injection", `L402 macaroon="` + aToken + `", invoice="lnbcrt10u1pexample` + "\r\n" + `inv"`, "", l402.ErrMalformed},
	{"nothing between parameters", `L402 macaroon="` + aToken + `"invoice="` + anInv + `"`, "", l402.ErrMalformed},
	{"very long", `L402 macaroon="` + strings.Repeat("A", 40000) + `", invoice="` + anInv + `"`, "", l402.ErrMalformed},
}

func TestDemands(t *testing.T) {
	for _, c := range demands {
		t.Run(c.name, func(t *testing.T) {
			d, err := l402.ParseDemand([]string{c.value})
			require.ErrorIs(t, err, c.kind)
			if c.scheme == "" {
				return
			}
			require.Equal(t, c.scheme, d.Scheme)
			require.Equal(t, aToken, d.Token())
			require.Equal(t, anInv, d.Invoice)
		})
	}
	t.Run("several values: L402 is preferred", func(t *testing.T) {
		d, err := l402.ParseDemand([]string{demands[1].value, "Basic x", demands[2].value})
		require.NoError(t, err)
		require.Equal(t, "L402", d.Scheme)
	})
	t.Run("several values: a bad one does not hide a good one", func(t *testing.T) {
		d, err := l402.ParseDemand([]string{"L402 rubbish", demands[1].value})
		require.NoError(t, err)
		require.Equal(t, "LSAT", d.Scheme)
	})
}

// TestChallengeIsReadByEveryClient holds the header against the patterns of
// deployed clients: aperture's interceptor, and plain name="value" readers of
// the old and the new names.
func TestChallengeIsReadByEveryClient(t *testing.T) {
	h := newHouse(t, nil)
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 10_000})
	require.NoError(t, err)
	line := c.Header()
	token := b64(t, c.Macaroon)
	require.Equal(t, `L402 macaroon="`+token+`", invoice="`+anInv+`", version="0", token="`+token+`"`, line)

	interceptor := regexp.MustCompile(`(LSAT|L402) macaroon="(.*?)", invoice="(.*?)"`)
	require.Equal(t, []string{"L402", token, anInv}, interceptor.FindStringSubmatch(line)[1:])
	for name, want := range map[string]string{"macaroon": token, "token": token, "invoice": anInv, "version": "0"} {
		require.Equal(t, want, regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(line)[1])
	}
}

// TestRoundTrip is a purchase seen from both ends.
func TestRoundTrip(t *testing.T) {
	h := newHouse(t, nil)
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, PriceMsat: 10_000})
	require.NoError(t, err)
	d, err := l402.ParseDemand([]string{c.Header()})
	require.NoError(t, err)
	p := h.ln.pay(t, c)
	hash, ok := d.PaymentHash()
	require.True(t, ok)
	require.Equal(t, p.Hash(), hash, "a client can check that the invoice pays for the token")

	credential := d.Credential(p)
	_, err = h.gate.Check(context.Background(), t0, []string{credential.Authorization()}, need)
	require.NoError(t, err)
	kept, err := l402.NewCredential(d.Token(), p)
	require.NoError(t, err)
	require.Equal(t, credential, kept)
	_, err = l402.NewCredential("two words", p)
	require.ErrorIs(t, err, l402.ErrMalformed)
}

func TestForeignDemandHasNoPaymentHash(t *testing.T) {
	d, err := l402.ParseDemand([]string{demands[0].value})
	require.NoError(t, err)
	_, ok := d.PaymentHash()
	require.False(t, ok)
}

// TestSecretsAreNeverShown formats everything that holds a secret, alone and
// inside something else, with every verb that a log might use.
func TestSecretsAreNeverShown(t *testing.T) {
	p, err := l402.ParsePreimage(strings.Repeat("5e", 32))
	require.NoError(t, err)
	credential, err := l402.NewCredential(aToken, p)
	require.NoError(t, err)
	demand, err := l402.ParseDemand([]string{demands[0].value})
	require.NoError(t, err)
	key := l402.RootKey(p)
	for _, secret := range []any{p, &p, key, &key, credential, &credential,
		[]any{p}, map[string]any{"x": credential}, struct{ P any }{p}, l402.Record{RootKey: key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			shown := strings.ToLower(fmt.Sprintf(verb, secret))
			for _, leak := range []string{"5e5e", "0x5e", "94 94", strings.ToLower(aToken[:8])} {
				require.NotContains(t, shown, leak, verb)
			}
		}
		if out, err := json.Marshal(secret); err == nil {
			require.NotContains(t, string(out), "94")
		}
	}
	require.NotContains(t, demand.String(), aToken)
	_, err = json.Marshal(p)
	require.ErrorContains(t, err, "secret")
}
