package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/econd/econd/node/wallet"
)

// purchase is what was paid for one thing that a command wants: an answer, the end of a
// log, the next event. While it is not served, further requests for it buy nothing,
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
	return &unservedError{what: what, paid: p.paid, last: p.last, again: true}
}

// end is the error of requests that are given up.
func (p *purchase) end(err error, what string) error {
	if p.paid.IsZero() {
		return err
	}
	return &unservedError{what: what, paid: p.paid, last: err}
}

// unservedError is what was paid and not served.
type unservedError struct {
	what  string // method and path
	paid  wallet.Paid
	last  error // nil for an answer that ended before anything came
	again bool  // it is to be paid again
}

func (e *unservedError) Unwrap() error { return e.last }

func (e *unservedError) Error() string {
	why := "it ended before anything came"
	if e.last != nil {
		why = e.last.Error()
	}
	return fmt.Sprintf("paid and not served: %d sat for %s, payment %s, and then: %s. Nothing more is paid; if you trust the server, repeat the command, "+
		"else send its operator the payment", e.paid.Sat(), oneLine(e.what), e.paid.Hash, why)
}

// paidError is a failure after payments of the same command that were served.
type paidError struct {
	error
	last payment
}

func (e *paidError) Unwrap() error { return e.error }

func (e *paidError) Error() string {
	return fmt.Sprintf("%v; paid before: %d sat for %s, payment %s", e.error, e.last.Paid.Sat(), oneLine(e.last.URL), e.last.Paid.Hash)
}

// named gives the error that a command ends with the payment that it made last, and says
// whether that was served.
func (a *app) named(err error) error {
	var unserved *unservedError
	if err == nil || len(a.payments) == 0 || errors.As(err, &unserved) {
		return err
	}
	last := a.payments[len(a.payments)-1]
	if last.served {
		return &paidError{err, last}
	}
	return &unservedError{what: last.URL, paid: last.Paid, last: err}
}

// paymentOf is the hash of the payment that an error names, "" where nothing was paid.
func paymentOf(err error) string {
	var unserved *unservedError
	var paid *paidError
	switch {
	case errors.As(err, &unserved):
		return unserved.paid.Hash.String()
	case errors.As(err, &paid):
		return paid.last.Paid.Hash.String()
	}
	return ""
}

// toPayAgain tells whether something is not served unless it is paid again.
func toPayAgain(err error) bool {
	var e *unservedError
	return errors.As(err, &e) && e.again
}
