package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// follower follows a log from a key that is known to the one that econd names, by the entries that hand it over: each
// is signed by the key before it and the one after it, stands under a head that the newest key
// signed, and states a head that this one goes on from.
type follower struct {
	c      *Client
	keys   logkey.Keys
	newest note.Verifier
	head   anchor.SignedCheckpoint // the largest that was shown
}

// followKey follows the log to the key that econd names, and returns what is known of it then.
func (c *Client) followKey(ctx context.Context, from string, known KnownLog, about view.Info) (KnownLog, error) {
	f := &follower{c: c}
	var err error
	if f.keys, err = logkey.First(from); err != nil {
		return known, err
	}
	if f.newest, err = notekey.LogVerifier(about.Log.VerifierKey); err != nil {
		return known, err
	}
	if n := len(about.Log.Handovers); n > logkey.MaxHandovers {
		return known, fmt.Errorf("it names %d handovers, a log has at most %d", n, logkey.MaxHandovers)
	}
	for _, seq := range about.Log.Handovers {
		if err := f.take(ctx, seq); err != nil {
			return known, fmt.Errorf("entry %d: %w", seq, err)
		}
	}
	if f.keys.Current().Text != about.Log.VerifierKey {
		return known, fmt.Errorf("it shows no entry by which %s handed the log over to it", f.keys.Current().Text)
	}
	return f.goesOn(ctx, known)
}

// take follows one handover. One from before the key that is known is passed over.
func (f *follower) take(ctx context.Context, seq uint64) error {
	e, err := f.c.entry(ctx, seq)
	if err != nil {
		return err
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return err
	}
	k, ok := content.(*op.LogKey)
	if !ok || k.Size != seq {
		return fmt.Errorf("is a %s, and no handover at its place", e.Event.Kind)
	}
	h := logkey.Handover{Size: k.Size, Root: k.Root, Key: k.LogVerifier, Old: k.OldSignature, New: k.NewSignature}
	keys, err := f.keys.Add(h)
	if errors.Is(err, logkey.ErrOld) && len(f.keys.Handovers()) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	f.keys = keys
	return f.stands(ctx, e, h)
}

// stands demands that a handover is in the log under a head of the newest key, which goes on from the one it states.
func (f *follower) stands(ctx context.Context, e *op.Entry, h logkey.Handover) error {
	proof, err := f.c.OperationProof(e.Event.ID).Get(ctx)
	if err != nil {
		return err
	}
	p, err := promise.Open(proof, e.Event, e.Seq, e.Stamp, f.newest)
	if err != nil {
		return err
	}
	if p.Checkpoint.Size > f.head.Size {
		f.head = p.Checkpoint
	}
	return f.c.goes(ctx, offer.Head{Size: h.Size, Root: h.Root}, headOf(p.Checkpoint))
}

// goesOn demands that the newest head goes on from the one that is known, which must not be one that the old key signed
// after its last.
func (f *follower) goesOn(ctx context.Context, known KnownLog) (KnownLog, error) {
	seen, err := known.head()
	if err != nil {
		return known, err
	}
	if last := f.keys.Handovers()[0].Size; known.LogKey == f.keys.All()[0].Text && seen.Size > last {
		return known, fmt.Errorf("%w: a head of %d entries was seen by a key whose last one is of %d", offer.ErrHistory, seen.Size, last)
	}
	if err := f.c.goes(ctx, seen, headOf(f.head)); err != nil {
		return known, err
	}
	if uint64(f.head.Size) > seen.Size {
		known.Head = string(f.head.Note)
	}
	return known, nil
}

// goes demands the proof that one head goes on from the other.
func (c *Client) goes(ctx context.Context, a, b offer.Head) error {
	path, err := c.between(ctx, a, b)
	if err != nil {
		return err
	}
	return offer.Goes(a, b, path)
}

func headOf(c anchor.SignedCheckpoint) offer.Head {
	return offer.Head{Size: uint64(c.Size), Root: c.Root}
}

// entry is the one at a place of the log, signed by its author.
func (c *Client) entry(ctx context.Context, seq uint64) (*op.Entry, error) {
	for line, err := range c.LogLines(ctx, seq, seq+1) {
		if err != nil {
			return nil, err
		}
		e, err := op.DecodeEntry(line)
		if err != nil {
			return nil, err
		}
		if e.Seq != seq || !bytes.Equal(e.Marshal(), line) {
			return nil, fmt.Errorf("econd gives entry %d for it, or not in its one form", e.Seq)
		}
		return e, e.Event.Verify()
	}
	return nil, errors.New("econd gives none")
}

// underKey does what takes the key of the log, and once more if it fails and the log went over to another key since.
func (c *Client) underKey(ctx context.Context, do func(note.Verifier) error) error {
	key, err := c.logKey(ctx)
	if err != nil {
		return err
	}
	if key == nil {
		return errors.New("econd names no key of its log")
	}
	first := do(key)
	if first == nil {
		return nil
	}
	present := *c
	present.at = ""
	about, err := present.Info().Get(ctx)
	if err != nil || about.Log.VerifierKey == c.knownKey() {
		return first
	}
	if err := c.meet(ctx, about); err != nil {
		return errors.Join(first, err)
	}
	if key, err = c.logKey(ctx); err != nil || key == nil {
		return first
	}
	return do(key)
}

func (c *Client) knownKey() string {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	return c.seen.key
}
