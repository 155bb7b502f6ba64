package admission

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Desk says what calls cost and counts what their tokens buy. Its fields do not change.
type Desk struct {
	Mode    Mode
	Service string // in tokens
	Node    Prices
	Gate    Counter // nil where nobody charges
	Now     func() time.Time
}

// Pass is what the token of one call still buys. A nil Pass is that of a call that
// costs nothing: all its methods let through. It belongs to one call.
type Pass struct {
	Resource string
	Sat      int64
	Grant    l402.Grant       // with nothing left, if the token is used up
	Unpaid   error            // what is wrong with the token, if it buys nothing at all
	Tell     func(left int64) // is told what is left whenever that changes; or nil

	desk  *Desk
	taken int64 // and not given back
}

// Admit looks at the token of a call for a resource, which check does, and takes nothing
// yet. One that is used up is admitted with nothing left; without a good one the pass is
// Unpaid. The error is a *CredentialError, or says what the node cannot do now.
func (d *Desk) Admit(resource string, check func(l402.Need) (l402.Grant, error)) (*Pass, error) {
	if d.Mode == Off || resource == "" {
		return nil, nil
	}
	sat := d.Node.PriceSat(resource)
	if sat == 0 {
		return nil, nil
	}
	if resource == constitution.ResourceOperations && len(d.Node.Recovery()) > 0 {
		return nil, node.ErrRecovery // before anybody pays
	}
	p := &Pass{Resource: resource, Sat: sat, desk: d}
	grant, err := check(l402.Need{Service: d.Service, Capability: resource, AgentLater: true})
	switch p.Grant = grant; {
	case err == nil, errors.Is(err, l402.ErrUsedUp):
		return p, nil
	case errors.Is(err, l402.ErrUnavailable):
		return nil, err
	case !l402.NeedsPayment(err):
		return nil, &CredentialError{err}
	}
	p.Unpaid = err
	return p, nil
}

// CredentialError refuses a credential that paying again would not cure.
type CredentialError struct{ Err error }

// Error says what is wrong with it.
func (e *CredentialError) Error() string {
	var known *l402.Error
	if errors.As(e.Err, &known) {
		return known.Error()
	}
	return "the L402 credential is not valid"
}

// Bound tells whether the token pays for one agent alone, and has uses left.
func (p *Pass) Bound() bool { return p != nil && p.Grant.Left > 0 && !p.Grant.Agent.IsZero() }

// UsedUp tells whether the token has nothing left.
func (p *Pass) UsedUp() bool { return p != nil && p.Grant.Left == 0 }

// Take takes up to n uses. The error is l402.ErrUsedUp where there are fewer.
func (p *Pass) Take(n int64) (int64, error) {
	if p == nil {
		return n, nil
	}
	taken, err := p.desk.Gate.Take(p.desk.Now(), &p.Grant, n)
	p.taken += taken
	p.tell()
	return taken, err
}

// GiveBack returns uses that were not served, at most those that were taken.
func (p *Pass) GiveBack(n int64) {
	if p == nil {
		return
	}
	if n = min(n, p.taken); n > 0 {
		p.taken -= n
		p.desk.Gate.GiveBack(&p.Grant, n)
		p.tell()
	}
}

func (p *Pass) tell() {
	if p.Tell != nil {
		p.Tell(p.Grant.Left)
	}
}

// StrangerError refuses what a token bound to an agent is not to pay for.
type StrangerError struct {
	Bound  l402.AgentKey
	Signer op.PublicKey
}

// Error names both keys.
func (e *StrangerError) Error() string {
	return fmt.Sprintf("the token is bound to %s and pays for what that key signs; this is signed by %s", e.Bound, e.Signer)
}

// SignedBy refuses what a token bound to an agent is not to pay for: what another
// key signed, or did not sign.
func (p *Pass) SignedBy(e *op.Event) error {
	if p == nil || p.Grant.Agent.IsZero() {
		return nil
	}
	if p.Grant.Agent == l402.AgentKey(e.PubKey) {
		return e.Verify()
	}
	return &StrangerError{p.Grant.Agent, e.PubKey}
}

// PayOperation takes the use that one operation costs; what is recorded already costs
// nothing once the token is used up. The error is l402.ErrUsedUp, the counter's, or says
// that the token is not for it.
func (p *Pass) PayOperation(e *op.Event) error {
	if p == nil {
		return nil
	}
	if err := p.SignedBy(e); err != nil {
		return err
	}
	if p.UsedUp() && p.Repeats(e) {
		return nil
	}
	_, err := p.Take(1)
	return err
}

// Repeats tells whether the log has an event.
func (p *Pass) Repeats(e *op.Event) bool { return p.desk.Node.Recorded(e)[0] }

// PayBatch takes a use for each event that is there without an error and not recorded
// already, and tells for which it did. Those that the token does not pay for get an
// error, of short where the token has too few uses, and lose their event.
func (p *Pass) PayBatch(events []*op.Event, errs []error, short func() error) (paid []bool) {
	paid = make([]bool, len(events))
	if p == nil {
		return paid
	}
	known, due := p.desk.Node.Recorded(events...), int64(0)
	for i, e := range events {
		if e == nil || errs[i] != nil {
			continue
		}
		if errs[i] = p.SignedBy(e); errs[i] == nil && !known[i] {
			paid[i] = true
			due++
		}
	}
	taken, err := int64(0), error(nil)
	if due > 0 {
		taken, err = p.Take(due)
	}
	if err == nil || errors.Is(err, l402.ErrUsedUp) {
		err = nil
	}
	for i := range events {
		switch {
		case paid[i] && taken > 0:
			taken--
		case paid[i]:
			if paid[i], errs[i] = false, err; err == nil {
				errs[i] = short()
			}
		}
		if errs[i] != nil {
			events[i] = nil
		}
	}
	return paid
}

// Settle gives back what was taken for operations that turned out to cost nothing; see
// Used.
func (p *Pass) Settle(paid []bool, results []node.Result, counts func(error) bool) {
	free := int64(0)
	for i := range paid {
		if paid[i] && !Used(results[i].Receipt, results[i].Err, counts) {
			free++
		}
	}
	p.GiveBack(free)
}

// Used tells whether what the node says about an operation uses a token up: a new
// receipt, what may have been recorded, and a refusal that counts.
func Used(receipt view.Receipt, err error, counts func(error) bool) bool {
	if err == nil {
		return !receipt.Replay
	}
	return errors.Is(err, node.ErrUnconfirmed) || counts(err)
}

// HeaderError refuses a header field by which a caller says what it buys.
type HeaderError struct {
	Field, Rule string
	Err         error
}

// Error names the field.
func (e *HeaderError) Error() string { return e.Field + ": " + e.Err.Error() }

// Ask composes what is asked of the gate for a call that is not paid, from its header
// and, of operations in NDJSON, its body. The error is a *HeaderError, or
// node.ErrRecovery: nothing is sold.
func (p *Pass) Ask(caller l402.Caller, h http.Header, body io.Reader, ndjson bool) (l402.Ask, error) {
	if len(p.desk.Node.Recovery()) > 0 {
		return l402.Ask{}, node.ErrRecovery
	}
	uses, err := node.UsesOf(h, body, ndjson, p.Sat)
	if err != nil {
		return l402.Ask{}, &HeaderError{l402.UsesHeader, "uses", err}
	}
	agent, customer, field, err := node.AgentsOf(h)
	if err != nil {
		return l402.Ask{}, &HeaderError{field, "agent", err}
	}
	return l402.Ask{Caller: caller, Need: l402.Need{Service: p.desk.Service, Capability: p.Resource, Agent: agent},
		Customer: customer, Uses: uses, PriceMsat: uses * p.Sat * 1000}, nil
}
