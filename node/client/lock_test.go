package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

// payer plays the agent's node, whose payments come to the operator's.
type payer struct {
	w     *world
	shown wallet.Payment // what it shows of its payments
	lost  error          // of each look
	paid  []wallet.PayRequest
}

func (p *payer) Start(_ context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	p.paid = append(p.paid, r)
	if p.shown.State == wallet.InFlight {
		p.w.Lightning.PayUntil(op.Hash(r.Hash), 5_000_000, until)
	}
	return p.shown, nil
}

func (p *payer) Track(context.Context, l402.Hash, bool) (wallet.Payment, error) {
	return p.shown, p.lost
}

// until is when its HTLCs end: above the 18 blocks that the double's invoices ask for.
const until = 620

// agent is a client of an econd by a version of the rules, with a node that has a payment in flight.
func agent(t *testing.T, version int64) (*world, *client.Client, *payer) {
	w := newWorldOf(t, func(c *constitution.Constitution) { nodetest.GoBy(c, version) })
	c := w.client(nodetest.Key(t, 9))
	w.submit(c, op.KindRegister, op.Register{Name: "Ada"})
	return w, c, &payer{w: w, shown: wallet.Payment{State: wallet.InFlight, ArrivesMsat: 5_000_000, ExpiryHeight: until}}
}

var soon = client.LockTerms{Every: time.Millisecond}

// Who stakes by a Client confirms the lock with what its own node shows, as soon as it is one.
func TestLockIsConfirmed(t *testing.T) {
	w, c, node := agent(t, constitution.RulesConfirmed)
	o, err := c.Offer(t.Context(), asked(t, w.offered(c, 5000)))
	require.NoError(t, err)
	h, err := c.Lock(t.Context(), node, o, soon)
	require.NoError(t, err)
	require.Equal(t, []any{"locked", "agent", int64(5000), uint32(until)}, []any{h.State, h.Confirmed, h.AgentSays.AmountSat, h.AgentSays.ExpiryHeight})
	require.Len(t, node.paid, 1)
	require.Equal(t, wallet.PayRequest{Invoice: o.Invoice(), Hash: l402.Hash(o.PaymentHash()), FeeLimitMsat: 250_000, CltvLimit: 2016, Timeout: wallet.DefaultPayTimeout}, node.paid[0])
}

// A lock that could not be confirmed is told as one, and confirmed afterwards.
func TestLockThatIsNotConfirmed(t *testing.T) {
	w, c, node := agent(t, constitution.RulesConfirmed)
	o, err := c.Offer(t.Context(), asked(t, w.offered(c, 5000)))
	require.NoError(t, err)
	node.lost = errors.New("connection lost")
	h, err := c.Lock(t.Context(), node, o, soon)
	require.ErrorIs(t, err, client.ErrNotConfirmed)
	require.ErrorIs(t, err, node.lost)
	require.Equal(t, []any{"locked", "operator"}, []any{h.State, h.Confirmed})

	node.lost, node.shown.ArrivesMsat = nil, 4_999_999
	_, err = c.Confirm(t.Context(), node, h)
	require.ErrorIs(t, err, keeper.ErrNotShown)
	node.shown.ArrivesMsat = 5_000_000
	_, err = c.Confirm(t.Context(), node, h)
	require.NoError(t, err)
	h, err = c.Stake(h.ID).Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, "agent", h.Confirmed)
}

// A payment that fails locks nothing; rules that know no confirmation ask for none.
func TestLockWithoutConfirmation(t *testing.T) {
	w, c, node := agent(t, 1)
	o, err := c.Offer(t.Context(), asked(t, w.offered(c, 5000)))
	require.NoError(t, err)
	flight := node.shown
	node.shown = wallet.Payment{State: wallet.Failed, Reason: "no route"}
	h, err := c.Lock(t.Context(), node, o, soon)
	require.ErrorIs(t, err, wallet.ErrPayment)
	require.ErrorContains(t, err, "no route")
	require.Equal(t, "offered", h.State)

	node.shown = flight
	h, err = c.Lock(t.Context(), node, o, soon)
	require.NoError(t, err)
	require.Equal(t, []any{"locked", ""}, []any{h.State, h.Confirmed})
}
