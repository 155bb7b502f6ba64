package trustcsv

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// agents gives ids dense slots in order of appearance.
type agents struct {
	slots map[string]uint32
	ids   []string
}

// slot returns the slot of an id, a new one if need be.
func (a *agents) slot(id string) uint32 {
	if s, ok := a.slots[id]; ok {
		return s
	}
	if a.slots == nil {
		a.slots = make(map[string]uint32)
	}
	id = strings.Clone(id) // or the whole line would stay in memory
	s := uint32(len(a.ids))
	a.slots[id] = s
	a.ids = append(a.ids, id)
	return s
}

// Key returns the public key that stands for an id where the engine breaks
// ties: the key itself where the id is 64 lower-case hex digits, else the
// SHA-256 of the id. So ties do not depend on the order of the rows.
func Key(id string) (key [32]byte) {
	if len(id) == 2*len(key) && id == strings.ToLower(id) {
		if _, err := hex.Decode(key[:], []byte(id)); err == nil {
			return key
		}
	}
	return sha256.Sum256([]byte(id))
}

func (a *agents) keys() [][32]byte {
	keys := make([][32]byte, len(a.ids))
	for i, id := range a.ids {
		keys[i] = Key(id)
	}
	return keys
}

// ordered returns the slots by id: plain numbers first and by size, then
// everything else by bytes.
func (a *agents) ordered() []uint32 {
	slots := make([]uint32, len(a.ids))
	for i := range slots {
		slots[i] = uint32(i)
	}
	slices.SortFunc(slots, func(x, y uint32) int { return compareIDs(a.ids[x], a.ids[y]) })
	return slots
}

func compareIDs(x, y string) int {
	nx, ny := digits(x), digits(y)
	switch {
	case nx && ny:
		if c := cmp.Compare(len(x), len(y)); c != 0 {
			return c
		}
	case nx:
		return -1
	case ny:
		return 1
	}
	return bytes.Compare([]byte(x), []byte(y))
}
