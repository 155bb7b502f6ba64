package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// A lock that is the operator's word is confirmed once, with what the agent's own node shows; a
// statement that was lost is made again.
func TestKeepConfirms(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	h.Confirmed, h.ExpiryHeight = "operator", w.height+cltv
	w.shown = map[l402.Hash]wallet.Payment{h.hash: {ArrivesMsat: 5_000_999, ExpiryHeight: w.height + cltv}}
	w.loseConfirm = true
	k := w.keeper(nil)
	w.rounds(k, 1)
	require.Equal(t, "operator", h.Confirmed)
	require.Contains(t, w.said(keeper.Trouble)[0], "is not confirmed: "+errLost.Error())
	w.rounds(k, 3)
	require.Equal(t, "agent", h.Confirmed)
	require.Equal(t, 1, w.confirms)
	require.Len(t, w.said(keeper.Confirmed), 1)
}

// What the node does not hold is not stated, and what contradicts econd is stated once.
func TestKeepConfirmsWhatItsNodeShows(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	h.Confirmed, h.ExpiryHeight = "renewal", w.height+cltv
	k := w.keeper(nil)
	w.rounds(k, 2)
	require.Zero(t, w.confirms)
	require.Contains(t, w.said(keeper.Trouble)[0], keeper.ErrNotShown.Error())
	w.shown = map[l402.Hash]wallet.Payment{h.hash: {ArrivesMsat: 4_999_999, ExpiryHeight: w.height + cltv}}
	w.rounds(k, 2)
	require.Zero(t, w.confirms, "a part of the payment is not yet there")
	w.shown[h.hash] = wallet.Payment{ArrivesMsat: 5_000_000, ExpiryHeight: w.height + cltv + 1}
	w.rounds(k, 3)
	require.Equal(t, 1, w.confirms)
	require.Equal(t, "renewal", h.Confirmed)

	// By rules that know no confirmations econd says nothing, and nothing is stated.
	h.Confirmed, w.confirms = "", 0
	w.shown[h.hash] = wallet.Payment{ArrivesMsat: 5_000_000, ExpiryHeight: w.height + cltv}
	w.rounds(k, 2)
	require.Zero(t, w.confirms)
}

// An HTLC that ends later than any counts is stated as far as it counts.
func TestConfirmationOfALateHtlc(t *testing.T) {
	hash := op.Hash{1}
	h := view.Hold{PaymentHash: &hash, AmountSat: 5000, LatestExpiry: 1220}
	for shown, want := range map[uint32]uint32{1219: 1219, 1220: 1220, 1221: 1220, 2516: 1220} {
		c, err := keeper.Confirmation(h, wallet.Payment{State: wallet.InFlight, ArrivesMsat: 5_000_000, ExpiryHeight: shown})
		require.NoError(t, err)
		require.Equal(t, want, c.ExpiryHeight)
	}
}
