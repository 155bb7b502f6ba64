package promise

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// Promise is an opened promise.
type Promise struct {
	Entry      *op.Entry               // that stands in the log
	Checkpoint anchor.SignedCheckpoint // of a log that has it
}

// Open checks the promise that an event got: text is a C2SP tlog-proof, seq and at what
// the answer says of the entry. The caller has the event, so it makes the entry itself,
// and nothing of the answer is taken on trust but what the key signed. Further known keys
// are those of witnesses; the log's own must have signed.
func Open(text []byte, e *op.Event, seq uint64, at op.Stamp, log note.Verifier, witnesses ...note.Verifier) (Promise, error) {
	p, err := anchor.ParseInclusion(text)
	if err != nil {
		return Promise{}, fmt.Errorf("promise: %w: %w", ErrFormat, err)
	}
	if len(p.Extra) > 0 {
		return Promise{}, fmt.Errorf("promise: %w: an extra line, which nothing binds", ErrFormat)
	}
	if uint64(p.Index) != seq {
		return Promise{}, fmt.Errorf("promise: %w: it is of entry %d, the answer names entry %d", ErrOther, p.Index, seq)
	}
	if err := Signed(p.Checkpoint, log); err != nil {
		return Promise{}, err
	}
	entry := &op.Entry{Seq: seq, Stamp: at, Event: e}
	c, err := p.Verify(entry.Marshal(), log.Name(), append([]note.Verifier{log}, witnesses...)...)
	if err != nil {
		return Promise{}, fmt.Errorf("promise: %w: %w", ErrOther, err)
	}
	return Promise{Entry: entry, Checkpoint: c}, nil
}

// Signed tells whether a signed note carries the key's own signature.
func Signed(msg []byte, key note.Verifier) error {
	if _, err := note.Open(msg, note.VerifierList(key)); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}
