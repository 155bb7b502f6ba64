package client

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// ErrOffer says that what econd asks sats for is not shown to be what its log offers.
// Nothing is to be paid.
var ErrOffer = errors.New("not paid")

// OfferError is a hold whose invoice must not be paid. Its kinds are ErrOffer and those of
// package offer.
type OfferError struct {
	Hold op.ID
	Err  error

	// Fact is the operator's hold-offered in the log, where it was proved: with it the
	// operator signed what is wrong. Nil: none was.
	Fact *promise.Kept
	// Seen and Shown are two signed heads that do not go on from one another, or "".
	Seen, Shown string
}

// Error says why.
func (e *OfferError) Error() string { return fmt.Sprintf("hold %s: %v: %v", e.Hold, ErrOffer, e.Err) }

// Unwrap gives errors.Is the kind and the cause.
func (e *OfferError) Unwrap() []error { return []error{ErrOffer, e.Err} }

// Offer proves that the log offers the invoice of a hold, by the key of the log that is
// known and under a head that goes on from the one that was seen last, and returns what may
// be paid. NowUnix may be 0 for the Client's clock. What was proved is known from then on.
// Errors: *OfferError, and as for One.Get.
func (c *Client) Offer(ctx context.Context, asked offer.Asked) (offer.Offer, error) {
	c.seen.proving.Lock()
	defer c.seen.proving.Unlock()
	present := *c
	present.at = ""
	wrong := &OfferError{Hold: asked.Hold}
	fail := func(err error) (offer.Offer, error) { wrong.Err = err; return offer.Offer{}, wrong }
	key, err := present.logKey(ctx)
	if err != nil {
		return offer.Offer{}, err
	}
	if key == nil {
		return fail(fmt.Errorf("%w: econd names no key of its log", offer.ErrProof))
	}
	if asked.NowUnix == 0 {
		asked.NowUnix = c.cfg.Now().Unix()
	}
	answer, err := present.StakeProof(asked.Hold).Get(ctx)
	if err != nil {
		return offer.Offer{}, fmt.Errorf("hold %s: %w: econd gives no proof of it: %w", asked.Hold, ErrOffer, err)
	}
	var proved *offer.Proved
	err = present.underKey(ctx, func(k note.Verifier) (err error) {
		key = k
		proved, err = offer.Open(answer, key)
		return err
	})
	if err != nil {
		return fail(err)
	}
	fact := proved.Fact()
	wrong.Fact = &fact
	known := c.knownLog()
	seen, err := known.head()
	if err != nil {
		return fail(err)
	}
	path, err := present.between(ctx, seen, proved.Head())
	if err != nil {
		return offer.Offer{}, fmt.Errorf("hold %s: %w: econd does not show that its log goes on from the head seen before: %w", asked.Hold, ErrOffer, err)
	}
	o, err := proved.Check(offer.Known{Log: key, Genesis: known.Genesis, Node: known.NodeKey, Head: seen}, path, asked)
	if errors.Is(err, offer.ErrHistory) {
		wrong.Seen, wrong.Shown = known.Head, string(proved.Note())
	}
	if err != nil {
		return fail(err)
	}
	return o, c.learn(o, proved)
}

// between asks for the consistency proof between two heads.
func (c *Client) between(ctx context.Context, a, b offer.Head) ([]op.Hash, error) {
	old, size := min(a.Size, b.Size), max(a.Size, b.Size)
	if old == 0 || old == size {
		return nil, nil
	}
	answer, err := c.Consistency(old, size).Get(ctx)
	return answer.Hashes, err
}

func (c *Client) knownLog() KnownLog {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	return c.seen.known
}

// learn keeps what an offer proved. A head that is older than the one known is forgotten:
// the later one covers it.
func (c *Client) learn(o offer.Offer, p *offer.Proved) error {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	known := c.seen.known
	known.Genesis, known.NodeKey = p.Genesis(), o.Payee()
	if head, err := known.head(); err == nil && p.Head().Size > head.Size {
		known.Head = string(p.Note())
	}
	if known == c.seen.known {
		return nil
	}
	c.seen.known = known
	if c.cfg.Logs == nil {
		return nil
	}
	if err := c.cfg.Logs.Keep(c.cfg.URL, known); err != nil {
		return fmt.Errorf("hold %s: %w: what was proved of the log is not kept: %w", o.Hold(), ErrOffer, err)
	}
	return nil
}
