package nodetest

import (
	"context"
	"crypto/sha256"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
)

// payment is one that the Lightning node made, as an LND would keep it.
type payment struct {
	node.Payment
	paid    int // how often sats left
	request node.PaymentRequest
}

// Owe tells the preimage of an invoice, as the payee's node has it.
func (l *Lightning) Owe(preimage op.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.preimages[op.Hash(sha256.Sum256(preimage[:]))] = preimage
}

// RefusePayments makes payments be refused before they are sent; "" ends it.
func (l *Lightning) RefusePayments(why string) { l.mu.Lock(); defer l.mu.Unlock(); l.refusal = why }

// FailPayments makes payments fail on their way; "" ends it.
func (l *Lightning) FailPayments(why string) { l.mu.Lock(); defer l.mu.Unlock(); l.failure = why }

// StickPayments keeps payments under way, or lets those that are arrive.
func (l *Lightning) StickPayments(stuck bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = stuck
	for hash, p := range l.payments {
		if !stuck && p.Status == node.PaymentInFlight {
			l.arrive(hash, p)
		}
	}
}

// Requests are the payments that were asked for, the refused ones included.
func (l *Lightning) Requests() []node.PaymentRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]node.PaymentRequest{}, l.requests...)
}

// Paid is how often sats left for a payment hash.
func (l *Lightning) Paid(hash op.Hash) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.payments[hash]; p != nil {
		return p.paid
	}
	return 0
}

func (l *Lightning) arrive(hash op.Hash, p *payment) {
	p.paid++
	p.Payment = node.Payment{Status: node.PaymentSucceeded, Preimage: l.preimages[hash], FeeMsat: 1001}
}

// TrackPayment implements node.Payments.
func (l *Lightning) TrackPayment(_ context.Context, hash op.Hash) (node.Payment, error) {
	var out node.Payment
	err := l.do("track", func() error {
		if p := l.payments[hash]; p != nil {
			out = p.Payment
		}
		return nil
	})
	if err != nil {
		return node.Payment{}, err
	}
	return out, nil
}

// SendPayment implements node.Payments. Like LND it takes a payment up again
// after it failed, and only then.
func (l *Lightning) SendPayment(_ context.Context, r node.PaymentRequest) (node.Payment, error) {
	var out node.Payment
	err := l.do("send", func() error {
		l.requests = append(l.requests, r)
		p := l.payments[r.PaymentHash]
		if p != nil && p.Status != node.PaymentFailed {
			out = p.Payment
			return nil
		}
		if l.refusal != "" {
			out.Reason = l.refusal
			return nil
		}
		if r.Invoice == "" {
			l.preimages[r.PaymentHash] = r.Preimage
		}
		p = &payment{request: r}
		l.payments[r.PaymentHash] = p
		switch {
		case l.failure != "":
			p.Payment = node.Payment{Status: node.PaymentFailed, Reason: l.failure}
		case l.stuck:
			p.Payment = node.Payment{Status: node.PaymentInFlight}
		default:
			l.arrive(r.PaymentHash, p)
		}
		out = p.Payment
		return nil
	})
	if err != nil {
		return node.Payment{}, err
	}
	return out, nil
}
