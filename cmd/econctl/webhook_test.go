package main

import (
	"testing"

	"github.com/econd/econd/node/view"
	"github.com/stretchr/testify/require"
)

// econd learns the origin of a webhook's URL, never its path or query, which
// often are the receiver's secrets.
func TestWebhookSecretSendsTheOriginAlone(t *testing.T) {
	g := newAgent(t, newEcond(t))
	v := g.json("admin", "webhook-secret", "https://Example.com:443/hook/t0ken?key=k")
	require.Equal(t, map[string]any{"origin": "https://example.com", "secret": "whsec_c2VjcmV0"}, v)
	require.Contains(t, g.run("admin", "webhook-secret", "https://example.com/x").out, "whsec_c2VjcmV0\n")
}

func TestInfoSaysWhatWaitsOutside(t *testing.T) {
	for _, tc := range []struct {
		o    view.Outside
		want string
	}{
		{view.Outside{Payments: true, Webhooks: true}, ""},
		{view.Outside{Payments: true, PaymentsPending: 2, Webhooks: true}, "payments     2 pending\n"},
		{view.Outside{PaymentsPending: 1, Webhooks: true},
			"payments     off, 1 pending; the operator turns them on with lnd.pay_macaroon in econd.yaml\n"},
		{view.Outside{Payments: true},
			"webhooks     off, 0 pending; the operator turns them on with webhooks.enabled in econd.yaml\n"},
	} {
		require.Equal(t, tc.want, outsideText(tc.o))
	}
}
