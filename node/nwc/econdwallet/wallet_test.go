package econdwallet

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/nwc"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const walletID = "wallet-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2"

// desk is econd as a wallet meets it: one spend for each key, and answers that are lost.
type desk struct {
	mu      sync.Mutex
	refuse  *view.RuleRefusal
	wants   bool // approvals
	spends  map[string]view.Payment
	entered int
	lose    func(entered bool) error // the next answer to PaySpend
	slow    int                      // answers until a spend is settled
	reason  string                   // it fails with
}

func (d *desk) Info(context.Context) (view.Info, error) {
	return view.Info{Economy: "test", Network: "regtest", Clock: view.Clock{Height: 7}}, nil
}

func (d *desk) Wallet(context.Context, string) (view.Wallet, error) {
	return view.Wallet{ID: walletID, Open: true, Budget: &view.WalletBudget{Terms: budget.Terms{PeriodS: 86_400},
		Figures: budget.Figures{AvailableMsat: 60, AllowanceMsat: 100, SpentMsat: 30, ReservedMsat: 10, PeriodEndMs: 86_400_000}}}, nil
}

func (d *desk) Payments(context.Context, string, int) (list []view.Payment, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.spends {
		list = append(list, p)
	}
	return list, nil
}

func (d *desk) CheckSpend(ctx context.Context, wallet string, r view.SpendRequest) (view.SpendCheck, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return view.SpendCheck{}, err
	}
	c := view.SpendCheck{ID: "spend-" + r.Key, Allowed: d.refuse == nil, Refused: d.refuse, Approvals: d.wants,
		Content: op.Spend{Wallet: wallet, Type: r.Type, AmountMsat: r.AmountMsat, Purpose: r.Purpose, Key: r.Key}}
	if p, ok := d.spends[r.Key]; ok {
		c.Payment, c.Allowed, c.Refused = &p, false, &view.RuleRefusal{Rule: "spend-once", Text: "it stands"}
	}
	return c, nil
}

func (d *desk) PaySpend(_ context.Context, c op.Spend, _ op.SpendTexts, _ time.Duration) (view.SpendResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	enter := func() {
		d.entered++
		d.spends[c.Key] = view.Payment{ID: "spend-" + c.Key, Key: c.Key, State: "submitted", AmountMsat: c.AmountMsat, Steps: []view.PaymentStep{{TimeMs: 5000}}}
	}
	if lose := d.lose; lose != nil {
		d.lose = nil
		err := lose(true)
		if !errors.As(err, new(*client.Problem)) {
			enter()
		}
		return view.SpendResult{}, err
	}
	enter()
	return view.SpendResult{Payment: d.spends[c.Key]}, nil
}

func (d *desk) SpendResult(_ context.Context, id string, _ time.Duration) (view.SpendResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := strings.TrimPrefix(id, "spend-")
	p := d.spends[key]
	if d.slow > 0 {
		d.slow--
		return view.SpendResult{}, errors.New("away")
	}
	p.State, p.Preimage, p.FeeMsat = settled, op.Hash{1}, 3
	p.Steps = append(p.Steps, view.PaymentStep{TimeMs: 9000})
	if d.reason != "" {
		p.State, p.Reason = failed, d.reason
	}
	d.spends[key] = p
	return view.SpendResult{Payment: p}, nil
}

func newDesk() (*desk, *Wallet) {
	d := &desk{spends: map[string]view.Payment{}}
	w := New(d, walletID)
	w.wait = backoff.Pauses{First: time.Microsecond, Longest: time.Millisecond}
	return d, w
}

func code(t *testing.T, err error) nwc.Code {
	t.Helper()
	var e *nwc.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}

func TestAKeyIsOneSpend(t *testing.T) {
	d, w := newDesk()
	p := nwc.PayInvoice{Key: strings.Repeat("a", 64), Invoice: "lnbc", AmountMsat: 1000}
	d.lose = func(bool) error { return errors.New("connection reset") } // entered, and the answer is lost
	d.slow = 3
	paid, err := w.PayInvoice(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, nwc.Paid{Preimage: op.Hash{1}.String(), FeesMsat: 3, CreatedAt: 5, SettledAt: 9}, paid)
	again, err := w.PayInvoice(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, paid, again)
	require.Equal(t, 1, d.entered)

	// One that failed is not tried again under its key.
	d.reason = "no route"
	p.Key = strings.Repeat("b", 64)
	for range 2 {
		_, err = w.PayInvoice(t.Context(), p)
		require.Equal(t, nwc.PaymentFailed, code(t, err))
	}
	require.Equal(t, 2, d.entered)
	list, err := w.Payments(t.Context(), 5, 5)
	require.NoError(t, err)
	require.Len(t, list, 2)
	list, err = w.Payments(t.Context(), 6, 9)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestRefusalsHaveTheirCodes(t *testing.T) {
	for rule, want := range map[string]nwc.Code{"cap": nwc.QuotaExceeded, "period": nwc.QuotaExceeded, "no-budget": nwc.QuotaExceeded, "velocity": nwc.QuotaExceeded,
		"pool-funds": nwc.InsufficientBalance, "recipient": nwc.Restricted, "breaker": nwc.Restricted, "spender": nwc.Unauthorized, "hash-once": nwc.PaymentFailed, "else": nwc.Other} {
		d, w := newDesk()
		d.refuse = &view.RuleRefusal{Rule: rule, Text: "1001 msat, 1000 are left"}
		_, err := w.PayKeysend(t.Context(), nwc.PayKeysend{Key: "k", AmountMsat: 1})
		require.Equal(t, want, code(t, err), rule)
		require.ErrorContains(t, err, "1001 msat")
		d.refuse = nil
		d.lose = func(bool) error { return &client.Problem{Status: 422, Rule: rule, Detail: "meanwhile"} }
		_, err = w.PayKeysend(t.Context(), nwc.PayKeysend{Key: "k", AmountMsat: 1})
		require.Equal(t, want, code(t, err), rule)
		require.Zero(t, d.entered)
	}
}

func TestWhatNeedsApprovalsIsNotBegun(t *testing.T) {
	d, w := newDesk()
	d.wants = true
	_, err := w.PayKeysend(t.Context(), nwc.PayKeysend{Key: "k", AmountMsat: 1})
	require.Equal(t, nwc.Restricted, code(t, err))
	require.Zero(t, d.entered)
}

func TestAnEndedContextSaysNothingOfThePayment(t *testing.T) {
	d, w := newDesk()
	d.slow = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := w.PayKeysend(ctx, nwc.PayKeysend{Key: "k", AmountMsat: 1})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, d.entered)
}

func TestBudgetAndBalance(t *testing.T) {
	_, w := newDesk()
	msat, err := w.Balance(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 60, msat)
	b, err := w.Budget(t.Context())
	require.NoError(t, err)
	require.Equal(t, nwc.Budget{UsedMsat: 40, TotalMsat: 100, RenewsAt: 86_400, Period: "daily"}, b)
	i, err := w.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "regtest", i.Network)
}
