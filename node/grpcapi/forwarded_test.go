package grpcapi

import (
	"context"
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node/admission"
)

// paidInvoices answers for the operator's Lightning node.
type paidInvoices map[l402.Hash]l402.Invoice

func (p paidInvoices) Invoice(_ context.Context, payment l402.Hash) (l402.Invoice, error) {
	inv, ok := p[payment]
	if !ok {
		return inv, l402.ErrUnknownToken
	}
	return inv, nil
}

func forwarded(t *testing.T, paid paidInvoices) *l402.Forwarded {
	t.Helper()
	f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: paid, Balances: l402test.NewBalances(), Memo: "L402",
		PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: time.Hour})
	require.NoError(t, err)
	return f
}

// Behind aperture the calls of gRPC cost what they cost in front of it: a call
// without a paid token gets nothing, whoever can reach the port.
func TestCallsBehindApertureNeedAPaidToken(t *testing.T) {
	paid := paidInvoices{}
	w := newWorld(t, func(w *world, c *Config) { c.Mode, c.Gate, c.Service = admission.Aperture, forwarded(t, paid), "econd" })
	_, err := w.Submit(w.ctx(), w.register(2))
	require.Equal(t, []any{codes.FailedPrecondition, "token-used-up"}, []any{tell(t, err).code, tell(t, err).rule})
	require.Equal(t, uint64(1), w.Node.Size())

	// A macaroon as a seller in front makes it, paid with 20 sat.
	other, seller := gated(t)
	macaroon, invoice := challenged(t, other)
	preimage := seller.sold[invoice]
	now := w.Clock.Now().Unix()
	paid[preimage.Hash()] = l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 20_000, CreatedAt: now, SettledAt: now}
	_, err = base64.StdEncoding.DecodeString(macaroon)
	require.NoError(t, err)
	ctx := metadata.AppendToOutgoingContext(w.ctx(), "authorization", "L402 "+macaroon+":"+preimage.Reveal())
	require.Equal(t, []codes.Code{codes.OK, codes.OK, codes.FailedPrecondition}, answers(t, w, ctx, w.register(2), w.register(3), w.register(4)))
}
