package httpapi

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/view"
)

// The operator alone learns the secret of an origin, and no cache keeps it.
func TestWebhookSecretIsTheOperators(t *testing.T) {
	w, _, sign := adminWorld(t)
	path := func(origin string) string {
		return "/v1/admin/webhook-secret?" + url.Values{"origin": {origin}}.Encode()
	}
	good := path("https://example.com:8443")
	var got view.WebhookSecret
	a := w.get(good, sign("GET", good)...)
	a.into(t, &got)
	require.Equal(t, view.WebhookSecret{Origin: "https://example.com:8443", Secret: "whsec_of-https://example.com:8443"}, got)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))

	require.Equal(t, 401, w.get(good).status)
	stranger := authAt(t, nodetest.Key(t, 2), w.Clock.NowMs()/1000, []string{"u", adminBase + good}, []string{"method", "GET"})
	require.Equal(t, 403, w.get(good, "Authorization", "Nostr "+authText(stranger)).status)
	other := path("https://example.org")
	require.Equal(t, 401, w.get(other, sign("GET", good)...).status, "a signature for another origin")
	for _, bad := range []string{"/v1/admin/webhook-secret", path("example.com"), good + "&x=1", good + "&origin=https%3A%2F%2Fa.example"} {
		require.Equal(t, 400, w.get(bad, sign("GET", bad)...).status, bad)
	}
}

// Whoever asks about the economy learns whether decided payments are made.
func TestInfoTellsWhatWaitsOutside(t *testing.T) {
	w := newWorld(t, nil)
	var v struct {
		Outside view.Outside `json:"outside"`
	}
	w.get("/v1/info").into(t, &v)
	require.True(t, v.Outside.Payments)
	require.True(t, v.Outside.Webhooks)
	require.Zero(t, v.Outside.PaymentsPending+v.Outside.WebhooksPending)
	metrics := string(w.get("/metrics").body)
	require.Contains(t, metrics, "econd_payments_pending 0\n")
	require.Contains(t, metrics, "econd_webhooks_pending 0\n")
}
