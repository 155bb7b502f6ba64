package logkey

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Keys are those of one log, in order. The zero value has none; make it with First.
type Keys struct {
	list      []Key
	handovers []Handover // from list[i] to list[i+1]
}

// First are the keys of a log that has one so far: that of its genesis.
func First(text string) (Keys, error) {
	k, err := parse(text)
	if err != nil {
		return Keys{}, err
	}
	return Keys{list: []Key{k}}, nil
}

// Walk are the keys of a log from one that is known on.
func Walk(text string, by []Handover) (Keys, error) {
	k, err := First(text)
	for i := 0; i < len(by) && err == nil; i++ {
		if k, err = k.Add(by[i]); err != nil {
			err = fmt.Errorf("handover %d: %w", i+1, err)
		}
	}
	return k, err
}

// Add is k with the next handover. The value k stays as it is. Errors are of the kinds above.
func (k Keys) Add(h Handover) (Keys, error) {
	last := k.Current()
	if len(k.handovers) >= MaxHandovers {
		return k, fmt.Errorf("%w: a log has at most %d", ErrMost, MaxHandovers)
	}
	if h.Size < last.From || h.Size == 0 {
		return k, fmt.Errorf("%w: its head is of %d entries, %s signs from %d on", ErrSize, h.Size, last.Text, max(last.From, 1))
	}
	next, err := h.check(last)
	if err != nil {
		return k, err
	}
	if k.Has(next.Text) {
		return k, fmt.Errorf("%w: %s", ErrUsed, next.Text)
	}
	next.From = h.Size + 1
	return Keys{list: append(slices.Clip(k.list), next), handovers: append(slices.Clip(k.handovers), h)}, nil
}

// Has tells whether a key is, or was, one of the log.
func (k Keys) Has(text string) bool {
	return slices.ContainsFunc(k.list, func(x Key) bool { return x.Text == text })
}

// Current is the newest key.
func (k Keys) Current() Key { return k.list[len(k.list)-1] }

// At is the key that signs heads over so many entries, and refusals at such a head.
func (k Keys) At(size uint64) Key {
	i := len(k.list) - 1
	for i > 0 && k.list[i].From > size {
		i--
	}
	return k.list[i]
}

// All are the keys in order. The caller must not change it.
func (k Keys) All() []Key { return k.list }

// Handovers are those between the keys, in order. The caller must not change it.
func (k Keys) Handovers() []Handover { return k.handovers }

// After are the handovers that come after a key, and whether it is one of the log.
func (k Keys) After(text string) ([]Handover, bool) {
	i := slices.IndexFunc(k.list, func(x Key) bool { return x.Text == text })
	if i < 0 {
		return nil, false
	}
	return k.handovers[i:], true
}

// Verifiers are those of all keys.
func (k Keys) Verifiers() []note.Verifier {
	var list []note.Verifier
	for _, x := range k.list {
		list = append(list, x.Verifier)
	}
	return list
}
