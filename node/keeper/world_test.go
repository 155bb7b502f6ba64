package keeper_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/stake"
)

var errLost = errors.New("connection reset")

const cltv = 288

// world is an econd and an agent's node that pays it, with the faults that a test
// asks for. Each renewal is three steps of econd: the invoice is made, its payment
// is seen, the old hold is cancelled.
type world struct {
	t      *testing.T
	log    *offertest.Log
	height uint32
	holds  []*hold
	paid   map[l402.Hash]wallet.PaymentState
	sends  map[l402.Hash]int
	events []keeper.Event
	now    time.Duration

	loseRenew, loseStart, loseHolds bool // the next call is done, its answer is lost
	loseConfirm                     bool // the next one does not arrive
	confirms                        int
	shown                           map[l402.Hash]wallet.Payment // HTLCs that are out
	price                           int64
	noRoute                         bool
	keepOld                         bool  // econd does not let old holds go
	dearer                          int64 // what econd asks for more
	stop                            func()
}

type hold struct {
	view.Hold
	hash   l402.Hash
	locked uint32
	seq    uint64 // entry that offered it
}

func newWorld(t *testing.T) *world {
	return &world{t: t, log: offertest.New(t, offertest.Economy, "operator", true), height: 500, paid: map[l402.Hash]wallet.PaymentState{}, sends: map[l402.Hash]int{}}
}

// offer makes the invoice of a hold, over so many sats, and enters it.
func (w *world) offer(h *hold, by *btcec.PrivateKey, sat int64) {
	h.State, h.Invoice = "offered", w.log.Invoice(by, h.ID, op.Hash(h.hash), sat, 1)
	h.seq = w.log.Offer(h.ID, op.Hash(h.hash), h.Invoice)
}

// Offer implements keeper.Econd.
func (w *world) Offer(_ context.Context, h view.Hold) (offer.Offer, error) {
	p, err := offer.Open(w.log.Proof(w.find(h.ID).seq), w.log.Verifier())
	require.NoError(w.t, err)
	return p.Check(offer.Known{Log: w.log.Verifier()}, nil, offer.Asked{Hold: h.ID, AmountSat: h.AmountSat, Invoice: h.Invoice, NowUnix: 1, MaxCltv: 2016})
}

// open adds a hold that was asked for.
func (w *world) open(purpose string, sat int64, renews op.ID) *hold {
	id := op.ID{31: byte(len(w.holds) + 1)}
	h := &hold{hash: sha256.Sum256(id[:])}
	h.Hold = view.Hold{ID: id, Purpose: purpose, AmountSat: sat, State: "requested", Renews: renews, PaymentHash: (*op.Hash)(&h.hash)}
	w.holds = append(w.holds, h)
	return h
}

// locked adds a hold that this node paid.
func (w *world) locked(purpose string, sat int64) *hold {
	h := w.open(purpose, sat, op.ID{})
	w.lock(h)
	w.paid[h.hash] = wallet.InFlight
	return h
}

func (w *world) lock(h *hold) {
	h.State, h.PaidSat, h.locked = "locked", h.AmountSat, w.height
	expiry := w.height + cltv
	h.Renewal = view.Renewal{DueHeight: stake.RenewHeight(w.height, expiry), EndHeight: stake.ForfeitHeight(expiry)}
}

func (w *world) find(id op.ID) *hold {
	i := slices.IndexFunc(w.holds, func(h *hold) bool { return h.ID == id })
	require.GreaterOrEqual(w.t, i, 0)
	return w.holds[i]
}

// work lets econd do what is pending, one step for each hold.
func (w *world) work() {
	for _, h := range w.holds {
		switch {
		case h.State == "requested":
			w.offer(h, w.log.Node(), h.AmountSat)
		case h.State == "offered" && w.paid[h.hash] == wallet.InFlight:
			w.lock(h)
			if h.Renews != (op.ID{}) {
				w.find(h.Renews).State, w.find(h.Renews).Renewal = "releasing", view.Renewal{}
			}
		case h.State == "releasing" && !w.keepOld:
			h.State, w.paid[h.hash] = "released", wallet.Failed
		}
	}
}

// lockedSat is what counts.
func (w *world) lockedSat() (sat int64) {
	for _, h := range w.holds {
		if h.State == "locked" {
			sat += h.PaidSat
		}
	}
	return sat
}

// Holds implements keeper.Econd.
func (w *world) Holds(context.Context) (uint32, []view.Hold, error) {
	if w.loseHolds {
		w.loseHolds = false
		return 0, nil, errLost
	}
	var list []view.Hold
	for _, h := range w.holds {
		if h.State != "released" && h.State != "expired" {
			list = append(list, h.Hold)
		}
	}
	return w.height, list, nil
}

// Hold implements keeper.Econd.
func (w *world) Hold(_ context.Context, id op.ID) (view.Hold, error) { return w.find(id).Hold, nil }

// Renew implements keeper.Econd, with its rule that a hold is renewed once.
func (w *world) Renew(_ context.Context, id op.ID) (int64, error) {
	old := w.find(id)
	for _, h := range w.holds {
		if h.Renews == id && h.State != "expired" && h.State != "released" {
			return w.price, errors.New("renew-once")
		}
	}
	if old.State != "locked" {
		return w.price, errors.New("renew")
	}
	w.open(old.Purpose, old.AmountSat+w.dearer, id)
	if w.loseRenew {
		w.loseRenew = false
		return w.price, errLost
	}
	return w.price, nil
}

// Start implements keeper.Lightning: a hash is paid once.
// Confirm implements keeper.Econd.
func (w *world) Confirm(_ context.Context, c op.HoldConfirmed) (int64, error) {
	if w.loseConfirm {
		w.loseConfirm = false
		return w.price, errLost
	}
	h := w.find(c.Hold)
	w.confirms++
	h.AgentSays = view.LockSaid{Seq: 1, AmountSat: c.AmountSat, ExpiryHeight: c.ExpiryHeight}
	if c.AmountSat == h.PaidSat && c.ExpiryHeight == h.ExpiryHeight {
		h.Confirmed = "agent"
	}
	return w.price, nil
}

func (w *world) Start(_ context.Context, r wallet.PayRequest) (wallet.Payment, error) {
	if s := w.paid[r.Hash]; s == wallet.InFlight || s == wallet.Succeeded {
		w.t.Errorf("payment %s was handed over while it is %v", r.Hash, s)
	}
	w.sends[r.Hash]++
	w.paid[r.Hash] = wallet.InFlight
	if w.noRoute {
		w.paid[r.Hash] = wallet.Failed
	}
	if w.loseStart {
		w.loseStart = false
		return wallet.Payment{}, errLost
	}
	return wallet.Payment{State: w.paid[r.Hash], Reason: "no route"}, nil
}

// Track implements keeper.Lightning.
func (w *world) Track(_ context.Context, hash l402.Hash, _ bool) (wallet.Payment, error) {
	if s, ok := w.paid[hash]; ok {
		out := w.shown[hash]
		out.State = s
		return out, nil
	}
	return wallet.Payment{State: wallet.NotFound}, nil
}

func (w *world) keeper(change func(*keeper.Config)) *keeper.Keeper {
	cfg := keeper.Config{Econd: w, Lightning: w, CltvLimit: 2016, BudgetSat: 1000, Every: time.Minute, Soon: time.Second, Timeout: time.Minute,
		Tell: func(e keeper.Event) { w.events = append(w.events, e) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.now += d
			w.work()
			if w.stop != nil {
				w.stop()
			}
			return ctx.Err()
		}}
	if change != nil {
		change(&cfg)
	}
	return keeper.New(cfg)
}

// rounds lets a Keeper and econd work in turn.
func (w *world) rounds(k *keeper.Keeper, n int) {
	for range n {
		_, _ = k.Round(w.t.Context())
		w.work()
	}
}

func (w *world) said(what keeper.What) (list []string) {
	for _, e := range w.events {
		if e.What == what {
			list = append(list, e.Text)
		}
	}
	return list
}
