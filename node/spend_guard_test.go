package node_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// A payment in LND that says it is the economy's, and that no entry asks for, stops all that is new.
func TestUnknownPaymentOpensTheBreakerOfTheNode(t *testing.T) {
	w := newWorldBy(t, constitution.RulesWallets)
	ctx := context.Background()
	require.NoError(t, w.Node.FindStrangers(ctx))
	trips := func() (list int) {
		w.Node.View(func(s *ledger.State, _ int64) { list = s.Trips() })
		return list
	}
	require.Zero(t, trips())
	_, err := w.Lightning.SendPayment(ctx, node.PaymentRequest{PaymentHash: op.Hash{7}, AmountMsat: 21_000, Label: nodetest.Economy + "/spend-00"})
	require.NoError(t, err)
	require.NoError(t, w.Node.FindStrangers(ctx))
	require.Equal(t, 1, trips())
	require.NoError(t, w.Node.FindStrangers(ctx))
	require.Equal(t, 1, trips(), "it is open already")

	bob := nodetest.Key(t, 3)
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	w.submit(bob, op.KindOpenWallet, op.OpenWallet{Name: "errands"})
	_, err = w.Node.Submit(ctx, w.Event(bob, op.KindSpend, op.Spend{Wallet: ledger.WalletID(nodetest.Economy, bob.Public(), "errands"),
		Type: op.SpendKeysend, AmountMsat: 1000, Purpose: "food", Node: nodetest.NodeKey()}))
	require.ErrorContains(t, err, "breaker")
}
