package mpp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const someHash = "aa11bb22aa11bb22aa11bb22aa11bb22aa11bb22aa11bb22aa11bb22aa11bb22"

func charge(request string) Challenge {
	return Challenge{ID: "i", Realm: "r", Method: Lightning, Intent: ChargeOnce, Request: encode64([]byte(request))}
}

func TestCharge(t *testing.T) {
	const good = `{"amount":"10","currency":"sat","methodDetails":{"invoice":"LNBCRT1","network":"regtest","paymentHash":"` + someHash + `"}}`
	c, err := charge(good).Charge()
	require.NoError(t, err)
	require.Equal(t, int64(10_000), c.AmountMsat)
	require.Equal(t, "lnbcrt1", c.Invoice)
	require.Equal(t, byte(0xaa), c.PaymentHash[0])
	require.Equal(t, "regtest", c.Network)
	for change, says := range map[[2]string]string{
		{`"10"`, `"0"`}:                         "amount",
		{`"10"`, `"-1"`}:                        "amount",
		{`"10"`, `"010"`}:                       "amount",
		{`"10"`, `"1.5"`}:                       "amount",
		{`"10"`, `10`}:                          "amount",
		{`"10"`, `"2100000000000001"`}:          "amount",
		{`"sat"`, `"usd"`}:                      "currency",
		{`"amount"`, `"Amount"`}:                "amount",
		{`{"amount"`, `{"amount":"1","amount"`}: "twice",
		{`"invoice"`, `"Invoice"`}:              "invoice",
		{someHash, someHash[2:]}:                "paymentHash",
		{`"methodDetails"`, `"details"`}:        "not one value",
		{good, `[]`}:                            "not a JSON object",
	} {
		_, err := charge(strings.Replace(good, change[0], change[1], 1)).Charge()
		require.ErrorIs(t, err, ErrMalformed, change)
		require.ErrorContains(t, err, says, change)
	}
	for name, set := range map[string]func(*Challenge){
		"intent":  func(c *Challenge) { c.Intent = "session" },
		"method":  func(c *Challenge) { c.Method = "card" },
		"expires": func(c *Challenge) { c.Expires = "tomorrow" },
		"base64":  func(c *Challenge) { c.Request += "!" },
	} {
		c := charge(good)
		set(&c)
		_, err := c.Charge()
		require.ErrorIs(t, err, ErrMalformed, name)
		require.ErrorContains(t, err, name)
	}
}

func TestWhatIsNoIJSON(t *testing.T) {
	for text, says := range map[string]string{
		`{"a":1,"a":2}`:      "twice",
		`{"a":1,"\u0061":2}`: "twice",
		`"\ud800"`:           "surrogate",
		`"\udc00\ud800"`:     "surrogate",
		`"\ud800\u0041"`:     "surrogate",
		"\"\xff\"":           "UTF-8",
		`1e400`:              "double",
		`1 2`:                "one value",
		`[1,]`:               "one value",
		strings.Repeat("[", 33) + strings.Repeat("]", 33): "nested",
		`"` + strings.Repeat("a", maxJSON) + `"`:          "at most",
	} {
		_, err := Canonical([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%.40s", text)
		require.ErrorContains(t, err, says)
	}
	got, err := Canonical([]byte(`"\\ud800"`)) // a reverse solidus, not an escape
	require.NoError(t, err)
	require.Equal(t, `"\\ud800"`, string(got))
}

func TestCredentialHidesItself(t *testing.T) {
	c := charge("{}").Paid([32]byte{0xab})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		require.NotContains(t, fmt.Sprintf(verb, c), "ab00")
	}
	_, err := json.Marshal(c)
	require.Error(t, err)
	value, err := c.Authorization()
	require.NoError(t, err)
	back, err := ParseCredential(value)
	require.NoError(t, err)
	preimage, err := back.Preimage()
	require.NoError(t, err)
	require.Equal(t, [32]byte{0xab}, preimage)
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1e21,-0,"\u2028"],"a":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Canonical(text)
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
		var a, b any
		require.NoError(t, json.Unmarshal(text, &a))
		require.NoError(t, json.Unmarshal(once, &b))
		require.Equal(t, a, b)
	})
}

// Every challenge that can be written is read back alone, whatever stands around it.
func FuzzChallenges(f *testing.F) {
	f.Add("a", "r", `x\"y`, "Basic realm=x, ")
	f.Add("a", "r,", "=", `Payment id="`)
	f.Fuzz(func(t *testing.T, id, realm, request, before string) {
		c := Challenge{ID: id, Realm: realm, Method: Lightning, Intent: ChargeOnce, Request: request}
		header, err := c.Header()
		if err == nil && c.complete() == nil && len(header) <= maxHeader {
			got, err := ParseChallenges([]string{header})
			require.NoError(t, err)
			require.Equal(t, []Challenge{c}, got)
		}
		list, err := ParseChallenges([]string{before + header, before})
		require.True(t, err != nil || len(list) > 0 && len(list) <= maxChallenges)
	})
}
