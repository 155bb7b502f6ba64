package wallet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/charge"
)

// PaymentState is what is known of a payment. The zero value is the careful
// one.
type PaymentState uint8

// The states of a payment.
const (
	Unknown   PaymentState = iota // no answer: it may be under way
	NotFound                      // the node knows no such payment; nothing was sent
	InFlight                      // under way
	Succeeded                     // the payee has been paid; the preimage proves it
	Failed                        // over, with nothing in flight
)

// String returns the state's name.
func (s PaymentState) String() string {
	return [...]string{"unknown", "not found", "in flight", "succeeded", "failed"}[s]
}

// Payment is what a Payer knows of a payment.
type Payment struct {
	State    PaymentState
	Invoice  string        // that was paid, as the node keeps it; "" for none
	Preimage l402.Preimage // where it succeeded
	FeeMsat  int64         // where it succeeded
	Reason   string        // where it failed

	// While it is in flight: what the HTLCs that are out bring to the payee, and the lowest height
	// at which one of them ends there; 0 where the node does not show it.
	ArrivesMsat  int64
	ExpiryHeight uint32
}

// PayRequest is a payment with all its bounds.
type PayRequest struct {
	Invoice      string // BOLT11, with an amount
	Hash         l402.Hash
	FeeLimitMsat int64
	CltvLimit    uint32        // blocks
	Timeout      time.Duration // to find a route; whole seconds
}

// Payer is a Lightning node that pays; *lndwallet.Node is one.
type Payer interface {
	// Pay pays an invoice and waits for the end. It pays one payment hash
	// at most once, however often it is called. With an error the state
	// tells what is known: NotFound if surely nothing was sent.
	Pay(ctx context.Context, r PayRequest) (Payment, error)

	// Track looks a payment up; with wait it waits for the end of one in
	// flight. NotFound comes without an error.
	Track(ctx context.Context, hash l402.Hash, wait bool) (Payment, error)
}

// approve holds a price against the limits.
func (w *Wallet) approve(p Price) error {
	if w.cfg.Payer == nil {
		return fmt.Errorf("%w: %s asks %d sat", ErrNoPayer, p.Origin, p.Sat)
	}
	p.SpentSat = ceilSat(w.spent.since(time.Now().Add(-spendingWindow)))
	dear := &PriceError{Price: p, MaxSats: w.cfg.MaxSats, MaxTotalSats: w.cfg.MaxTotalSats}
	if (p.Sat > w.cfg.MaxSats || dear.OverTotal()) && (w.cfg.Confirm == nil || !w.cfg.Confirm(p)) {
		return dear
	}
	if w.cfg.Notify != nil {
		w.cfg.Notify(p)
	}
	return nil
}

// pay stores a challenge that was checked, and pays.
func (w *Wallet) pay(ctx context.Context, s scope, c charge.Charge, price Price) (Record, error) {
	now := time.Now()
	if err := w.unpaid(ctx, s, c.Text, price.PaymentHash); err != nil {
		return Record{}, err
	}
	if err := w.approve(price); err != nil {
		return Record{}, err
	}
	if err := ctx.Err(); err != nil {
		return Record{}, err // it may have ended while somebody was asked
	}
	rec := Record{Version: recordVersion, State: Pending, Origin: s.origin, Method: s.method, Path: s.path, Query: s.query, BodyHash: s.body,
		Scheme: c.Scheme, Token: c.Token, Invoice: c.Text, Hash: price.PaymentHash.String(),
		AmountMsat: price.AmountMsat, CreatedMs: now.UnixMilli()}
	if err := w.cfg.TokenStore.Put(rec); err != nil {
		return Record{}, err
	}
	return w.payRecord(ctx, rec, price.PaymentHash)
}

// unpaid refuses an invoice whose payment hash the node has paid, or is paying, for
// anything but the open record of this very invoice: the preimage would be another
// payment's, which the seller must not learn. It comes before the record is stored,
// so a record stands for a hash that was new.
func (w *Wallet) unpaid(ctx context.Context, s scope, invoice string, hash l402.Hash) error {
	if w.cfg.Payer == nil {
		return nil
	}
	p, err := w.cfg.Payer.Track(ctx, hash, false)
	if err != nil {
		return fmt.Errorf("%w, nothing was spent: payment %s cannot be looked up: %w", ErrPayment, hash, err)
	}
	if p.State == NotFound || p.State == Failed {
		return nil
	}
	records, err := w.cfg.TokenStore.List(s.origin)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.State == Pending && r.Hash == hash.String() && r.Invoice == invoice {
			return nil
		}
	}
	return fmt.Errorf("%w: the node knows payment %s already (%v), and not for an open request to %s: its preimage is not handed out", ErrDemand, hash, p.State, s.origin)
}

// payRecord pays the invoice of a stored record. Paying it again is safe: a
// payment hash is paid at most once.
func (w *Wallet) payRecord(ctx context.Context, rec Record, hash l402.Hash) (Record, error) {
	bounded, cancel := context.WithTimeout(ctx, w.cfg.PayTimeout+30*time.Second)
	defer cancel()
	p, err := w.cfg.Payer.Pay(bounded, PayRequest{Invoice: rec.Invoice, Hash: hash,
		FeeLimitMsat: FeeLimitMsat(rec.AmountMsat), CltvLimit: w.cfg.CltvLimit, Timeout: w.cfg.PayTimeout})
	if err != nil && p.State == Unknown {
		// Interrupted: a last look may still tell.
		look, cancel := later(ctx)
		defer cancel()
		if known, trackErr := w.cfg.Payer.Track(look, hash, false); trackErr == nil && known.State != NotFound {
			p, err = known, nil
		}
	}
	if p.State != Succeeded || strings.EqualFold(p.Invoice, rec.Invoice) {
		w.spent.note(time.Now(), rec.AmountMsat, p)
	}
	return w.conclude(rec, hash, p, err)
}

// conclude stores what became of a payment.
func (w *Wallet) conclude(rec Record, hash l402.Hash, p Payment, cause error) (Record, error) {
	switch p.State {
	case Succeeded:
		if p.Preimage.Hash() != hash {
			return rec, fmt.Errorf("%w: payment %s: the preimage does not fit the payment hash", ErrUnresolved, hash)
		}
		if !strings.EqualFold(p.Invoice, rec.Invoice) {
			err := fmt.Errorf("%w: payment %s was made for another invoice: its preimage is not handed out; nothing was spent here", ErrDemand, hash)
			return rec, errors.Join(err, w.cfg.TokenStore.Delete(rec.Origin, rec.Hash))
		}
		rec.State, rec.Preimage, rec.FeeMsat = Bought, p.Preimage.Reveal(), p.FeeMsat
		return rec, w.cfg.TokenStore.Put(rec)
	case Failed, NotFound:
		if cause == nil {
			cause = errors.New(p.Reason)
		}
		err := fmt.Errorf("%w, nothing was spent: payment %s: %w", ErrPayment, hash, cause)
		return rec, errors.Join(err, w.cfg.TokenStore.Delete(rec.Origin, rec.Hash))
	}
	err := fmt.Errorf("%w: payment %s is %v; make the same call again, it looks the payment up and does not pay twice", ErrUnresolved, hash, p.State)
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return rec, err
}

// resume finds out what became of a payment for exactly this request that an
// earlier call left open, and finishes it. found is false if there is none, or
// it failed.
func (w *Wallet) resume(ctx context.Context, s scope) (rec Record, found bool, err error) {
	if rec, err = w.open(s); err != nil || rec.State != Pending {
		return rec, false, err
	}
	w.paying.Lock()
	defer w.paying.Unlock()
	// It may have been a payment of this process, which is over now.
	if rec, err = w.open(s); err != nil || rec.State != Pending {
		return rec, false, err
	}
	rec, err = w.finish(ctx, s, rec)
	return rec, err == nil && rec.State == Bought, err
}

// open returns a pending record of exactly this request, or the zero value.
func (w *Wallet) open(s scope) (Record, error) {
	records, err := w.cfg.TokenStore.List(s.origin)
	if err != nil {
		return Record{}, err
	}
	for _, r := range records {
		if r.State == Pending && s.bought(r) {
			return r, nil
		}
	}
	return Record{}, nil
}

// finish brings one open payment to its end. The record comes back Pending if
// the payment failed; then it is gone from the store.
func (w *Wallet) finish(ctx context.Context, s scope, rec Record) (Record, error) {
	price, err := ReadInvoice(rec.Invoice)
	if err != nil {
		return rec, err
	}
	hash := price.PaymentHash
	if w.cfg.Payer == nil {
		return rec, fmt.Errorf("%w: payment %s was left open: %w", ErrUnresolved, hash, ErrNoPayer)
	}
	bounded, cancel := context.WithTimeout(ctx, w.cfg.PayTimeout+30*time.Second)
	defer cancel()
	p, err := w.cfg.Payer.Track(bounded, hash, true)
	switch {
	case err != nil, p.State == InFlight, p.State == Succeeded:
		return w.conclude(rec, hash, p, err)
	case p.State == NotFound && time.Now().Before(price.Expires):
		// The crash came before the node had it: go on with the same
		// invoice, which cannot be paid twice.
		price.Origin, price.Method, price.Path = s.origin, s.method, s.path
		price.FeeLimitSat = ceilSat(FeeLimitMsat(price.AmountMsat))
		if err := w.approve(price); err != nil {
			return rec, err
		}
		return w.payRecord(ctx, rec, hash)
	}
	return rec, w.cfg.TokenStore.Delete(rec.Origin, rec.Hash)
}

// lookUp asks once about the open payments of other requests to the origin: one
// that went through may have bought what is needed here.
func (w *Wallet) lookUp(ctx context.Context, s scope) error {
	records, err := w.cfg.TokenStore.List(s.origin)
	if err != nil || w.cfg.Payer == nil {
		return err
	}
	for _, rec := range records {
		if rec.State != Pending {
			continue
		}
		price, err := ReadInvoice(rec.Invoice)
		if err != nil {
			return err
		}
		p, err := w.cfg.Payer.Track(ctx, price.PaymentHash, false)
		gone := p.State == Failed || p.State == NotFound && time.Now().After(price.Expires)
		switch {
		case err != nil:
			continue // its own request will tell
		case p.State == Succeeded:
			_, err = w.conclude(rec, price.PaymentHash, p, nil)
		case gone:
			err = w.cfg.TokenStore.Delete(rec.Origin, rec.Hash)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
