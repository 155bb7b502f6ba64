package main

import (
	"errors"
	"net"
	"net/http"
	"slices"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/wallet"
)

// The exit codes. The first two of its own are also those of econctl watch, see
// node/monitor.
const (
	exitAlarm    = 3
	exitAway     = 4
	exitRefused  = 5
	exitNotFound = 6
	exitConflict = 7
	exitUnpaid   = 8
	exitBudget   = 9
	exitUnknown  = 10
	exitUnserved = 11
)

// codes are what econctl ends with, and what a program does then: the one place where they
// stand, from which help, man page and schema are made.
var codes = cli.Codes("failed for another reason",
	cli.ExitCode{Code: exitAlarm, Name: "alarm", Next: "keep the files, believe no answer, ask whom you trust",
		Meaning: "what was signed contradicts itself or what is known, or an alarm of watch stands"},
	cli.ExitCode{Code: exitAway, Name: "away", Next: "try the same again later",
		Meaning: "econd, a service or your LND gave no answer, or is busy"},
	cli.ExitCode{Code: exitRefused, Name: "refused", Next: "read rule and field; the same again is refused again",
		Meaning: "refused by a rule of the economy, or by the service that was called"},
	cli.ExitCode{Code: exitNotFound, Name: "not-found", Next: "check the name",
		Meaning: "what was named is not there"},
	cli.ExitCode{Code: exitConflict, Name: "conflict", Next: "look at the present state",
		Meaning: "too late, too early, or done already in another way"},
	cli.ExitCode{Code: exitUnpaid, Name: "unpaid", Next: "raise the limit, or name an LND; nothing was spent",
		Meaning: "it has a price that was not paid: no wallet, above the limit, declined or failed"},
	cli.ExitCode{Code: exitBudget, Name: "over-budget", Next: "spend less or later, or have the budget changed; nothing was spent",
		Meaning: "a budget does not allow it"},
	cli.ExitCode{Code: exitUnknown, Name: "unknown", Next: "look it up, as the message says; never just do it again",
		Meaning: "whether it was paid or recorded is not known"},
	cli.ExitCode{Code: exitUnserved, Name: "unserved", Next: "repeat the same call: it is not paid twice",
		Meaning: "it was paid, and what it was paid for did not come"},
)

// ofEconctl is what econctl says of itself to programs.
func ofEconctl() cli.About {
	return cli.About{Codes: codes, Values: valuesOf, Environment: []cli.Variable{
		{Name: keyfile.PassphraseEnv, Meaning: "path of a file with the passphrase of the key file, where --passphrase-file is not given"},
		{Name: "XDG_CONFIG_HOME", Meaning: "folder with econctl/config.yaml, where --config is not given (default ~/.config)"},
		{Name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY", Meaning: "proxy of what is sent over HTTP"},
	}}
}

func codeName(code int) string {
	i := slices.IndexFunc(codes, func(c cli.ExitCode) bool { return c.Code == code })
	if i < 0 {
		return "failed"
	}
	return codes[i].Name
}

// codeOf is the exit code for what a command returned.
func codeOf(err error) int {
	if code := cli.Code(err); code != cli.ExitFailed {
		return code
	}
	for _, k := range kinds {
		if k.is(err) {
			return k.code
		}
	}
	var p *client.Problem
	var service *serviceError
	var spend *client.SpendRefusedError
	switch {
	case errors.As(err, &p):
		return codeOfProblem(p)
	case errors.As(err, &spend):
		if slices.Contains(overBudget, spend.Check.Refused.Rule) {
			return exitBudget
		}
		return exitRefused
	case errors.As(err, &service):
		return codeOfStatus(service.status)
	}
	return exitFailed
}

// kinds are the errors that mean the same wherever they come from, the gravest first: an
// error may be of several.
var kinds = []struct {
	code int
	is   func(error) bool
}{
	{exitUnknown, func(err error) bool {
		return errors.Is(err, wallet.ErrUnresolved) || errors.Is(err, client.ErrNoReceipt) || as[*uncertainError](err)
	}},
	{exitAlarm, func(err error) bool {
		return as[*client.PromiseError](err) || as[*client.LogKeyError](err) || as[*client.OfferError](err)
	}},
	{exitUnserved, as[*client.UnservedError]},
	{exitUnpaid, func(err error) bool {
		return is(err, wallet.ErrTooDear, wallet.ErrNoPayer, wallet.ErrNotBought, wallet.ErrPayment, wallet.ErrDemand, errMissingLND)
	}},
	{exitAway, func(err error) bool {
		return as[*client.UnreachedError](err) || as[*client.NotEcondError](err) || as[*unansweredError](err) || errors.Is(err, wallet.ErrUnavailable)
	}},
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func is(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

// overBudget are the rules by which a budget refuses, approvals left out: they are to be had.
var overBudget = []string{budget.RuleBudget, budget.RuleExpiry, budget.RuleRecipient, budget.RulePurpose, budget.RuleCap, budget.RulePeriod,
	budget.RuleCeiling, budget.RuleVelocity}

func codeOfProblem(p *client.Problem) int {
	if p.Status == http.StatusUnprocessableEntity && slices.Contains(overBudget, p.Rule) {
		return exitBudget
	}
	return codeOfStatus(p.Status)
}

func codeOfStatus(status int) int {
	switch {
	case status == http.StatusPaymentRequired:
		return exitUnpaid
	case status == http.StatusNotFound || status == http.StatusGone:
		return exitNotFound
	case status == http.StatusConflict:
		return exitConflict
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status > http.StatusInternalServerError:
		return exitAway
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return exitRefused
	}
	return exitFailed
}

// serviceError is the answer of a service that was called, other than success.
type serviceError struct {
	host, said string
	status     int
}

func (e *serviceError) Error() string { return e.host + " answers " + e.said }

// uncertainError is a request whose answer was lost after it went out.
type uncertainError struct{ err error }

func (e *uncertainError) Error() string { return e.err.Error() }
func (e *uncertainError) Unwrap() error { return e.err }

// uncertain marks the loss of the answer to an operation: it may be recorded. Where nobody
// was reached it is not.
func uncertain(err error) error {
	var unreached *client.UnreachedError
	var way *net.OpError
	if errors.As(err, &unreached) && !(errors.As(err, &way) && way.Op == "dial") {
		return &uncertainError{err}
	}
	return err
}
