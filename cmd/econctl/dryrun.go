package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
)

// A dry run goes as far as what would be signed or paid, shows it, and ends. That it does
// neither is not left to the commands: it opens no Lightning node (app.lightning), and what
// signs shows the event instead (lazily). What it asks econd is free; what is not is
// refused. It says what the form of an operation and its price are, not whether the rules
// take it: they judge by the state at the instant of entry, and only an entry tells.

// errShown ends a dry run that showed what it had to.
var errShown = errors.New("shown, not done")

// errDryPay is why a dry run pays nothing.
var errDryPay = errors.New("a dry run opens no Lightning node")

// dryView is what a dry run prints as JSON.
type dryView struct {
	DryRun  bool            `json:"dry_run"`           // true
	Event   *unsignedEvent  `json:"event,omitempty"`   // that would be signed
	Request *requestView    `json:"request,omitempty"` // that would be sent
	Payment *paymentView    `json:"payment,omitempty"` // that would be made
	Cost    *costView       `json:"cost,omitempty"`
	Unknown string          `json:"unknown,omitempty"` // what only the act itself tells
	Content json.RawMessage `json:"content,omitempty"` // of the event, as JSON
}

// unsignedEvent is an event without id and signature.
type unsignedEvent struct {
	PubKey    string     `json:"pubkey,omitempty"` // absent where the key file is sealed
	CreatedAt int64      `json:"created_at"`
	Kind      op.Kind    `json:"kind"`
	Name      string     `json:"name"`
	Tags      [][]string `json:"tags"`
	Content   string     `json:"content"`
}

// requestView is a request of a service.
type requestView struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"` // without its query
	Headers http.Header `json:"headers"`
}

// paymentView is a Lightning payment.
type paymentView struct {
	AmountSat   int64  `json:"amount_sat"`
	FeeLimitSat int64  `json:"fee_limit_sat"`
	Invoice     string `json:"invoice"`
}

// costView is what handing an operation in, or a call, costs, in sats.
type costView struct {
	Sat          int64  `json:"sat"` // for one
	Uses         int64  `json:"uses"`
	MaxSats      int64  `json:"max_sats"`
	MaxTotalSats int64  `json:"max_total_sats"`
	Says         string `json:"says"`
}

const unjudged = "whether the rules take it: econd judges by the state at the instant of entry"

// show prints what a dry run found and ends it.
func (a *app) show(v dryView, text string) error {
	v.DryRun = true
	if err := a.print(v, text+"dry run: nothing was signed, sent or paid\n"); err != nil {
		return err
	}
	return errShown
}

// showOperation shows the event that a command would sign and hand in, and its price.
func (a *app) showOperation(ctx context.Context, kind op.Kind, content any) error {
	e, err := a.econd.Draft(ctx, kind, content)
	if errors.Is(err, client.ErrContent) {
		return cli.Usage(err)
	}
	if err != nil {
		return err
	}
	info, err := a.econd.Info().Get(ctx)
	if err != nil {
		return err
	}
	cost := costView{Uses: max(1, a.cfg.Uses), MaxSats: a.cfg.MaxSats, MaxTotalSats: a.cfg.MaxTotalSats, Says: "free"}
	for _, p := range info.Prices {
		if p.Resource == constitution.ResourceOperations && info.L402.Mode != "off" {
			cost.Sat = p.Sat
		}
	}
	if cost.Sat > 0 {
		cost.Says = fmt.Sprintf("%d sat each; a token for %d is bought for %d sat, or a kept one used", cost.Sat, cost.Uses, cost.Sat*cost.Uses)
	}
	return a.showEvent(e, &cost)
}

// shown is the signer of a dry run: of an operation, or of a request by NIP-98.
func (a *app) shown(e *op.Event) error { return a.showEvent(e, nil) }

func (a *app) showEvent(e *op.Event, cost *costView) error {
	v := dryView{Event: &unsignedEvent{PubKey: a.openKey(), CreatedAt: e.CreatedAt, Kind: e.Kind, Name: e.Kind.String(), Tags: e.Tags, Content: e.Content},
		Cost: cost}
	text := fmt.Sprintf("would sign kind %d %s\n", uint16(e.Kind), e.Kind)
	if v.Event.PubKey != "" {
		text += "pubkey   " + v.Event.PubKey + "\n"
	}
	for _, t := range e.Tags {
		text += "tag      " + oneLine(fmt.Sprint(t)) + "\n"
	}
	if e.Content != "" {
		text += "content  " + oneLine(e.Content) + "\n"
	}
	if json.Valid([]byte(e.Content)) {
		v.Content = json.RawMessage(e.Content)
	}
	if cost != nil {
		v.Unknown = unjudged
		text += "cost     " + cost.Says + "\nunknown  " + unjudged + "\n"
	}
	return a.show(v, text)
}

// openKey is the public key of the key file where that can be read without a passphrase.
func (a *app) openKey() string {
	if !a.byKeyfile() || a.asks() {
		return ""
	}
	self, err := a.self()
	if err != nil {
		return ""
	}
	return self.String()
}

// showHold shows the payment that locks a hold, whose offer was proved.
func (a *app) showHold(h hold, invoice string) error {
	fee := wallet.FeeLimitSat(h.AmountSat)
	return a.show(dryView{Payment: &paymentView{h.AmountSat, fee, invoice}},
		fmt.Sprintf("would %s %d sat as %s, and at most %d sat for the route if they are kept; the log offers this invoice\n", paying(h.Hold), h.AmountSat, oneLine(h.Purpose), fee))
}

// showCall shows a request of a service. Its price is known when it is asked.
func (a *app) showCall(req *http.Request) error {
	cost := costView{Uses: 1, MaxSats: a.cfg.MaxSats, MaxTotalSats: a.cfg.MaxTotalSats,
		Says: fmt.Sprintf("at most %d sat without asking, and %d in 24 hours", a.cfg.MaxSats, a.cfg.MaxTotalSats)}
	text := fmt.Sprintf("would send %s %s\n", req.Method, oneLine(callURL(req)))
	headers := http.Header{}
	names := []string{}
	for name := range req.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		headers[name] = []string{"..."} // which may be a secret
		text += "header   " + oneLine(name) + "\n"
	}
	const unknown = "the price, which the service says when it is called"
	return a.show(dryView{Request: &requestView{req.Method, callURL(req), headers}, Cost: &cost, Unknown: unknown},
		text+"cost     "+cost.Says+"\nunknown  "+unknown+"\n")
}

// showBind says what bind has signed by the node, which a dry run does not ask.
func (a *app) showBind() error {
	const unknown = "the node's key and its signature, which your LND makes"
	return a.show(dryView{Event: &unsignedEvent{PubKey: a.openKey(), Kind: op.KindBindNode, Name: op.KindBindNode.String(), Tags: [][]string{}}, Unknown: unknown},
		"would have your LND sign that it is yours, and sign kind 3902 bind-node with that\nunknown  "+unknown+"\n")
}

// showConfirm says what confirm states, which only the agent's LND knows.
func (a *app) showConfirm(h hold) error {
	const unknown = "what your LND shows of the payment"
	return a.show(dryView{Event: &unsignedEvent{PubKey: a.openKey(), Kind: op.KindHoldConfirmed, Name: op.KindHoldConfirmed.String(), Tags: [][]string{}}, Unknown: unknown},
		fmt.Sprintf("would ask your LND about hold %s of %d sat, and state by kind %d what it shows\nunknown  %s\n", h.ID, h.AmountSat, uint16(op.KindHoldConfirmed), unknown))
}

// keptView is what a dry run of keep prints as JSON.
type keptView struct {
	DryRun bool    `json:"dry_run"` // true
	Due    []op.ID `json:"due"`     // holds that would be renewed now
}

// showKept lists the holds that would be renewed now, if the LND has their payments in flight.
func (a *app) showKept(ctx context.Context, only []op.ID) error {
	self, err := a.self()
	if err != nil {
		return err
	}
	_, holds, err := keptBy{a, self}.Holds(ctx)
	if err != nil {
		return err
	}
	v, text := keptView{DryRun: true, Due: []op.ID{}}, ""
	for _, h := range holds {
		if h.Renewal.DueHeight > 0 && h.Renewal.BlocksLeft == 0 && (len(only) == 0 || slices.Contains(only, h.ID)) {
			v.Due = append(v.Due, h.ID)
			text += fmt.Sprintf("would renew %s, %d sat\n", h.ID, h.AmountSat)
		}
	}
	if len(v.Due) == 0 {
		text = "no hold is due\n"
	}
	if err := a.print(v, text+"dry run: nothing was signed, sent or paid\n"); err != nil {
		return err
	}
	return errShown
}
