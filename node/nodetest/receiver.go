package nodetest

import (
	"context"
	"sync"

	"github.com/econd/econd/node"
)

// Delivered is one attempt at a webhook as its receiver saw it.
type Delivered struct {
	ID, URL, Body string
}

// Receiver plays the receiver of webhooks and the way to it. It takes what it
// gets unless a test says otherwise.
type Receiver struct {
	mu      sync.Mutex
	seen    []Delivered
	answers []node.Delivery
}

// NewReceiver returns a Receiver that takes everything with status 204.
func NewReceiver() *Receiver { return &Receiver{} }

// Answer sets the answers to the next attempts; the last one stays.
func (r *Receiver) Answer(list ...node.Delivery) { r.mu.Lock(); defer r.mu.Unlock(); r.answers = list }

// Seen are all attempts so far.
func (r *Receiver) Seen() []Delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Delivered{}, r.seen...)
}

// Deliver implements node.Webhooks.
func (r *Receiver) Deliver(_ context.Context, id, url string, body []byte) node.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, Delivered{id, url, string(body)})
	if len(r.answers) == 0 {
		return node.Delivery{Outcome: node.DeliveryDone, Status: 204}
	}
	a := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	return a
}
