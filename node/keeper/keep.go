package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// Econd is the agent's way to its econd.
type Econd interface {
	// Holds lists the agent's holds that have not ended, and the height that
	// they are seen at.
	Holds(ctx context.Context) (height uint32, list []view.Hold, err error)
	// Hold looks one up, ended ones included.
	Hold(ctx context.Context, id op.ID) (view.Hold, error)
	// Renew asks for the hold that takes the place of one, and returns what
	// that cost, in sats, also beside an error.
	Renew(ctx context.Context, id op.ID) (sat int64, err error)
	// Offer proves that the log offers the invoice that a hold is shown with, to the node
	// of the economy; see package offer. Nothing else is paid.
	Offer(ctx context.Context, h view.Hold) (offer.Offer, error)
	// Confirm states what the agent's node shows of a hold, and returns what that cost, in sats,
	// also beside an error.
	Confirm(ctx context.Context, c op.HoldConfirmed) (sat int64, err error)
}

// Lightning is the agent's node; *lndwallet.Node is one.
type Lightning interface {
	// Start hands a payment over and returns once it is in flight.
	Start(ctx context.Context, r wallet.PayRequest) (wallet.Payment, error)
	// Track looks a payment up.
	Track(ctx context.Context, hash l402.Hash, wait bool) (wallet.Payment, error)
}

// Config sets up a Keeper.
type Config struct {
	Econd     Econd
	Lightning Lightning

	// Only lists the holds to keep, and with them what renews them; none
	// means all.
	Only []op.ID
	// MaxFeeSat is the most that the route of one hold may cost, which is paid
	// only if the hold is forfeited. 0: a twentieth of the hold, 10 at least.
	MaxFeeSat int64
	// CltvLimit is the most blocks that a payment may be locked for, its route
	// included.
	CltvLimit uint32
	// BudgetSat is the most that a run spends on asking for renewals.
	BudgetSat int64

	// Every is how often a Keeper looks, Soon how often while something is
	// under way, Timeout how long the node may look for a route.
	Every, Soon, Timeout time.Duration
	// Once makes Run return when nothing is under way: with an error if
	// something due could not be renewed.
	Once bool

	// Tell is told what happens.
	Tell func(Event)
	// Sleep waits, or returns the error of a context that ended.
	Sleep func(context.Context, time.Duration) error
}

// What says what an Event is about.
type What string

// Events.
const (
	Waiting  What = "waiting"  // nothing to do before Height
	Renewing What = "renewing" // the next hold was asked for
	Paying   What = "paying"   // its payment was handed to the node
	Renewed  What = "renewed"  // it is locked; the one before it is let go
	Trouble  What = "trouble"  // a hold is not renewed so far, for a reason
	Gone     What = "gone"     // a hold that was kept has ended

	Confirmed What = "confirmed" // it was stated that the agent's node holds it
)

// Event is one thing that a Keeper did or met. JSON for programs.
type Event struct {
	What   What   `json:"what"`
	Hold   string `json:"hold,omitempty"`
	Next   string `json:"next,omitempty"` // the hold that takes its place
	Sat    int64  `json:"sat,omitempty"`
	Height uint32 `json:"height,omitempty"`
	Text   string `json:"text"`
}

// Keeper renews an agent's holds. Make it with New.
type Keeper struct {
	cfg   Config
	only  map[op.ID]bool
	kept  map[op.ID]view.Hold // locked when last seen
	told  map[string]string   // last text by hold
	spent int64

	failed int // holds that could not be renewed in the last round
}

// New makes a Keeper.
func New(cfg Config) *Keeper {
	k := &Keeper{cfg: cfg, only: map[op.ID]bool{}, kept: map[op.ID]view.Hold{}, told: map[string]string{}}
	for _, id := range cfg.Only {
		k.only[id] = true
	}
	return k
}

// Run keeps the holds until ctx ends. What fails is told and tried again.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		busy, err := k.Round(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			k.tell(Event{What: Trouble, Text: err.Error()})
		} else {
			delete(k.told, "")
		}
		if k.cfg.Once && !busy {
			if err == nil && k.failed > 0 {
				err = fmt.Errorf("not renewed: %d of the holds that are due", k.failed)
			}
			return err
		}
		pause := k.cfg.Every
		if busy && err == nil {
			pause = k.cfg.Soon
		}
		if err := k.cfg.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// Round looks once at every hold and does what is due. busy says that something
// is under way that is worth another look soon.
func (k *Keeper) Round(ctx context.Context) (busy bool, err error) {
	height, list, err := k.cfg.Econd.Holds(ctx)
	if err != nil {
		return false, err
	}
	next := map[op.ID]*view.Hold{}
	for i := range list {
		if r := list[i].Renews; r != (op.ID{}) {
			next[r] = &list[i]
		}
	}
	k.follow(list)
	k.failed = 0
	for _, h := range list {
		if err := k.confirm(ctx, h); ctx.Err() != nil {
			return false, ctx.Err()
		} else if err != nil {
			k.tell(Event{What: Trouble, Hold: h.ID.String(), Sat: bound(h), Text: fmt.Sprintf("the %s of %d sat is not confirmed: %v", h.Purpose, bound(h), err)})
		}
	}
	for _, h := range list {
		if !k.keeps(h) {
			continue
		}
		working, err := k.keep(ctx, h, next[h.ID], height)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			k.failed++
			k.tell(Event{What: Trouble, Hold: h.ID.String(), Sat: bound(h), Text: fmt.Sprintf("the %s of %d sat is not renewed, it ends at height %d: %v", h.Purpose, bound(h), endOf(h), err)})
		}
		busy = busy || working
	}
	return busy, nil
}

func (k *Keeper) keeps(h view.Hold) bool {
	return h.State == "locked" && renewable(h) && (len(k.cfg.Only) == 0 || k.only[h.ID])
}

func endOf(h view.Hold) uint32 {
	if !renewable(h) {
		return 0
	}
	return h.Renewal.EndHeight
}

// follow notes which holds took the place of others, and which ended.
func (k *Keeper) follow(list []view.Hold) {
	locked := map[op.ID]view.Hold{}
	for _, h := range list {
		if h.State != "locked" || !renewable(h) {
			continue
		}
		locked[h.ID] = h
		old, was := k.kept[h.Renews]
		if !was {
			continue
		}
		delete(k.kept, old.ID)
		if k.only[old.ID] {
			k.only[h.ID] = true
		}
		k.tell(Event{What: Renewed, Hold: old.ID.String(), Next: h.ID.String(), Sat: bound(h), Height: endOf(h),
			Text: fmt.Sprintf("the %s of %d sat is renewed until height %d", h.Purpose, bound(h), endOf(h))})
	}
	for id, h := range k.kept {
		if _, still := locked[id]; !still {
			delete(k.told, id.String())
			k.tell(Event{What: Gone, Hold: id.String(), Sat: bound(h), Text: fmt.Sprintf("the %s of %d sat is not locked any more", h.Purpose, bound(h))})
			delete(k.told, id.String())
		}
	}
	k.kept = map[op.ID]view.Hold{}
	for id, h := range locked {
		if k.keeps(h) {
			k.kept[id] = h
		}
	}
}

// keep does the next step for one hold. busy says that another look soon is
// worth it.
func (k *Keeper) keep(ctx context.Context, h view.Hold, next *view.Hold, height uint32) (busy bool, err error) {
	step, at := NextRenewal(h, next, height)
	switch step {
	case Wait:
		k.tell(Event{What: Waiting, Hold: h.ID.String(), Sat: bound(h), Height: at,
			Text: fmt.Sprintf("the %s of %d sat is renewed from height %d on, it is %d", h.Purpose, bound(h), at, height)})
	case Await:
		return true, nil
	case Renew:
		if k.cfg.BudgetSat > 0 && k.spent >= k.cfg.BudgetSat {
			return false, fmt.Errorf("%d sat of the budget of %d are spent", k.spent, k.cfg.BudgetSat)
		}
		if err := k.mayLock(ctx, h); err != nil {
			return false, err
		}
		sat, err := k.cfg.Econd.Renew(ctx, h.ID)
		k.spent += sat
		if err != nil {
			return false, err
		}
		k.tell(Event{What: Renewing, Hold: h.ID.String(), Sat: bound(h), Height: height,
			Text: fmt.Sprintf("the next hold for the %s of %d sat is asked for", h.Purpose, bound(h))})
		return true, nil
	case Pay:
		return k.pay(ctx, h, *next)
	}
	return false, nil
}

// mayLock refuses to renew what this node has not locked, and what would leave
// more locked than before.
func (k *Keeper) mayLock(ctx context.Context, h view.Hold) error {
	state, err := k.stateOf(ctx, h.PaymentHash)
	if err != nil {
		return err
	}
	if state != wallet.InFlight {
		return fmt.Errorf("this Lightning node does not hold its payment %s: it is %v", *h.PaymentHash, state)
	}
	if h.Renews == (op.ID{}) {
		return nil
	}
	before, err := k.cfg.Econd.Hold(ctx, h.Renews)
	if err != nil {
		return err
	}
	if state, err = k.stateOf(ctx, before.PaymentHash); err != nil {
		return err
	}
	if state == wallet.InFlight {
		return fmt.Errorf("the hold before it, %s, is renewed and still not let go", before.ID)
	}
	return nil
}

func (k *Keeper) stateOf(ctx context.Context, hash *op.Hash) (wallet.PaymentState, error) {
	if hash == nil {
		return wallet.Unknown, errNoHash
	}
	p, err := k.cfg.Lightning.Track(ctx, l402.Hash(*hash), false)
	return p.State, err
}

var errNoHash = errors.New("econd names no payment hash")

// pay locks the next hold. What became of its payment is looked up first.
func (k *Keeper) pay(ctx context.Context, h, next view.Hold) (busy bool, err error) {
	switch {
	case next.AmountSat > bound(h):
		return false, fmt.Errorf("the next hold asks for %d sat: not paid", next.AmountSat)
	case h.Purpose == "stake" && next.AmountSat < bound(h):
		return false, fmt.Errorf("the next hold asks for %d sat, which would take weight away: not paid", next.AmountSat)
	}
	if next.PaymentHash == nil {
		return false, errNoHash
	}
	p, err := k.cfg.Lightning.Track(ctx, l402.Hash(*next.PaymentHash), false)
	if err != nil {
		return false, err
	}
	if p.State == wallet.NotFound || p.State == wallet.Failed {
		if err := k.mayLock(ctx, h); err != nil {
			return false, err
		}
		o, err := k.cfg.Econd.Offer(ctx, next)
		if err != nil {
			return false, err
		}
		if o.Hold() != next.ID || o.AmountSat() != next.AmountSat || o.PaymentHash() != *next.PaymentHash {
			return false, fmt.Errorf("the next hold is over %d sat for payment %s, its log offers %d sat for %s: not paid",
				next.AmountSat, *next.PaymentHash, o.AmountSat(), o.PaymentHash())
		}
		if p, err = k.cfg.Lightning.Start(ctx, k.request(o)); err != nil {
			return false, err
		}
		if p.State != wallet.Failed {
			k.tell(Event{What: Paying, Hold: h.ID.String(), Next: next.ID.String(), Sat: next.AmountSat,
				Text: fmt.Sprintf("%d sat are on their way, locked until the hold ends", next.AmountSat)})
		}
	}
	if p.State == wallet.Failed {
		return false, fmt.Errorf("its payment failed: %s", p.Reason)
	}
	return true, nil // econd has not seen it yet
}

func (k *Keeper) request(o offer.Offer) wallet.PayRequest {
	fee := k.cfg.MaxFeeSat * 1000
	if fee == 0 {
		fee = wallet.FeeLimitMsat(1000 * o.AmountSat())
	}
	return wallet.PayRequest{Invoice: o.Invoice(), Hash: l402.Hash(o.PaymentHash()), FeeLimitMsat: fee,
		CltvLimit: k.cfg.CltvLimit, Timeout: k.cfg.Timeout}
}

// tell passes an event on, unless it says of its hold what was said last.
func (k *Keeper) tell(e Event) {
	about := string(e.What) + e.Text
	if e.What == Waiting {
		about = fmt.Sprint(e.What, e.Height)
	}
	if k.told[e.Hold] == about {
		return
	}
	k.told[e.Hold] = about
	k.cfg.Tell(e)
}
