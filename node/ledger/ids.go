package ledger

import (
	"encoding/binary"

	"github.com/econd/econd/node/op"
)

// idIndex finds the sequence number of an event id. It keeps the first 16
// bytes of every id in an open-addressing table: 24 bytes a slot at no more
// than 3/4 load, against some 95 for a map of whole ids. Two events that share
// 128 bits of SHA-256 are taken for one; finding such a partner for somebody
// else's event costs 2^128 hashes.
type idIndex struct {
	slots []idSlot
	n     int
}

type idSlot struct {
	hi, lo uint64
	seq    uint64 // sequence number + 1; 0 means empty
}

func (x *idIndex) get(id op.ID) (seq uint64, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	s := x.find(id)
	return s.seq - 1, s.seq != 0
}

func (x *idIndex) find(id op.ID) *idSlot {
	hi, lo := binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(id[8:])
	mask := uint64(len(x.slots) - 1)
	for i := lo & mask; ; i = (i + 1) & mask {
		s := &x.slots[i]
		if s.seq == 0 || s.hi == hi && s.lo == lo {
			return s
		}
	}
}

// put records an id that get does not know.
func (x *idIndex) put(id op.ID, seq uint64) {
	if 4*(x.n+1) > 3*len(x.slots) {
		x.grow()
	}
	*x.find(id) = idSlot{binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(id[8:]), seq + 1}
	x.n++
}

func (x *idIndex) grow() {
	old := x.slots
	x.slots = make([]idSlot, max(64, 2*len(old)))
	mask := uint64(len(x.slots) - 1)
	for _, s := range old {
		if s.seq == 0 {
			continue
		}
		i := s.lo & mask
		for x.slots[i].seq != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = s
	}
}

// EventIDs calls fn with the first eight bytes, big-endian, of the id of each event
// that the log has, in no order.
func (s *State) EventIDs(fn func(first uint64)) {
	for i := range s.ids.slots {
		if x := &s.ids.slots[i]; x.seq != 0 {
			fn(x.hi)
		}
	}
}
