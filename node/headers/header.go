package headers

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Header is a block's header as the network sends it.
type Header [Size]byte

// Size is the length of a header in bytes.
const Size = 80

// Prev is the hash of the block before.
func (h *Header) Prev() [32]byte { return reversed([32]byte(h[4:36])) }

// TimeS is the time that the miner wrote, in unix seconds. Bitcoin takes a block whose time
// is later than the median of the eleven before and at most two hours ahead.
func (h *Header) TimeS() int64 { return int64(binary.LittleEndian.Uint32(h[68:72])) }

// Bits are the target in compact form.
func (h *Header) Bits() uint32 { return binary.LittleEndian.Uint32(h[72:76]) }

// Hash is the block's hash: SHA-256 twice over the header.
func (h *Header) Hash() [32]byte {
	once := sha256.Sum256(h[:])
	return reversed(sha256.Sum256(once[:]))
}

func reversed(in [32]byte) (out [32]byte) {
	for i, x := range in {
		out[31-i] = x
	}
	return out
}

// meets tells whether the hash is a number not above the target.
func meets(hash, target [32]byte) bool { return bytes.Compare(hash[:], target[:]) <= 0 }
