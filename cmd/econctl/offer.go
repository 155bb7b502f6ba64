package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// offer proves that the log offers the invoice that a hold is shown with. What the
// operator signed for it is kept beside the key: right or wrong, it is evidence.
func (a *app) offer(ctx context.Context, h view.Hold) (offer.Offer, error) {
	o, err := a.econd.Offer(ctx, offer.Asked{Hold: h.ID, AmountSat: h.AmountSat, Invoice: h.Invoice, MaxCltv: wallet.HoldCltvLimit})
	var wrong *client.OfferError
	switch {
	case errors.As(err, &wrong):
		return o, a.keepWrong(wrong, err)
	case err != nil:
		return o, err
	}
	if err := a.keepFact(answersFile, o.Fact()); err != nil {
		return o, fmt.Errorf("the proof that the log offers the hold is not kept, so nothing is paid: %w", err)
	}
	if h.PaymentHash == nil || o.PaymentHash() != *h.PaymentHash {
		return o, fmt.Errorf("the log offers the hold for payment %s, econd shows %v: not paid", o.PaymentHash(), h.PaymentHash)
	}
	if !o.Bound() && !a.asJSON {
		fmt.Fprintf(a.stderr, "econctl: the log offers the invoice, and node %s signed it. Whose node that is no entry says (rules version 1);\n"+
			"from now on no other node's is paid.\n", o.Payee())
	}
	return o, nil
}

// keepWrong keeps what shows that an operator asks for sats wrongly, and says where.
func (a *app) keepWrong(wrong *client.OfferError, err error) error {
	var failed error
	if wrong.Fact != nil {
		failed = a.keepFact(wrongFile, *wrong.Fact)
	}
	if wrong.Seen != "" && wrong.Shown != "" {
		seen, shown := a.headPath(wrong.Seen), a.headPath(wrong.Shown)
		failed = errors.Join(failed, os.WriteFile(seen, []byte(wrong.Seen), 0o600), os.WriteFile(shown, []byte(wrong.Shown), 0o600))
		err = fmt.Errorf("%w; what it signed is kept: econaudit equivocation %s %s. Where an entry of the log says that its end was lost (econaudit replay), go on with --forget-head", err, seen, shown)
	}
	if failed != nil {
		return fmt.Errorf("%w; and what it signed is not kept: %w", err, failed)
	}
	return err
}

// headPath names the file of a signed head by its text, so that none replaces another.
func (a *app) headPath(note string) string {
	sum := sha256.Sum256([]byte(note))
	return filepath.Join(filepath.Dir(a.cfg.Key), fmt.Sprintf("head-%x.checkpoint", sum[:8]))
}

func (a *app) keepFact(name string, k promise.Kept) error {
	return appendLine(filepath.Join(filepath.Dir(a.cfg.Key), name), k)
}

// Offer implements keeper.Econd.
func (k keptBy) Offer(ctx context.Context, h view.Hold) (offer.Offer, error) {
	return k.app.offer(ctx, h)
}

// sameHold refuses a hold that is not the one that was asked for.
func sameHold(id op.ID, h hold) error {
	if h.ID != id {
		return fmt.Errorf("econd shows hold %s, asked for %s", h.ID, id)
	}
	return nil
}
