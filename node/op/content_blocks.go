package op

import "encoding/hex"

// MaxHeaders is how many headers one Blocks may have.
const MaxHeaders = 256

// BlockHeader is a Bitcoin block's header as the network sends it, 80 bytes; spelled as
// 160 lower-case hex digits.
type BlockHeader [80]byte

// String returns the 160 hex digits.
func (h BlockHeader) String() string { return hex.EncodeToString(h[:]) }

// MarshalText spells the header in hex.
func (h BlockHeader) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// Blocks (3974) are headers of Bitcoin's chain, the first of height From. The newest that the
// log has is what entries after this one are stamped with. Known from version 2 of the rules on.
type Blocks struct {
	From    uint32        `json:"from"`
	Headers []BlockHeader `json:"headers" schema:"min=1,max=256"`
}
