// Package cursor writes and reads the texts that say where the next page of a list
// starts. A text is bound to its list, filters included, so that none is taken
// for a place in another list, where it would skip or repeat things in silence. It
// is opaque to callers and no secret: who makes one up reads a list from where it likes.
package cursor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// version is the first byte of a text.
const version = 2

// List names a list of things. The zero value names none.
type List struct{ tag [8]byte }

// Of returns the list that the parts name together: whatever decides which things are
// in it and in which order. Other parts, or the same ones split elsewhere, are another list.
func Of(parts ...string) List {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return List{[8]byte(h.Sum(nil))}
}

// Text is the cursor of a place in the list.
func (l List) Text(place []byte) string {
	b := append(make([]byte, 0, 1+len(l.tag)+len(place)), version)
	b = append(b, l.tag[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, place...))
}

// Place reads a text back to its place, of the given number of bytes; false if the list
// never gave it.
func (l List) Place(text string, length int) (place []byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	head := 1 + len(l.tag)
	if err != nil || len(raw) != head+length || raw[0] != version || [8]byte(raw[1:head]) != l.tag {
		return nil, false
	}
	return raw[head:], true
}

// indexLen is the size of a place that is a number.
const indexLen = 8

// Index is the cursor of a list that only grows at its end.
func (l List) Index(next int) string {
	return l.Text(binary.BigEndian.AppendUint64(nil, uint64(next)))
}

// Start reads a text that Index wrote. Nothing is longer than 2^62.
func (l List) Start(text string) (at int, ok bool) {
	place, ok := l.Place(text, indexLen)
	if !ok {
		return 0, false
	}
	return int(min(binary.BigEndian.Uint64(place), 1<<62)), true
}
