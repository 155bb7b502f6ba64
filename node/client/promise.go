package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// ErrPromise says that what econd signed in an answer is not right.
var ErrPromise = errors.New("econd's signed word is not right")

// PromiseError is a promise, or the proof of a refusal, that does not hold. Keep it, with
// the event: it tells of a fault, or of an operator who cheats.
type PromiseError struct {
	Event *op.Event
	Text  string // what was signed, or should be
	Err   error
}

// Error says what is wrong with it.
func (e *PromiseError) Error() string {
	return fmt.Sprintf("%v: %v; keep the answer and the event, and ask others for the log", ErrPromise, e.Err)
}

// Unwrap gives errors.Is the kind and the cause.
func (e *PromiseError) Unwrap() []error { return []error{ErrPromise, e.Err} }

// logKey is the key of the log, asked for once.
func (c *Client) logKey(ctx context.Context) (note.Verifier, error) {
	if _, err := c.Economy(ctx); err != nil {
		return nil, err
	}
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	return c.seen.log, nil
}

// checkPromise checks what came with a receipt.
func (c *Client) checkPromise(ctx context.Context, e *op.Event, r view.Receipt) error {
	if r.Promise == "" {
		return nil
	}
	if _, err := c.logKey(ctx); err != nil {
		return err
	}
	err := c.underKey(ctx, func(key note.Verifier) error {
		_, err := promise.Open([]byte(r.Promise), e, r.Seq, op.Stamp{TimeMs: r.TimeMs, Height: r.Height, BlockHash: r.Block}, key)
		return err
	})
	if err == nil {
		err = c.possible(r)
	}
	if err != nil {
		return &PromiseError{Event: e, Text: r.Promise, Err: err}
	}
	return nil
}

// aheadMost is how far a stamp may lie ahead of the caller's clock: by the rules of every economy a
// stamp fits the event, which the caller's clock dates, and blocks may be two hours off.
const aheadMost = 2 * time.Hour

// possible refuses what no log says of an operation, whoever signed it.
func (c *Client) possible(r view.Receipt) error {
	if r.Seq == 0 {
		return errors.New("it is of entry 0, which is the genesis of every log")
	}
	if at, now := time.UnixMilli(r.TimeMs), c.cfg.Now(); at.After(now.Add(aheadMost)) {
		return fmt.Errorf("the entry is stamped %s, more than two hours after %s by this clock", at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkRefusal checks the proof of a refusal, if it has one, and returns the refusal. A proof that no
// known key can be held against is none.
func (c *Client) checkRefusal(ctx context.Context, e *op.Event, refused error) error {
	var p *Problem
	if !errors.As(refused, &p) || p.Proof == "" {
		return refused
	}
	err := c.underKey(ctx, func(key note.Verifier) error {
		_, err := promise.OpenRefusalOf(e.ID, []byte(p.Proof), key)
		return err
	})
	if err != nil {
		return &PromiseError{Event: e, Text: p.Proof, Err: errors.Join(err, refused)}
	}
	return refused
}
