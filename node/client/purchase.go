package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/econd/econd/node/wallet"
)

// purchase is what was paid for one thing that is wanted: an answer, the end of a log,
// the next event. While it is not served, further requests for it buy nothing,
// whoever answers them takes the money and breaks off. Not for concurrent use.
type purchase struct {
	paid wallet.Paid // zero while nothing was paid
	last error       // what came instead
}

// context is that of the next request.
func (p *purchase) context(ctx context.Context) context.Context {
	if p.paid.IsZero() {
		return ctx
	}
	return wallet.WithoutBuying(ctx)
}

// pay remembers what a request paid, if it paid.
func (p *purchase) pay(paid wallet.Paid) {
	if !paid.IsZero() && !paid.Reused {
		p.paid = paid
	}
}

// served says that what was paid for has come.
func (p *purchase) served() { *p = purchase{} }

// explain says of a request that was to buy nothing, and is to be paid again, what was
// paid before.
func (p *purchase) explain(err error, what string) error {
	if !errors.Is(err, wallet.ErrNotBought) {
		return err
	}
	return &UnservedError{What: what, Paid: p.paid, Last: p.last, again: true}
}

// end is the error of requests that are given up. One that names the payment already
// stays as it is.
func (p *purchase) end(err error, what string) error {
	var told *UnservedError
	if p.paid.IsZero() || errors.As(err, &told) {
		return err
	}
	return &UnservedError{What: what, Paid: p.paid, Last: err}
}

// UnservedError is what was paid and not served.
type UnservedError struct {
	What string // method and path
	Paid wallet.Paid
	Last error // what came instead; nil for an answer that ended before anything came

	again bool // it is to be paid again
}

// Unwrap gives errors.As what came instead.
func (e *UnservedError) Unwrap() error { return e.Last }

// Error names the payment, which is all that whoever paid has.
func (e *UnservedError) Error() string {
	why := "it ended before anything came"
	if e.Last != nil {
		why = e.Last.Error()
	}
	return fmt.Sprintf("paid and not served: %d sat for %s, payment %s, and then: %s. Nothing more is paid; if you trust the server, repeat the command, "+
		"else send its operator the payment", e.Paid.Sat(), e.What, e.Paid.Hash, why)
}

// toPayAgain tells whether something is not served unless it is paid again.
func toPayAgain(err error) bool {
	var e *UnservedError
	return errors.As(err, &e) && e.again
}
