package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// paymentGrace is for how long a payment must look over without having paid
// before the record says so. A request of this process, or of one that was
// killed, may be on its way to the Lightning node still when that says that it
// knows nothing, or that an earlier try failed; a payment that arrives after the
// sats are back in their pool would pay twice.
const paymentGrace = 20 * time.Second

// maxReason bounds the reasons that come from outside, in bytes.
const maxReason = 300

// KeysendPreimage derives the preimage of a keysend from the operator's hold
// secret: HMAC-SHA256 over the economy, the payout, its payee and its amount. The
// place in the log has no part in it. So a repeat after a crash, or in a log that
// was restored from an old backup and went on, is the same payment to the
// Lightning node, and another payment never is.
func KeysendPreimage(secret [32]byte, economy string, e ledger.Effect) op.Hash {
	m := hmac.New(sha256.New, secret[:])
	fmt.Fprintf(m, "econd/keysend/%s/%s/%s/%d", economy, e.Payout, e.Node, e.AmountSat)
	return op.Hash(m.Sum(nil))
}

// labelOf marks the payment of a payout, so that a log which has lost it finds it
// in the Lightning node.
func (n *Node) labelOf(payout string) string { return n.economy + "/" + payout }

// paymentOf is the payment that an effect asks for.
func (n *Node) paymentOf(e ledger.Effect) PaymentRequest {
	r := PaymentRequest{PaymentHash: e.PaymentHash, Invoice: e.Invoice, AmountMsat: e.AmountSat * 1000, FeeLimitMsat: e.FeeLimitSat * 1000, Label: n.labelOf(e.Payout)}
	if e.Kind == ledger.EffectKeysend {
		r.Node, r.Preimage = e.Node, KeysendPreimage(n.cfg.HoldSecret, n.economy, e)
		r.PaymentHash = op.Hash(sha256.Sum256(r.Preimage[:]))
	}
	return r
}

// attemptPayment finds out where a payment stands and sends it only if the
// Lightning node knows nothing of it. It is recorded as sent once it has
// succeeded, and as failed once it has looked over for paymentGrace.
func (n *Node) attemptPayment(ctx context.Context, job *errand) (op.Kind, any, error) {
	r := n.paymentOf(job.Effect)
	p, err := n.cfg.Payments.TrackPayment(ctx, r.PaymentHash)
	if err == nil && p.Status == PaymentUnknown {
		p, err = n.cfg.Payments.SendPayment(ctx, r)
	}
	switch {
	case err != nil:
		job.sinceMs = 0
		return 0, nil, err
	case p.Status == PaymentSucceeded:
		return op.KindPaymentSent, op.PaymentSent{Effect: job.ID, Payout: job.Payout, Preimage: p.Preimage, FeeMsat: p.FeeMsat}, nil
	case p.Status == PaymentInFlight:
		job.sinceMs = 0
		return 0, nil, &laterError{why: "the payment is under way"}
	}
	if waits := n.paymentLooksOver(job, p); waits != nil {
		return 0, nil, waits
	}
	return op.KindPaymentFailed, op.PaymentFailed{Effect: job.ID, Payout: job.Payout, Reason: reasonFrom(p.Reason)}, nil
}

// paymentLooksOver waits until a payment has looked over for paymentGrace; nil after that.
func (n *Node) paymentLooksOver(job *errand, p Payment) error {
	now := n.cfg.Clock.NowMs()
	if job.sinceMs == 0 {
		job.sinceMs = now
	}
	if now-job.sinceMs < paymentGrace.Milliseconds() {
		return &laterError{why: "the payment seems to be over without having paid: " + p.Reason}
	}
	return nil
}

// reasonFrom makes a reason from outside fit for the record: not empty, short,
// plain ASCII.
func reasonFrom(text string) string {
	b := []byte(text)
	for i, x := range b {
		if x < ' ' || x > '~' {
			b[i] = '?'
		}
	}
	if len(b) == 0 {
		return "no reason given"
	}
	return string(b[:min(len(b), maxReason)])
}
