package node_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/breaker"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// What is counted of wallets is what they did: while a spend is under way, after it, and after one
// that the budget refused; a replay counts the same.
func TestWalletVitals(t *testing.T) {
	w := newSpender(t)
	spends := func(v node.WalletVitals, state string) (n int64) {
		for _, c := range v.Spends.Counts {
			if c.Type == op.SpendKeysend && c.State == state {
				n += c.Count
			}
		}
		return n
	}
	w.Lightning.StickPayments(true)
	id := w.spend(op.SpendKeysend)
	w.untilSpend(id, "submitted")
	v := w.Node.WalletVitals()
	require.Equal(t, node.WalletCount{State: ledger.WalletFunded, Count: 1}, v.Wallets[0])
	require.Equal(t, int64(1), spends(v, "submitted"))
	require.Zero(t, spends(v, "reserved"))
	require.Equal(t, int64(22_000), v.Spends.HeldMsat)
	require.NotZero(t, v.Spends.SubmittedMs)
	require.InDelta(t, 0.22, v.UsedMost, 1e-9)

	w.Lightning.StickPayments(false)
	x := w.untilSpend(id, "settled")
	payee := x.Node
	_, err := w.Node.Submit(t.Context(), w.Event(w.alice, op.KindSpend, op.Spend{Wallet: w.wallet, Type: op.SpendKeysend, AmountMsat: 50_001, Purpose: "food", Node: payee}))
	require.ErrorContains(t, err, "cap")
	require.NoError(t, w.Node.Fact(t.Context(), op.KindBreakerTripped, op.BreakerTripped{Scope: "wallet", Subject: w.wallet, Cause: "denials", Figures: "31 of 30"}))
	v = w.Node.WalletVitals()
	require.Equal(t, int64(1), spends(v, "settled"))
	require.Zero(t, v.Spends.HeldMsat)
	require.Contains(t, v.Spends.Paid, ledger.PaidSum{Type: op.SpendKeysend, Msat: 20_000, FeeMsat: x.FeeMsat})
	require.Contains(t, v.Refused, node.RuleCount{Rule: "cap", Count: 1})
	require.Contains(t, v.Breakers, node.BreakerCount{Scope: breaker.Wallet, Cause: breaker.Denials, Count: 1})
	require.InDelta(t, float64(20_000+x.FeeMsat), v.UsedMsat, 1e-6)
	require.Zero(t, v.NearlyUsed)

	require.NoError(t, w.Halt())
	w.Start()
	again := w.Node.WalletVitals()
	require.Equal(t, v.Spends, again.Spends)
	require.Contains(t, again.Breakers, node.BreakerCount{Scope: breaker.Wallet, Cause: breaker.Denials, Count: 1})
}
