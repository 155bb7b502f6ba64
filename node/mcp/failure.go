package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// InputError is an argument that cannot be.
type InputError struct{ Field, Text string }

// Error names the argument.
func (e *InputError) Error() string { return e.Field + ": " + e.Text }

func badInput(field, format string, args ...any) error {
	return &InputError{field, fmt.Sprintf(format, args...)}
}

// Failed is why a call did not do what it was asked to do: what a result with isError says,
// as JSON.
type Failed struct {
	Marks
	// What it is: input (an argument is wrong), refused (econd or its rules say no), limit (of
	// this run), price, payment, not_served (paid and not served), unreached, unfinished, fault.
	Kind    string           `json:"kind"`
	Message string           `json:"message"`           // in words of this program
	Status  int              `json:"status,omitempty"`  // of HTTP, from econd
	Rule    string           `json:"rule,omitempty"`    // that was broken
	Field   string           `json:"field,omitempty"`   // what is wrong
	Numbers map[string]int64 `json:"numbers,omitempty"` // behind it
	Payment string           `json:"payment,omitempty"` // hash of a payment that was made
	Detail  *Text            `json:"detail,omitempty"`  // what was said, which may quote others
	Next    string           `json:"next"`              // what to do
}

// toolError is a Failed as the SDK takes errors: its text is the result.
type toolError string

func (e toolError) Error() string { return string(e) }

// failure writes an error for a model.
func (s *Server) failure(ctx context.Context, err error) error {
	out, fits := fitted(func(p *pen) struct {
		Error Failed `json:"error"`
	} {
		f := failed(ctx, p, err)
		f.mark(p.said())
		return struct {
			Error Failed `json:"error"`
		}{f}
	})
	if fits != nil {
		return fits
	}
	data, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return toolError(data)
}

// failed sorts an error.
func failed(ctx context.Context, p *pen, err error) Failed {
	var input *InputError
	var limit *LimitError
	var price *wallet.PriceError
	var demand *wallet.DemandError
	var unserved *client.UnservedError
	var problem *client.Problem
	var unreached *client.UnreachedError
	var recorded *recordedError
	var spend *client.SpendRefusedError
	var unanswered *notServedError
	switch {
	case errors.As(err, &spend):
		return refusedSpend(p, spend.Check)
	case errors.As(err, &unanswered):
		return Failed{Kind: "not_served", Message: "the wallet paid, and there is no answer yet", Payment: word(unanswered.result.Payment.ID), Detail: p.long(err.Error(), 0),
			Next: "Repeat the same call: it asks for the answer again and pays nothing."}
	case errors.Is(err, client.ErrSpendChanged):
		return Failed{Kind: "fault", Message: "econd would have had something else signed than was asked for; nothing was signed", Next: "Tell the person who runs you: econd is at fault or dishonest."}
	case errors.As(err, &recorded):
		f := failed(ctx, p, recorded.err)
		f.Message = fmt.Sprintf("%s is recorded as entry %d, id %s, and its sats are not locked: %s", recorded.done.Operation, recorded.done.Entry, recorded.done.ID, f.Message)
		return f
	case errors.As(err, &input):
		said, _ := escape(input.Text, 2*shortText) // of the arguments, which are the model's own
		return Failed{Kind: "input", Field: input.Field, Message: said, Next: "Correct the argument and call again."}
	case errors.As(err, &unserved):
		return Failed{Kind: "not_served", Message: "it was paid and not served", Payment: unserved.Paid.Hash.String(), Detail: p.long(err.Error(), 0),
			Numbers: map[string]int64{"paid_sat": unserved.Paid.Sat()},
			Next:    "Repeat the same call: it goes on with what is paid and pays nothing again. If that fails, rate the service by the payment."}
	case errors.As(err, &limit):
		return Failed{Kind: "limit", Message: limit.Error(), Numbers: map[string]int64{"asked": limit.Asked, "used": limit.Used, "limit": limit.Limit},
			Next: "Nothing was done. Only the person who runs econctl mcp can raise it (--session-sats, --session-operations)."}
	case errors.As(err, &price):
		return Failed{Kind: "price", Message: "it costs more than this call allows; nothing was paid",
			Numbers: map[string]int64{"price_sat": price.Price.Sat, "fee_limit_sat": price.Price.FeeLimitSat, "limit_sat": price.MaxSats},
			Next:    "If it is worth it, call again with max_sats of at least the price, up to the max_sats that the tool economy shows."}
	case errors.As(err, &demand):
		return Failed{Kind: "payment", Message: "the way it asks for payment must not be paid", Detail: p.long(err.Error()+"; it says: "+string(demand.Said), 0), Next: "Do not pay it by other means; choose another service."}
	case errors.Is(err, wallet.ErrNoPayer):
		return Failed{Kind: "payment", Message: "it costs sats, and no Lightning node is configured to pay with", Next: "Ask the person who runs econctl mcp to set lnd in econctl's configuration."}
	case errors.Is(err, wallet.ErrUnresolved):
		return Failed{Kind: "unfinished", Message: "the payment is under way; whether it arrives is not known yet", Next: "Repeat the same call later: it looks the payment up and does not pay again."}
	case errors.Is(err, wallet.ErrPayment):
		return Failed{Kind: "payment", Message: "the payment failed; nothing was spent", Detail: p.long(err.Error(), 0), Next: "Try again later, or choose another service."}
	case errors.Is(err, client.ErrNoReceipt):
		return Failed{Kind: "unfinished", Message: "econd's answer is no receipt; whether the operation is recorded is not known", Next: "Repeat the same call: it hands in the same event, which counts once."}
	case errors.As(err, &problem):
		return refused(p, problem)
	case errors.As(err, &unreached):
		return Failed{Kind: "unreached", Message: "econd does not answer", Detail: p.long(err.Error(), 0), Next: "Repeat the same call later; nothing is done twice."}
	case ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return Failed{Kind: "unfinished", Message: "it was not finished in time", Next: "Repeat the same call: it goes on where it stopped, and nothing is done twice."}
	}
	return Failed{Kind: "fault", Message: "it failed", Detail: p.long(err.Error(), 0), Next: "If the detail names nothing to correct, repeat the same call once; nothing is done twice."}
}

// refused writes a refusal of econd.
func refused(p *pen, e *client.Problem) Failed {
	f := Failed{Kind: "refused", Status: e.Status, Rule: word(e.Rule), Field: word(e.Field), Detail: p.long(e.Detail, 0)}
	switch {
	case e.Rule != "" && e.Status != http.StatusNotFound:
		f.Message = "the rules of the economy refuse it; nothing changed"
	case e.Status == http.StatusNotFound:
		f.Message = "there is no such thing"
	default:
		f.Message = "econd refuses it"
	}
	switch e.Status {
	case http.StatusNotFound:
		f.Next = "Take the id from a list of this server, and check it."
	case http.StatusPaymentRequired:
		f.Next = "It costs sats and nobody pays: ask the person who runs econctl mcp to set lnd in its configuration."
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		f.Kind, f.Next = "unfinished", "Wait a little and repeat the same call; nothing is done twice."
	default:
		f.Next = "Read rule, field and detail; change what they name, or leave it. dry_run shows what the rules would say."
	}
	return f
}

// refusedSpend writes why the rules of a wallet do not take a spend.
func refusedSpend(p *pen, c view.SpendCheck) Failed {
	f := Failed{Kind: "refused", Message: "the wallet's rules refuse it; nothing was signed or paid", Numbers: map[string]int64{"amount_msat": c.Content.AmountMsat, "fee_limit_msat": c.Content.FeeLimitMsat},
		Next: "Ask for less, pay another recipient, wait for the next period, or choose another wallet; wallets shows what the budget allows."}
	if r := c.Refused; r != nil {
		f.Rule, f.Field, f.Detail = word(r.Rule), word(r.Field), p.long(r.Text, 0)
	}
	if c.Trace == nil {
		return f
	}
	for _, step := range c.Trace.Rules {
		if !step.Passed {
			f.Numbers["limit_msat"], f.Numbers["used_msat"], f.Numbers["left_msat"] = step.LimitMsat, step.UsedMsat, step.LeftMsat
			break
		}
	}
	return f
}
