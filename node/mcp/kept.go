package mcp

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"
)

// KeptFor is for how long the same call does nothing twice.
const KeptFor = 10 * time.Minute

// maxKept bounds what is kept: the oldest goes first.
const maxKept = 256

// kept remembers what calls did, by a place and what was asked for there. A place holds one
// thing: who votes for, then against, then for again means the last, and not the first again.
type kept struct {
	now  func() time.Time
	list []keptCall // oldest first
}

type keptCall struct {
	place string
	asked [32]byte
	at    time.Time
	did   any
}

func newKept(now func() time.Time) *kept { return &kept{now: now} }

// fingerprint is that of a call's arguments. It panics for what is no JSON, which arguments are.
func fingerprint(v any) [32]byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("mcp: arguments: " + err.Error())
	}
	return sha256.Sum256(data)
}

// find is what the last call of a place did, nil if that asked for something else, or long ago.
func (k *kept) find(place string, asked [32]byte) any {
	for _, c := range k.list {
		if c.place == place && c.asked == asked && k.now().Sub(c.at) < KeptFor {
			return c.did
		}
	}
	return nil
}

// put keeps what a call did in its place.
func (k *kept) put(place string, asked [32]byte, did any) {
	now := k.now()
	k.list = slices.DeleteFunc(k.list, func(c keptCall) bool { return c.place == place || now.Sub(c.at) >= KeptFor })
	if len(k.list) >= maxKept {
		k.list = slices.Delete(k.list, 0, len(k.list)-maxKept+1)
	}
	k.list = append(k.list, keptCall{place, asked, now, did})
}
