package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/breaker"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// SpendSalt is the salt of a wallet's commitments, which its owner is told: HMAC-SHA256 over
// the economy and the wallet with the operator's hold secret. See op.SpendTexts.
func SpendSalt(secret [32]byte, economy, wallet string) op.Hash {
	m := hmac.New(sha256.New, secret[:])
	fmt.Fprintf(m, "econd/spend-salt/%s/%s", economy, wallet)
	return op.Hash(m.Sum(nil))
}

// SpendSalt is that of a wallet of this economy.
func (n *Node) SpendSalt(wallet string) op.Hash {
	return SpendSalt(n.cfg.HoldSecret, n.economy, wallet)
}

// spendPreimage derives the preimage of a spend by keysend, as KeysendPreimage does for a
// payout: whatever happens, the same spend is the same payment.
func (n *Node) spendPreimage(s view.Payment) op.Hash {
	m := hmac.New(sha256.New, n.cfg.HoldSecret[:])
	fmt.Fprintf(m, "econd/spend-keysend/%s/%s/%s/%d", n.economy, s.ID, s.Node, s.AmountMsat)
	return op.Hash(m.Sum(nil))
}

// attemptSpend brings a spend one step on. Reserved, it finds out what is to be paid, and
// records that before anything is sent; submitted, it asks LND what became of the payment and
// sends it only if LND knows nothing of it, as attemptPayment does.
func (n *Node) attemptSpend(ctx context.Context, job *errand) (op.Kind, any, error) {
	s, known := n.spendNow(job.Spend)
	if !known {
		return 0, nil, fmt.Errorf("the state has no spend %s", job.Spend)
	}
	leave, err := n.spends.enter(n.ownerOf(s.Wallet))
	if err != nil {
		return 0, nil, err
	}
	defer leave()
	if s.State == "reserved" {
		if err := n.heldBack(ctx, s); err != nil {
			return 0, nil, err
		}
	}
	b, err := n.billOf(ctx, s)
	if s.State == "reserved" {
		err = n.waitedFor(job, err)
	}
	if err == nil && s.State == "reserved" && s.Type != op.SpendKeysend {
		err = n.unpaid(ctx, b)
	}
	if err == nil && s.State == "reserved" {
		err = n.submitSpend(ctx, job, b)
	}
	var final *FinalError
	if errors.As(err, &final) {
		if !final.Unneeded {
			n.sawSpend(ctx, s, breaker.Failed, 0, 0)
		}
		return op.KindSpendFailed, op.SpendFailed{Effect: job.ID, Spend: s.ID, Reason: reasonFrom(final.Reason)}, nil
	}
	if err != nil {
		return 0, nil, err
	}
	return n.paySpend(ctx, job, s, b)
}

func (n *Node) spendNow(id string) (s view.Payment, known bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.state.Spend(id)
}

// askFor is for how long a payee that does not answer is asked for what it wants. Until then the
// spend's sats are set aside.
const askFor = 60 * time.Second

// waitedFor makes the failure to find out what a reserved spend pays final, once it has failed for
// askFor: nothing was sent.
func (n *Node) waitedFor(job *errand, err error) error {
	var final *FinalError
	if err == nil || errors.As(err, &final) {
		job.sinceMs = 0
		return err
	}
	now := n.cfg.Clock.NowMs()
	if job.sinceMs == 0 {
		job.sinceMs = now
	}
	if now-job.sinceMs >= askFor.Milliseconds() {
		return &FinalError{Reason: err.Error()}
	}
	return err
}

// billOf is what a spend pays. Of one that is submitted and whose bill was lost only the
// payment hash is known, which is enough to track it.
func (n *Node) billOf(ctx context.Context, s view.Payment) (Bill, error) {
	b, kept, err := n.cfg.Spends.Bill(s.ID, s.Tries)
	switch {
	case err != nil || kept:
		return b, err
	case s.State != "reserved":
		return Bill{PaymentHash: s.PaymentHash, AmountMsat: s.PaidMsat, Node: s.Node}, nil
	}
	if b, err = n.askBill(ctx, s); err != nil {
		return b, err
	}
	return b, n.cfg.Spends.KeepBill(s.ID, s.Tries, b)
}

// askBill finds out what a spend pays.
func (n *Node) askBill(ctx context.Context, s view.Payment) (Bill, error) {
	if s.Type == op.SpendKeysend {
		preimage := n.spendPreimage(s)
		return Bill{PaymentHash: sha256.Sum256(preimage[:]), AmountMsat: s.AmountMsat, Node: s.Node}, nil
	}
	texts, err := n.cfg.Spends.Texts(s.ID, s.Commitment)
	if errors.Is(err, ErrNoTexts) {
		return Bill{}, &FinalError{Reason: "its texts are lost: ask for it again"}
	}
	if err != nil {
		return Bill{}, err
	}
	if texts.Commitment(n.SpendSalt(s.Wallet)) != s.Commitment {
		return Bill{}, &FinalError{Reason: "its texts are others than it commits to"}
	}
	if s.Type == op.SpendInvoice {
		return billOfInvoice(s, texts.Invoice)
	}
	if n.cfg.Payees == nil {
		return Bill{}, &FinalError{Reason: "this node asks no payees: spends by " + s.Type + " are off"}
	}
	return n.cfg.Payees.Bill(ctx, s, texts)
}

// billOfInvoice holds an invoice against the spend that names it.
func billOfInvoice(s view.Payment, text string) (Bill, error) {
	inv, err := bolt11.Decode(text)
	if err != nil {
		return Bill{}, &FinalError{Reason: "its invoice cannot be read"}
	}
	b := Bill{Invoice: text, PaymentHash: inv.PaymentHash, AmountMsat: inv.AmountMsat, Node: s.Node}
	if b.PaymentHash != s.PaymentHash || b.AmountMsat != s.AmountMsat {
		return Bill{}, &FinalError{Reason: "its invoice is another than it says"}
	}
	return b, nil
}

// unpaid refuses a bill whose payment hash LND has paid already, or pays: for something else, since
// nothing of it was submitted. The hash of a keysend is the spend's own.
func (n *Node) unpaid(ctx context.Context, b Bill) error {
	p, err := n.cfg.Payments.TrackPayment(ctx, b.PaymentHash)
	if err == nil && (p.Status == PaymentSucceeded || p.Status == PaymentInFlight) {
		return &FinalError{Reason: "this node pays, or has paid, its payment hash for something else"}
	}
	return err
}

// submitSpend records what is about to be paid.
func (n *Node) submitSpend(ctx context.Context, job *errand, b Bill) error {
	err := n.fact(ctx, op.KindSpendSubmitted, op.SpendSubmitted{Effect: job.ID, Spend: job.Spend, PaymentHash: b.PaymentHash, AmountMsat: b.AmountMsat, Node: b.Node})
	var refused *refusal.Refusal
	if errors.As(err, &refused) && refused.Rule != "submit-once" {
		return &FinalError{Reason: "refused by " + refused.Rule + ": " + refused.Text}
	}
	if errors.As(err, &refused) {
		return nil // it was recorded, and the answer lost
	}
	return err
}

// paySpend sees to the payment of a submitted spend.
func (n *Node) paySpend(ctx context.Context, job *errand, s view.Payment, b Bill) (op.Kind, any, error) {
	p, err := n.cfg.Payments.TrackPayment(ctx, b.PaymentHash)
	if err == nil && p.Status == PaymentUnknown && job.tries == 1 {
		n.sawSpend(ctx, s, breaker.Sent, b.AmountMsat+s.FeeLimitMsat, 0)
	}
	// Of a spend that had failed and is asked for again LND knows the try that failed.
	unsent := p.Status == PaymentUnknown || p.Status == PaymentFailed && s.Tries > 1 && !job.sent
	if err == nil && unsent && (b.Invoice != "" || s.Type == op.SpendKeysend) {
		job.sent = true
		p, err = n.cfg.Payments.SendPayment(ctx, n.spendRequest(s, b))
	}
	switch {
	case err != nil:
		job.sinceMs = 0
		return 0, nil, err
	case p.Status == PaymentSucceeded:
		n.sawSpend(ctx, s, breaker.Settled, b.AmountMsat, p.FeeMsat)
		return op.KindSpendSettled, op.SpendSettled{Effect: job.ID, Spend: s.ID, Preimage: p.Preimage, FeeMsat: p.FeeMsat}, nil
	case p.Status == PaymentInFlight:
		job.sinceMs = 0
		return 0, nil, &laterError{why: "the payment is under way"}
	}
	if waits := n.paymentLooksOver(job, p); waits != nil {
		return 0, nil, waits
	}
	n.sawSpend(ctx, s, breaker.Failed, 0, 0)
	return op.KindSpendFailed, op.SpendFailed{Effect: job.ID, Spend: s.ID, Reason: reasonFrom(p.Reason)}, nil
}

func (n *Node) spendRequest(s view.Payment, b Bill) PaymentRequest {
	r := PaymentRequest{PaymentHash: b.PaymentHash, Invoice: b.Invoice, AmountMsat: b.AmountMsat, FeeLimitMsat: s.FeeLimitMsat, Label: n.labelOf(s.ID)}
	if b.Invoice == "" {
		r.Node, r.Preimage = b.Node, n.spendPreimage(s)
	}
	return r
}
