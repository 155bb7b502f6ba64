package nostr

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/econd/econd/node/op"
)

// Bounds of what is read of a relay, in bytes and elements. An event with the longest
// payload of NIP-44 has about 88 KB.
const (
	MaxMessage = 128 << 10
	MaxTags    = 64
)

// ErrEvent is an event that NIP-01 does not allow, or that is not its author's.
var ErrEvent = errors.New("nostr: bad event")

// wireEvent is an event as JSON. Members that NIP-01 does not have are passed over.
type wireEvent struct {
	ID        op.ID        `json:"id"`
	PubKey    op.PublicKey `json:"pubkey"`
	CreatedAt *int64       `json:"created_at"`
	Kind      *int64       `json:"kind"`
	Tags      [][]string   `json:"tags"`
	Content   *string      `json:"content"`
	Sig       string       `json:"sig"`
}

// Decode reads an event of any kind and checks its form alone; see op.Event.Verify for its
// id and signature. Its errors are ErrEvent and show nothing of the event.
func Decode(raw []byte) (*op.Event, error) {
	if len(raw) > MaxMessage {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrEvent, MaxMessage)
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrEvent)
	}
	var w wireEvent
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("%w: not the JSON of NIP-01", ErrEvent)
	}
	switch {
	case w.CreatedAt == nil || *w.CreatedAt < 0 || *w.CreatedAt > op.MaxInteger:
		return nil, fmt.Errorf("%w: created_at must be from 0 to 2^53", ErrEvent)
	case w.Kind == nil || *w.Kind < 0 || *w.Kind > 65535:
		return nil, fmt.Errorf("%w: kind must be from 0 to 65535", ErrEvent)
	case w.Content == nil:
		return nil, fmt.Errorf("%w: content missing", ErrEvent)
	case len(w.Tags) > MaxTags:
		return nil, fmt.Errorf("%w: more than %d tags", ErrEvent, MaxTags)
	}
	e := &op.Event{ID: w.ID, PubKey: w.PubKey, CreatedAt: *w.CreatedAt, Kind: op.Kind(*w.Kind), Tags: w.Tags, Content: *w.Content}
	if n, err := hex.Decode(e.Sig[:], []byte(w.Sig[:min(len(w.Sig), 128)])); err != nil || n != 64 || len(w.Sig) != 128 {
		return nil, fmt.Errorf("%w: sig must be 128 hex digits", ErrEvent)
	}
	return e, nil
}

// Encode writes an event as the JSON of NIP-01, which every library reads. Unlike the text
// that is hashed, it escapes all control characters.
func Encode(e *op.Event) []byte {
	tags := e.Tags
	if tags == nil {
		tags = [][]string{}
	}
	kind := int64(e.Kind)
	return encodeJSON(wireEvent{ID: e.ID, PubKey: e.PubKey, CreatedAt: &e.CreatedAt, Kind: &kind, Tags: tags,
		Content: &e.Content, Sig: hex.EncodeToString(e.Sig[:])})
}

// encodeJSON encodes what is known to encode, without HTML's escapes.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("nostr: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Tag returns the first value of the first tag of that name, and whether there is one.
func Tag(e *op.Event, name string) (string, bool) {
	for _, t := range e.Tags {
		if len(t) >= 2 && t[0] == name {
			return t[1], true
		}
	}
	return "", false
}

// Filter says which events are asked for (NIP-01): those that fit every member that is
// there.
type Filter struct {
	Kinds   []op.Kind
	Authors []op.PublicKey
	P       []op.PublicKey // tag p
	E       []op.ID        // tag e
	Since   int64          // unix seconds; 0: any
}

// Fits tells whether an event is among what the filter asks for. Time is not looked at: a
// relay that knows none of it is no liar.
func (f Filter) Fits(e *op.Event) bool {
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.Kind)) &&
		(len(f.Authors) == 0 || slices.Contains(f.Authors, e.PubKey)) &&
		(len(f.P) == 0 || tagged(e, "p", f.P)) &&
		(len(f.E) == 0 || tagged(e, "e", f.E))
}

func tagged[T fmt.Stringer](e *op.Event, name string, values []T) bool {
	for _, t := range e.Tags {
		if len(t) >= 2 && t[0] == name && slices.ContainsFunc(values, func(v T) bool { return v.String() == t[1] }) {
			return true
		}
	}
	return false
}

// wire is the filter as JSON, from since on.
func (f Filter) wire(since int64) map[string]any {
	w := map[string]any{}
	if len(f.Kinds) > 0 {
		kinds := make([]int64, len(f.Kinds)) // op.Kind may write itself otherwise
		for i, k := range f.Kinds {
			kinds[i] = int64(k)
		}
		w["kinds"] = kinds
	}
	if len(f.Authors) > 0 {
		w["authors"] = texts(f.Authors)
	}
	if len(f.P) > 0 {
		w["#p"] = texts(f.P)
	}
	if len(f.E) > 0 {
		w["#e"] = texts(f.E)
	}
	if since > 0 {
		w["since"] = since
	}
	return w
}

func texts[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

// plain makes what a relay wrote fit for a line of a log or an error: short, printable.
func plain(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "?")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return fmt.Sprintf("%+q", text)
}
