package promise

import (
	"bytes"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/op"
)

// Kept is an answer as its caller keeps it, in one line of JSON: what it sent, and what the
// operator signed for it. It holds either a promise or a refusal.
type Kept struct {
	Event  json.RawMessage `json:"event"` // as it was sent
	Seq    uint64          `json:"seq,omitempty"`
	TimeMs int64           `json:"time_ms,omitempty"`
	Height uint32          `json:"height,omitempty"`
	Block  *op.Hash        `json:"block,omitempty"`

	Promise string `json:"promise,omitempty"` // C2SP tlog-proof; Seq to Block are its entry's
	Refusal string `json:"refusal,omitempty"` // signed note
}

// Append appends the line, with its newline.
func (k Kept) Append(b []byte) ([]byte, error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(k); err != nil {
		return b, err
	}
	return append(b, line.Bytes()...), nil
}

// ParseKept reads a line and its event, as strictly as every document is read, and checks that
// event's id and signature.
func ParseKept(line []byte) (k Kept, e *op.Event, err error) {
	var in struct {
		Event   op.Raw   `json:"event"`
		Seq     uint64   `json:"seq,omitempty"`
		TimeMs  int64    `json:"time_ms,omitempty"`
		Height  uint32   `json:"height,omitempty"`
		Block   *op.Hash `json:"block,omitempty"`
		Promise string   `json:"promise,omitempty"`
		Refusal string   `json:"refusal,omitempty"`
	}
	if err := op.Unmarshal(line, "answer", &in); err != nil {
		return k, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	k = Kept{json.RawMessage(in.Event), in.Seq, in.TimeMs, in.Height, in.Block, in.Promise, in.Refusal}
	if (k.Promise == "") == (k.Refusal == "") || k.Promise != "" && k.Block == nil {
		return k, nil, fmt.Errorf("answer: %w: wants either a promise with seq, time_ms, height and block, or a refusal", ErrFormat)
	}
	if k.Refusal != "" && (k.Seq != 0 || k.TimeMs != 0 || k.Height != 0 || k.Block != nil) {
		return k, nil, fmt.Errorf("answer: %w: seq, time_ms, height and block are of a promise; a refusal says by itself what it was judged by", ErrFormat)
	}
	if e, err = op.Decode(k.Event); err != nil {
		return k, nil, fmt.Errorf("answer: event: %w: %w", ErrFormat, err)
	}
	if err := e.Verify(); err != nil {
		return k, nil, fmt.Errorf("answer: event: %w: %w", ErrOther, err)
	}
	return k, e, nil
}

// Entry is the entry that a promise is of, made of the answer to an event.
func (k Kept) Entry(e *op.Event) *op.Entry {
	return &op.Entry{Seq: k.Seq, Stamp: op.Stamp{TimeMs: k.TimeMs, Height: k.Height, BlockHash: *k.Block}, Event: e}
}

// Open checks the promise of a kept answer to an event; see the function Open.
func (k Kept) Open(e *op.Event, log note.Verifier, witnesses ...note.Verifier) (Promise, error) {
	return Open([]byte(k.Promise), e, k.Seq, k.Entry(e).Stamp, log, witnesses...)
}
