package spending

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// over tells whether nothing more becomes of a spend by itself.
func over(state string) bool { return state == "settled" || state == "failed" || state == "asked" }

// await waits until a spend is over, or for so long.
func (d *Desk) await(ctx context.Context, p view.Payment, replay bool, wait time.Duration) (view.SpendResult, error) {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for size := d.Node.Size(); !over(p.State); {
		next, err := d.Node.WaitSize(waiting, size)
		if waiting.Err() != nil {
			break
		}
		if err != nil {
			return view.SpendResult{}, err
		}
		size = next
		p, _ = d.spend(p.ID)
	}
	v := view.SpendResult{Payment: p, Replay: replay}
	switch {
	case p.Type != op.SpendURL:
		return v, nil
	case p.State == "settled":
		return d.deliver(ctx, v)
	case p.State != "failed":
		return v, nil
	}
	a, kept, err := d.Book.Answer(p.ID, p.Tries) // of an origin that wanted no payment
	if kept {
		v.Response = responseOf(a)
	}
	return v, err
}

func responseOf(a node.Answer) *view.SpendAnswer {
	r := &view.SpendAnswer{Status: a.Status, Body: a.Body, Cut: a.Cut, Header: map[string]string{}}
	for k, values := range a.Header {
		r.Header[k] = strings.Join(values, ", ")
	}
	return r
}

// deliver adds what whoever was paid answers, asked now or before.
func (d *Desk) deliver(ctx context.Context, v view.SpendResult) (view.SpendResult, error) {
	p := v.Payment
	a, kept, err := d.Book.Answer(p.ID, p.Tries)
	if err != nil {
		return v, err
	}
	if !kept {
		if a, err = d.ask(ctx, p); err != nil {
			v.Failure = err.Error()
			return v, nil
		}
		if err := d.Book.KeepAnswer(p.ID, p.Tries, a); err != nil {
			return v, err
		}
	}
	v.Response = responseOf(a)
	return v, nil
}

// errGone says that what was paid for cannot be asked for any more.
var errGone = errors.New("what was asked is not kept any more")

func (d *Desk) ask(ctx context.Context, p view.Payment) (node.Answer, error) {
	if d.Payees == nil {
		return node.Answer{}, errGone
	}
	t, err := d.Book.Texts(p.ID, p.Commitment)
	if err != nil {
		return node.Answer{}, errGone
	}
	b, kept, err := d.Book.Bill(p.ID, p.Tries)
	if err != nil || !kept {
		return node.Answer{}, errGone
	}
	return d.Payees.Deliver(ctx, p, t, b)
}

// Result is what became of a spend, for a key that may spend from its wallet.
func (d *Desk) Result(ctx context.Context, id string, by op.PublicKey, wait time.Duration) (view.SpendResult, error) {
	p, ok := d.spend(id)
	if !ok {
		return view.SpendResult{}, refusal.New(refusal.ErrNotFound, "id", "spend", "no spend %+q", id)
	}
	if err := d.maySpend(p.Wallet, by); err != nil {
		return view.SpendResult{}, err
	}
	return d.await(ctx, p, true, wait)
}
