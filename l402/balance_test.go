package l402_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
)

// sell returns the header of a paid token that is good n times.
func (h *house) sell(t *testing.T, n int64) string {
	t.Helper()
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, Uses: n, PriceMsat: max(1, n) * 1000})
	require.NoError(t, err)
	require.Equal(t, max(1, n), c.Uses)
	return header(t, c.Macaroon, h.ln.pay(t, c))
}

func TestTokenIsGoodAsOftenAsItWasPaidFor(t *testing.T) {
	h := newHouse(t, nil)
	check := func(values ...string) (l402.Grant, error) {
		return h.gate.Check(context.Background(), t0, values, need)
	}
	one, three := h.sell(t, 0), h.sell(t, 3)

	g, err := check(one)
	require.NoError(t, err)
	taken, err := h.gate.Take(t0, &g, 5)
	require.NoError(t, err)
	require.EqualValues(t, 1, taken, "as many as there are")
	require.Zero(t, g.Left)
	taken, err = h.gate.Take(t0, &g, 1)
	require.ErrorIs(t, err, l402.ErrUsedUp)
	require.Zero(t, taken)
	spent, err := check(one)
	require.ErrorIs(t, err, l402.ErrUsedUp)
	require.True(t, l402.NeedsPayment(err))
	require.Equal(t, g, spent, "the grant comes with the refusal")

	g, err = check(one, three)
	require.NoError(t, err, "one of two tokens has uses left")
	require.EqualValues(t, 3, g.Left)
	_, err = h.gate.Take(t0, &g, 2)
	require.NoError(t, err)
	require.EqualValues(t, 1, g.Left)
	h.gate.GiveBack(&g, 1)
	require.EqualValues(t, 2, g.Left)
	g, err = check(three)
	require.NoError(t, err)
	require.EqualValues(t, 2, g.Left)
}

// node answers for the operator's Lightning node.
type node map[l402.Hash]l402.Invoice

func (n node) Invoice(_ context.Context, payment l402.Hash) (l402.Invoice, error) {
	inv, ok := n[payment]
	switch {
	case !ok:
		return inv, l402.ErrUnknownToken
	case inv.Memo == "away":
		return inv, errAway
	}
	return inv, nil
}

func TestForwardedTokensAreHeldAgainstTheirPayment(t *testing.T) {
	paid := l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 30_999, CreatedAt: t0.Unix() - 100, SettledAt: t0.Unix() - 50}
	with := func(change func(*l402.Invoice)) *l402.Invoice { inv := paid; change(&inv); return &inv }
	for _, c := range []struct {
		name    string
		invoice *l402.Invoice // nil: the node has none
		need    l402.Need
		caveats []string
		after   int64 // seconds
		uses    int64
		want    error
	}{
		{name: "as paid, rounded down", invoice: &paid, uses: 3},
		{name: "another resource, another price", invoice: &paid, need: l402.Need{Capability: "queries"}, uses: 30},
		{name: "just enough", invoice: with(func(i *l402.Invoice) { i.PaidMsat = 10_000 }), uses: 1},
		{name: "a millisatoshi short", invoice: with(func(i *l402.Invoice) { i.PaidMsat = 9_999 }), want: l402.ErrNotAuthorized},
		{name: "no such invoice", want: l402.ErrUnknownToken},
		{name: "not settled", invoice: with(func(i *l402.Invoice) { i.Settled = false }), want: l402.ErrNotAuthorized},
		{name: "for something else", invoice: with(func(i *l402.Invoice) { i.Memo = "coffee" }), want: l402.ErrUnknownToken},
		{name: "node away", invoice: with(func(i *l402.Invoice) { i.Memo = "away" }), want: l402.ErrUnavailable},
		{name: "last second", invoice: &paid, after: 3549, uses: 3},
		{name: "expired", invoice: &paid, after: 3550, want: l402.ErrExpired},
		{name: "quoted before the price rose", invoice: with(func(i *l402.Invoice) { i.CreatedAt = rise + priceGrace - 1 }), uses: 3},
		{name: "quoted after the price rose", invoice: with(func(i *l402.Invoice) { i.CreatedAt = rise + priceGrace }), uses: 1},
		{name: "made in the second in which a price began", invoice: with(func(i *l402.Invoice) { i.CreatedAt = rise - 1 }), need: l402.Need{Capability: "events"}, uses: 6},
		{name: "made before anything had a price", invoice: with(func(i *l402.Invoice) { i.CreatedAt = rise - 1000 }), need: l402.Need{Capability: "events"}, uses: 6},
		{name: "bound, the key comes later", invoice: &paid, caveats: []string{"agent=" + agent.String()}, uses: 3},
		{name: "bound, another key", invoice: &paid, need: l402.Need{Agent: l402.AgentKey{1}}, caveats: []string{"agent=" + agent.String()}, want: l402.ErrAgent},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, nil)
			m, p := h.buy(t, l402.Need{Service: "econd"})
			nodeOf := node{}
			if c.invoice != nil {
				nodeOf[p.Hash()] = *c.invoice
			}
			f := forwarded(t, nodeOf)
			c.need.Service, c.need.AgentLater = "econd", c.need.Agent.IsZero()
			if c.need.Capability == "" {
				c.need.Capability = "operations"
			}
			value := header(t, attenuate(t, m, c.caveats...), p)
			g, err := f.Check(context.Background(), t0.Add(time.Duration(c.after)*time.Second), []string{value, "LSAT" + value[4:]}, c.need)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.uses, g.Uses)
			if c.want != nil {
				return
			}
			taken, err := f.Take(t0, &g, 100)
			require.NoError(t, err)
			require.Equal(t, c.uses, taken)
			delete(nodeOf, p.Hash()) // what was looked up once is remembered
			_, err = f.Check(context.Background(), t0, []string{value}, c.need)
			require.ErrorIs(t, err, l402.ErrUsedUp)
			c.need.Capability = "proofs"
			_, err = f.Check(context.Background(), t0, []string{value}, c.need)
			require.ErrorIs(t, err, l402.ErrNotAuthorized, "a payment is for one resource")
		})
	}
}

// The price of operations rose from 10 to 25 sat at this second.
const (
	rise       = 1_600_000_000 + 3600
	priceGrace = 60
)

func forwarded(t *testing.T, n node) *l402.Forwarded {
	t.Helper()
	f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: n, Balances: l402test.NewBalances(), Memo: "L402", TokenLifetime: time.Hour,
		PriceSat: func(capability string, at int64) int64 {
			switch {
			case capability == "queries":
				return 1
			case capability == "events" && at < rise:
				return 0
			case capability == "events":
				return 5
			case at >= rise && at < rise+7200:
				return 25
			}
			return 10
		}})
	require.NoError(t, err)
	return f
}

func TestForwardedRefusesWhatIsNoProof(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, l402.Need{Service: "econd"})
	f := forwarded(t, node{p.Hash(): {Settled: true, Memo: "L402", PaidMsat: 30_000, CreatedAt: t0.Unix(), SettledAt: t0.Unix()}})
	ops := l402.Need{Service: "econd", Capability: "operations"}
	good := header(t, m, p)
	_, err := f.Check(context.Background(), t0, []string{good[:len(good)-64] + l402.Preimage{}.Reveal()}, ops)
	require.ErrorIs(t, err, l402.ErrPreimage)
	for _, bad := range []string{"L402 !!!:" + p.Reveal(), good + "00", "L402 " + base64.StdEncoding.EncodeToString([]byte("x")) + ":" + p.Reveal()} {
		_, err = f.Check(context.Background(), t0, []string{bad}, ops)
		require.ErrorIs(t, err, l402.ErrMalformed)
	}
	require.Empty(t, f.Problems(t0))
	_, err = f.Check(context.Background(), t0, []string{"Nostr abc"}, ops)
	require.ErrorIs(t, err, l402.ErrNoCredentials)
	require.Empty(t, f.Problems(t0))
	f.Unasked(t0)
	require.Len(t, f.Problems(t0.Add(9*time.Minute)), 1, "somebody lets unpaid requests through")
	require.Empty(t, f.Problems(t0.Add(10*time.Minute)))
	_, err = f.Challenge(context.Background(), t0, l402.Ask{})
	require.ErrorIs(t, err, l402.ErrNoChallenge)
}

// Anybody can shorten a copy of a token. What was used of the payment is
// remembered for as long as the token itself is good.
func TestShortenedCopyIsRememberedAsLongAsTheToken(t *testing.T) {
	h := newHouse(t, nil)
	c, err := h.gate.Challenge(context.Background(), t0, l402.Ask{Caller: somebody, Need: need, Uses: 100, PriceMsat: 100_000})
	require.NoError(t, err)
	preimage := h.ln.pay(t, c)
	whole, err := h.gate.Check(context.Background(), t0, []string{header(t, c.Macaroon, preimage)}, need)
	require.NoError(t, err)
	require.Equal(t, whole.ExpiresAt, whole.KeepUntil)
	end, err := l402.ValidUntilCaveat("econd", t0.Add(time.Minute))
	require.NoError(t, err)
	require.NoError(t, c.Macaroon.AddCaveat(end))
	for range 2 { // read, and remembered
		g, err := h.gate.Check(context.Background(), t0, []string{header(t, c.Macaroon, preimage)}, need)
		require.NoError(t, err)
		require.Equal(t, []int64{t0.Unix() + 60, whole.ExpiresAt}, []int64{g.ExpiresAt, g.KeepUntil})
	}
}

// A lifetime that is made longer lengthens what is known as well as what is not,
// and nothing that was used up is forgotten while it could be good again.
func TestLongerLifetimeRevivesNothing(t *testing.T) {
	h := newHouse(t, nil)
	token := h.sell(t, 1)
	counted := l402test.NewBalances()
	paid := l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 20_000, CreatedAt: t0.Unix(), SettledAt: t0.Unix()}
	invoices := everyInvoice{paid}
	living := func(lifetime time.Duration) (*l402.Forwarded, error) {
		return l402.NewForwarded(l402.ForwardedConfig{Invoices: invoices, Balances: counted, Memo: "L402",
			PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: lifetime})
	}
	_, err := living(l402.MaxTokenLifetime + 1)
	require.ErrorIs(t, err, l402.ErrConfig)
	day, err := living(24 * time.Hour)
	require.NoError(t, err)
	g, err := day.Check(context.Background(), t0, []string{token}, need)
	require.NoError(t, err)
	require.Equal(t, []int64{t0.Unix() + 86_400, t0.Add(l402.MaxTokenLifetime).Unix()}, []int64{g.ExpiresAt, g.KeepUntil})
	_, err = day.Take(t0, &g, 1)
	require.NoError(t, err)
	later := t0.Add(9 * 24 * time.Hour)
	_, err = day.Check(context.Background(), later, []string{token}, need)
	require.ErrorIs(t, err, l402.ErrExpired)
	longest, err := living(l402.MaxTokenLifetime)
	require.NoError(t, err)
	g, err = longest.Check(context.Background(), later, []string{token}, need)
	require.NoError(t, err)
	require.EqualValues(t, 1, g.Left, "one of two was taken, and is")
	_, err = longest.Check(context.Background(), t0.Add(l402.MaxTokenLifetime), []string{token}, need)
	require.ErrorIs(t, err, l402.ErrExpired)
}

// everyInvoice answers the same for every payment.
type everyInvoice struct{ is l402.Invoice }

func (e everyInvoice) Invoice(context.Context, l402.Hash) (l402.Invoice, error) { return e.is, nil }

// countedInvoices knows no payment, and how often it was asked.
type countedInvoices struct{ n int }

func (c *countedInvoices) Invoice(context.Context, l402.Hash) (l402.Invoice, error) {
	c.n++
	return l402.Invoice{}, l402.ErrUnknownToken
}

// A header of many macaroons makes no more look-ups than it may hold.
func TestForwardedMacaroonsAreBounded(t *testing.T) {
	h, asked := newHouse(t, nil), &countedInvoices{}
	f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: asked, Balances: l402test.NewBalances(), Memo: "L402",
		PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: time.Hour})
	require.NoError(t, err)
	token := h.sell(t, 1)
	one, preimage, _ := strings.Cut(strings.TrimPrefix(token, "L402 "), ":")
	for n, want := range map[int]error{4: l402.ErrUnknownToken, 5: l402.ErrMalformed} {
		asked.n = 0
		_, err = f.Check(context.Background(), t0, []string{"L402 " + strings.Repeat(one+",", n-1) + one + ":" + preimage}, need)
		require.ErrorIs(t, err, want)
		require.LessOrEqual(t, asked.n, 1)
	}
}
