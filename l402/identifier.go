package l402

import "encoding/binary"

// identifierLen is the size of a version 0 identifier: version, payment hash
// and token id.
const identifierLen = 2 + 32 + 32

// identifierVersion is the only version of identifiers that exists.
const identifierVersion = 0

// Identifier is what a macaroon says about itself in the clear: the payment it
// was sold for, and its name.
type Identifier struct {
	PaymentHash Hash
	TokenID     TokenID
}

// Bytes returns the 66-byte encoding: u16 version 0, big-endian; payment hash;
// token id.
func (id Identifier) Bytes() [identifierLen]byte {
	var b [identifierLen]byte
	binary.BigEndian.PutUint16(b[:2], identifierVersion)
	copy(b[2:34], id.PaymentHash[:])
	copy(b[34:], id.TokenID[:])
	return b
}

// ParseIdentifier reads the encoding that Bytes writes, and nothing else.
func ParseIdentifier(b []byte) (Identifier, error) {
	if len(b) < 2 {
		return Identifier{}, refuse(ErrMalformed, "identifier: want %d bytes, got %d", identifierLen, len(b))
	}
	if v := binary.BigEndian.Uint16(b); v != identifierVersion {
		return Identifier{}, refuse(ErrMalformed, "identifier: version %d is unknown, want %d", v, identifierVersion)
	}
	if len(b) != identifierLen {
		return Identifier{}, refuse(ErrMalformed, "identifier: want %d bytes, got %d", identifierLen, len(b))
	}
	return Identifier{PaymentHash: Hash(b[2:34]), TokenID: TokenID(b[34:])}, nil
}
