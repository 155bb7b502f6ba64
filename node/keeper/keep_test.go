package keeper_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

func TestNextRenewal(t *testing.T) {
	h := view.Hold{ID: op.ID{10}, State: "locked", Renewal: view.Renewal{DueHeight: 668, EndHeight: 752}}
	step, at := keeper.NextRenewal(h, nil, 0)
	require.Equal(t, keeper.Wait, step)
	require.True(t, at >= 668 && at <= 668+21, "%d is due to due and a quarter of 84", at)
	for _, c := range []struct {
		name   string
		change func(h *view.Hold)
		next   string // state of the next hold
		height uint32
		want   keeper.Step
	}{
		{"one block early", nil, "", at - 1, keeper.Wait},
		{"due", nil, "", at, keeper.Renew},
		{"long due", nil, "", 751, keeper.Renew},
		{"invoice is being made", nil, "requested", at, keeper.Await},
		{"invoice is there, even before it is due", nil, "offered", 600, keeper.Pay},
		{"both locked", nil, "locked", at, keeper.Nothing},
		{"not locked", func(h *view.Hold) { h.State = "releasing" }, "offered", at, keeper.Nothing},
		{"a deposit", func(h *view.Hold) { h.Renewal = view.Renewal{} }, "", at, keeper.Nothing},
		{"ends before it is due", func(h *view.Hold) { h.Renewal = view.Renewal{DueHeight: 700, EndHeight: 600} }, "", 700, keeper.Renew},
	} {
		h := h
		if c.change != nil {
			c.change(&h)
		}
		var next *view.Hold
		if c.next != "" {
			next = &view.Hold{State: c.next}
		}
		if got, _ := keeper.NextRenewal(h, next, c.height); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Holds that were locked together do not all come at one height, and each comes
// at the same height whoever asks.
func TestRenewalsAreSpread(t *testing.T) {
	seen := map[uint32]int{}
	for i := range 100 {
		h := view.Hold{ID: op.ID{byte(i)}, State: "locked", Renewal: view.Renewal{DueHeight: 668, EndHeight: 752}}
		_, at := keeper.NextRenewal(h, nil, 0)
		_, again := keeper.NextRenewal(h, nil, 5)
		require.Equal(t, at, again)
		seen[at]++
	}
	require.Greater(t, len(seen), 15)
}

// A stake, a collateral and a juror's bond over a thousand blocks: what is locked
// never dips and never doubles, each payment is sent once, every old one is let go.
func TestKeepThroughManyRenewals(t *testing.T) {
	w := newWorld(t)
	w.locked("stake", 5000)
	w.locked("collateral", 700)
	w.locked("juror-bond", 30)
	w.locked("deposit", 1).Renewal = view.Renewal{}
	k := w.keeper(nil)
	for ; w.height < 1600; w.height++ {
		for range 4 {
			_, err := k.Round(t.Context())
			require.NoError(t, err)
			require.Equal(t, int64(5731), w.lockedSat(), "height %d", w.height)
			w.work()
			require.Equal(t, int64(5731), w.lockedSat(), "height %d", w.height)
		}
		for _, h := range w.holds {
			if h.State == "locked" && h.Renewal != (view.Renewal{}) {
				require.Less(t, w.height, h.Renewal.EndHeight, "%s %s", h.Purpose, h.ID)
			}
		}
	}
	require.GreaterOrEqual(t, len(w.said(keeper.Renewed)), 15)
	require.Empty(t, w.said(keeper.Trouble))
	require.Empty(t, w.said(keeper.Gone))
	for hash, n := range w.sends {
		require.Equal(t, 1, n, hash)
	}
	inFlight := 0
	for _, s := range w.paid {
		if s == wallet.InFlight {
			inFlight++
		}
	}
	require.Equal(t, 4, inFlight, "three holds and the deposit")
}

// Whatever is lost at whatever step, and with another Keeper each round, every
// invoice is paid once and the hold is renewed once.
func TestKeepThroughLossAndRestarts(t *testing.T) {
	for name, lose := range map[string]func(*world){
		"nothing":                   func(*world) {},
		"the answer to the renewal": func(w *world) { w.loseRenew = true },
		"the answer of the node":    func(w *world) { w.loseStart = true },
		"the list":                  func(w *world) { w.loseHolds = true },
		"all of it":                 func(w *world) { w.loseRenew, w.loseStart, w.loseHolds = true, true, true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.locked("stake", 5000)
			w.height = h.Renewal.EndHeight - 1
			lose(w)
			for range 10 {
				w.rounds(w.keeper(nil), 1)
				require.Equal(t, int64(5000), w.lockedSat())
			}
			require.Len(t, w.holds, 2)
			require.Equal(t, "released", h.State)
			require.Equal(t, "locked", w.holds[1].State)
			require.Equal(t, 1, w.sends[w.holds[1].hash])
		})
	}
}

// A Keeper renews nothing that would lock more than its node has locked, whatever
// econd says.
func TestKeepTrustsNoEcond(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(w *world, h *hold)
		want string
	}{
		"a hold that this node never paid": {func(w *world, h *hold) { delete(w.paid, h.hash) }, "does not hold its payment"},
		"a payment that is over":           {func(w *world, h *hold) { w.paid[h.hash] = wallet.Failed }, "does not hold its payment"},
		"no payment hash":                  {func(w *world, h *hold) { h.PaymentHash = nil }, "names no payment hash"},
		"a dearer renewal":                 {func(w *world, _ *hold) { w.dearer = 1 }, "asks for 5001 sat: not paid"},
		"a renewal that takes weight away": {func(w *world, _ *hold) { w.dearer = -1 }, "asks for 4999 sat, which would take weight away: not paid"},
		"another amount in the invoice":    {func(w *world, h *hold) { w.offer(w.open("stake", 5000, h.ID), w.log.Node(), 6000) }, "over 6000000 msat"},
		"another payment in the invoice": {func(w *world, h *hold) {
			next := w.open("stake", 5000, h.ID)
			next.hash = h.hash // that of the old one, which is in flight
			w.offer(next, w.log.Node(), 5000)
			next.PaymentHash = &op.Hash{1}
		}, "for payment 01"},
		"another node's invoice in the log": {func(w *world, h *hold) {
			w.offer(w.open("stake", 5000, h.ID), offertest.NodeKey("stranger"), 5000)
		}, "the invoice is another node's"},
		"an invoice that the log does not offer": {func(w *world, h *hold) {
			next := w.open("stake", 5000, h.ID)
			w.offer(next, w.log.Node(), 5000)
			next.Invoice = w.log.Invoice(offertest.NodeKey("stranger"), next.ID, op.Hash(next.hash), 5000, 1)
		}, "econd shows another one than entry 1 of its log"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.locked("stake", 5000)
			w.height = h.Renewal.EndHeight - 1
			c.lie(w, h)
			w.rounds(w.keeper(nil), 5)
			require.Empty(t, w.sends)
			require.Len(t, w.said(keeper.Trouble), 1, "told once: %v", w.events)
			require.Contains(t, w.said(keeper.Trouble)[0], c.want)
		})
	}
}

// An econd that does not let go of what was renewed gets one more hold, not one
// after the other.
func TestKeepStopsWhereOldHoldsStay(t *testing.T) {
	w := newWorld(t)
	w.locked("stake", 5000)
	w.keepOld = true
	k := w.keeper(nil)
	for ; w.height < 1600; w.height += 40 {
		w.rounds(k, 4)
	}
	require.Len(t, w.sends, 1)
	require.Contains(t, strings.Join(w.said(keeper.Trouble), "\n"), "still not let go")
	w.keepOld = false
	w.rounds(k, 6)
	require.Len(t, w.sends, 2)
}

// A renewal of a hold that ended meanwhile is not paid.
func TestKeepPaysNoRenewalOfWhatEnded(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	w.height = h.Renewal.EndHeight - 1
	k := w.keeper(nil)
	w.rounds(k, 1)
	h.State, h.Renewal = "releasing", view.Renewal{}
	w.rounds(k, 4)
	require.Empty(t, w.sends)
	require.Equal(t, []string{"the stake of 5000 sat is not locked any more"}, w.said(keeper.Gone))
}

// Without a route it goes on trying; an invoice that expired is asked for anew.
func TestKeepTriesAgain(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	w.height, w.noRoute = h.Renewal.EndHeight-10, true
	k := w.keeper(nil)
	w.rounds(k, 5)
	require.Contains(t, w.said(keeper.Trouble)[0], "its payment failed: no route")
	w.holds[1].State = "expired"
	w.noRoute = false
	w.rounds(k, 5)
	require.Len(t, w.holds, 3)
	require.Equal(t, "locked", w.holds[2].State)
	require.Equal(t, "released", h.State)
}

func TestKeepStaysInItsBudget(t *testing.T) {
	w := newWorld(t)
	w.price = 10
	for range 5 {
		w.locked("stake", 5000)
	}
	w.height = w.holds[0].Renewal.EndHeight - 1
	w.rounds(w.keeper(func(c *keeper.Config) { c.BudgetSat = 30 }), 6)
	require.Len(t, w.sends, 3)
	require.Contains(t, w.said(keeper.Trouble)[0], "30 sat of the budget of 30 are spent")
}

func TestKeepOnlyWhatIsNamed(t *testing.T) {
	w := newWorld(t)
	a, b := w.locked("stake", 5000), w.locked("stake", 6000)
	k := w.keeper(func(c *keeper.Config) { c.Only = []op.ID{b.ID} })
	for ; w.height < 1200; w.height += 20 {
		w.rounds(k, 4)
	}
	require.Equal(t, "locked", a.State, "it is left alone")
	require.GreaterOrEqual(t, len(w.said(keeper.Renewed)), 2, "what renews it is kept, too")
}

// Run looks soon while something is under way and seldom otherwise, outlives an
// econd that is away, and ends with its context.
func TestRun(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	w.loseHolds = true
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	w.stop = func() {
		if w.height = 751; h.State == "released" || looks > 20 {
			cancel()
		}
		looks++
	}
	k := w.keeper(nil)
	require.ErrorIs(t, k.Run(ctx), context.Canceled)
	require.Equal(t, "locked", w.holds[1].State)
	require.Contains(t, w.said(keeper.Trouble), errLost.Error())
}

// Once does what is due to its end, and no more.
func TestRunOnce(t *testing.T) {
	w := newWorld(t)
	h := w.locked("stake", 5000)
	require.NoError(t, w.keeper(func(c *keeper.Config) { c.Once = true }).Run(t.Context()))
	require.Len(t, w.holds, 1)
	w.height = h.Renewal.EndHeight - 1
	require.NoError(t, w.keeper(func(c *keeper.Config) { c.Once = true }).Run(t.Context()))
	require.Equal(t, "locked", w.holds[1].State)
	require.Less(t, w.now.Minutes(), 1.0)
	w.loseHolds = true
	require.ErrorIs(t, w.keeper(func(c *keeper.Config) { c.Once = true }).Run(t.Context()), errLost)

	w.height, w.noRoute = w.holds[1].Renewal.EndHeight-1, true
	require.EqualError(t, w.keeper(func(c *keeper.Config) { c.Once = true }).Run(t.Context()), "not renewed: 1 of the holds that are due")
}

// A number of sats that wraps to the invoice's is not that of the invoice.
func TestKeepPaysNoWrappedAmount(t *testing.T) {
	w := newWorld(t)
	old := w.locked("collateral", 5000)
	next := w.open("collateral", 1_000_000-1<<61, old.ID)
	w.offer(next, w.log.Node(), 1_000_000)
	w.height = old.Renewal.EndHeight - 1
	w.rounds(w.keeper(nil), 2)
	require.Empty(t, w.sends)
	require.Contains(t, w.said(keeper.Trouble)[0], "it is over 1000000000 msat")
}
