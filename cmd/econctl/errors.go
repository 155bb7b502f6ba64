package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/wallet"
)

// report writes an error for people, or as {"error": {...}} for a program.
func (a *app) report(err error) {
	if !a.asJSON {
		fmt.Fprintf(a.stderr, "econctl: %s\n", plain(err.Error()))
		return
	}
	code := codeOf(err)
	e := map[string]any{"message": err.Error(), "code": code, "kind": codeName(code), "paid_sat": a.paidSat()}
	if hash := paymentOf(err); hash != "" {
		e["payment_hash"] = hash
	}
	var p *client.Problem
	if errors.As(err, &p) {
		e["status"], e["rule"], e["field"], e["detail"] = p.Status, p.Rule, p.Field, p.Detail
	}
	_ = json.NewEncoder(a.stderr).Encode(map[string]any{"error": e})
}

// explained says what to do next about an error that a command ends with, and which
// payment it made last.
func (a *app) explained(err error) error {
	var unserved *client.UnservedError
	var unreached *client.UnreachedError
	var other *client.NotEcondError
	var another *client.LogKeyError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unserved):
		return err
	case errors.As(err, &unreached):
		err = fmt.Errorf("%w (--econd)", err)
	case errors.As(err, &another):
		err = fmt.Errorf("%w; what is known of it stands in %s. Where its operator says that the key is right, give it with --log-key", err, a.logsPath())
	case errors.As(err, &other):
		err = fmt.Errorf("%w; check --econd", err)
	}
	if len(a.payments) == 0 {
		return err
	}
	return &paidError{err, a.payments[len(a.payments)-1]}
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

// paymentOf is the hash of the payment that an error names, "" where nothing was paid.
func paymentOf(err error) string {
	var unserved *client.UnservedError
	var paid *paidError
	switch {
	case errors.As(err, &unserved):
		return unserved.Paid.Hash.String()
	case errors.As(err, &paid):
		return paid.last.Paid.Hash.String()
	}
	return ""
}

// advise adds to an error of the wallet what to do next.
func advise(err error) error {
	var dear *wallet.PriceError
	var demand *wallet.DemandError
	switch {
	case errors.As(err, &dear) && dear.Price.Sat <= dear.MaxSats:
		return fmt.Errorf("%w; nothing more is paid. If the command is worth it, repeat it with --max-total-sats, at least %d", err, dear.NeedsTotal())
	case errors.As(err, &dear):
		return fmt.Errorf("%w; to accept it, repeat with --max-sats %d", err, dear.Price.Sat)
	case errors.As(err, &demand) && len(bytes.TrimSpace(demand.Said)) > 0:
		return fmt.Errorf("%w; the server says: %s", err, oneLine(string(bytes.TrimSpace(demand.Said))))
	case errors.Is(err, wallet.ErrNoPayer):
		return fmt.Errorf("%w: %w", err, errMissingLND)
	}
	return err
}

// unansweredError is a service that could not be called.
type unansweredError struct {
	host string
	err  error // of the HTTP client
}

func (e *unansweredError) Unwrap() error { return e.err }

func (e *unansweredError) Error() string {
	return e.host + " gives no answer: " + client.WhyUnreached(e.err)
}
