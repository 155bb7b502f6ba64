package signer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/econd/econd/node/op"
)

// The kinds of failure, for errors.Is. A context that ended is its own kind.
var (
	// ErrOtherKey: the event names a public key that is not the Signer's. Nothing was asked.
	ErrOtherKey = errors.New("the event is another key's")

	// ErrClosed: the Signer was closed.
	ErrClosed = errors.New("the signer is closed")

	// ErrAway: where the key lies does not answer now. The same call may be repeated.
	ErrAway = errors.New("the signer's key is out of reach")

	// ErrRefused: where the key lies will not sign this, or lets this program not sign.
	ErrRefused = errors.New("the signer refuses")

	// ErrSignature: what came back is no signature of the event by the key. It was thrown away.
	ErrSignature = errors.New("the signer answered with something else than the signature")
)

// Signer holds one agent's key. All methods may be called concurrently.
type Signer interface {
	// Public is the key that it signs by. It asks nobody, and answers after Close too.
	Public() op.PublicKey

	// Sign sets PubKey, ID and Sig of an event that is otherwise complete (NIP-01, BIP-340), and
	// nothing else of it. An event that names a key already must name this one. On any error the event is as it was;
	// where the key lies elsewhere it may have been signed there, and the same call may be
	// repeated. It returns soon after ctx ends. Errors: those of this package, and ctx's.
	Sign(ctx context.Context, e *op.Event) error

	// Close wipes the secret from memory where it lies there, and ends connections. Sign fails with ErrClosed
	// from then on. Closing again does nothing.
	Close() error
}

// Complete is the part of Sign that every adapter shares: it checks whose event it is, has a copy of it
// signed whose PubKey and ID are set, verifies the signature, and only then completes the event.
func Complete(ctx context.Context, public op.PublicKey, e *op.Event, sign func(context.Context, *op.Event) ([64]byte, error)) error {
	if e.PubKey != (op.PublicKey{}) && e.PubKey != public {
		return fmt.Errorf("%w: it names %s, the signer has %s", ErrOtherKey, e.PubKey, public)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	signed := copyOf(e, public)
	shown := copyOf(e, public)
	sig, err := sign(ctx, shown)
	if err != nil {
		return err
	}
	signed.Sig = sig
	if err := signed.Verify(); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	e.PubKey, e.ID, e.Sig = signed.PubKey, signed.ID, signed.Sig
	return nil
}

// copyOf is the event as the key's, with its id and without a signature.
func copyOf(e *op.Event, public op.PublicKey) *op.Event {
	c := &op.Event{PubKey: public, CreatedAt: e.CreatedAt, Kind: e.Kind, Tags: slices.Clone(e.Tags), Content: e.Content}
	for i, tag := range c.Tags {
		c.Tags[i] = slices.Clone(tag)
	}
	c.ID = c.Hash()
	return c
}
