package l402

import "slices"

// Limits of one macaroon. A token that this package mints has about 350 bytes
// and at most five caveats; the rest is room for holders to narrow it.
const (
	maxMacaroonLen = 4096
	maxCaveats     = 64
)

// Field types of the version 2 binary format.
const (
	fieldEnd          = 0
	fieldLocation     = 1
	fieldIdentifier   = 2
	fieldVerification = 4
	fieldSignature    = 6
)

// macaroonVersion2 is the first byte of the version 2 binary format.
const macaroonVersion2 = 2

// rawMacaroon is a decoded macaroon whose fields point into the bytes that it
// was decoded from. Decoding into it allocates nothing.
type rawMacaroon struct {
	location   []byte
	identifier []byte
	caveats    [maxCaveats][]byte
	n          int  // caveats in use
	thirdParty bool // at least one caveat needs a discharge
	signature  [32]byte
}

// list returns the caveats in order.
func (m *rawMacaroon) list() [][]byte { return m.caveats[:m.n] }

// decode reads one macaroon from the start of b and returns what follows it.
func (m *rawMacaroon) decode(b []byte) (rest []byte, err error) {
	m.n, m.thirdParty, m.location = 0, false, nil
	if len(b) > maxMacaroonLen {
		return nil, refuse(ErrMalformed, "macaroon: %d bytes, at most %d are accepted", len(b), maxMacaroonLen)
	}
	if len(b) == 0 || b[0] != macaroonVersion2 {
		return nil, refuse(ErrMalformed, "macaroon: not in version 2 binary format")
	}
	r := fieldReader{rest: b[1:]}
	kind, data := r.next()
	if kind == fieldLocation {
		m.location = data
		kind, data = r.next()
	}
	if kind != fieldIdentifier || !r.end() {
		return nil, refuse(ErrMalformed, "macaroon: header must be an optional location and an identifier")
	}
	m.identifier = data
	if err := m.decodeCaveats(&r); err != nil {
		return nil, err
	}
	kind, data = r.next()
	if r.failed || kind != fieldSignature || len(data) != len(m.signature) {
		return nil, refuse(ErrMalformed, "macaroon: want a signature of %d bytes after the caveats", len(m.signature))
	}
	copy(m.signature[:], data)
	return r.rest, nil
}

// decodeCaveats reads caveats up to the empty section that ends them.
func (m *rawMacaroon) decodeCaveats(r *fieldReader) error {
	for {
		kind, data := r.next()
		if r.failed {
			return refuse(ErrMalformed, "macaroon: caveat %d is cut short or not minimally encoded", m.n)
		}
		if kind == fieldEnd {
			return nil
		}
		located := kind == fieldLocation
		if located {
			kind, data = r.next()
		}
		if kind != fieldIdentifier {
			return refuse(ErrMalformed, "macaroon: caveat %d has no identifier", m.n)
		}
		if m.n == maxCaveats {
			return refuse(ErrMalformed, "macaroon: more than %d caveats", maxCaveats)
		}
		m.caveats[m.n] = data
		kind, data = r.next()
		switch {
		case !r.failed && kind == fieldEnd && !located:
		case kind == fieldVerification && len(data) > 0 && r.end():
			m.thirdParty = true
		default:
			return refuse(ErrMalformed, "macaroon: caveat %d has fields that do not belong there", m.n)
		}
		m.n++
	}
}

// fieldReader reads fields: varint type, varint length, bytes; the end mark has
// a type alone. After a failure every call reports failure.
type fieldReader struct {
	rest   []byte
	failed bool
}

// next returns the next field; kind is -1 after a failure. An empty location is
// a failure, since leaving it out means the same.
func (r *fieldReader) next() (kind int, data []byte) {
	kind = r.varint()
	if r.failed || kind == fieldEnd {
		return kind, nil
	}
	n := r.varint()
	if r.failed || n > len(r.rest) || (kind == fieldLocation && n == 0) {
		r.failed = true
		return -1, nil
	}
	data, r.rest = r.rest[:n:n], r.rest[n:]
	return kind, data
}

// end reads an end mark.
func (r *fieldReader) end() bool {
	kind, _ := r.next()
	return kind == fieldEnd
}

// varint reads a minimal unsigned varint below 2^14: no field of an accepted
// macaroon is longer than maxMacaroonLen.
func (r *fieldReader) varint() int {
	b := r.rest
	switch {
	case !r.failed && len(b) >= 1 && b[0] < 0x80:
		r.rest = b[1:]
		return int(b[0])
	case !r.failed && len(b) >= 2 && b[1] < 0x80 && b[1] != 0:
		r.rest = b[2:]
		return int(b[0]&0x7f) | int(b[1])<<7
	}
	r.failed = true
	return -1
}

// Macaroon is one macaroon with first-party caveats, held by a minter or by a
// client. The zero value is not valid; ParseMacaroon and a Minter make them.
type Macaroon struct {
	location   string
	identifier []byte
	caveats    []string
	signature  [32]byte
}

// newMacaroon starts a chain.
func newMacaroon(root *RootKey, id Identifier, location string) *Macaroon {
	var h hasher
	b := id.Bytes()
	return &Macaroon{location: location, identifier: b[:], signature: h.start(root, b[:])}
}

// ParseMacaroon reads one macaroon in version 2 binary format. Every macaroon
// that it accepts has exactly one encoding, the one MarshalBinary returns.
// Third-party caveats are refused with ErrMalformed: nothing here discharges
// them.
func ParseMacaroon(b []byte) (*Macaroon, error) {
	var raw rawMacaroon
	rest, err := raw.decode(b)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, refuse(ErrMalformed, "macaroon: %d bytes after its end", len(rest))
	}
	if raw.thirdParty {
		return nil, refuse(ErrMalformed, "macaroon: third-party caveats are not supported")
	}
	m := &Macaroon{
		location:   string(raw.location),
		identifier: slices.Clone(raw.identifier),
		signature:  raw.signature,
	}
	for _, c := range raw.list() {
		m.caveats = append(m.caveats, string(c))
	}
	return m, nil
}

// Identifier returns the payment hash and the token id that the macaroon names,
// or ErrMalformed for a macaroon whose identifier is not an L402 one.
func (m *Macaroon) Identifier() (Identifier, error) { return ParseIdentifier(m.identifier) }

// Caveats returns the caveats in order, as "condition=value" or whatever else
// a holder wrote.
func (m *Macaroon) Caveats() []string { return slices.Clone(m.caveats) }

// String names the token without what makes it a credential.
func (m *Macaroon) String() string {
	id, err := m.Identifier()
	if err != nil {
		return "macaroon (foreign identifier)"
	}
	return "macaroon " + id.TokenID.String()
}

// AddCaveat narrows the macaroon; no root key is needed, and nobody can take
// the caveat away again. ErrMalformed if the macaroon would grow beyond what a
// verifier accepts.
func (m *Macaroon) AddCaveat(c Caveat) error {
	text := c.String()
	if len(m.caveats) == maxCaveats {
		return refuse(ErrMalformed, "macaroon: has %d caveats already, the most there may be", maxCaveats)
	}
	if m.encodedLen()+len(text)+4 > maxMacaroonLen {
		return refuse(ErrMalformed, "macaroon: would exceed %d bytes", maxMacaroonLen)
	}
	var h hasher
	h.sum(&m.signature, []byte(text))
	m.caveats = append(m.caveats, text)
	return nil
}

func (m *Macaroon) encodedLen() int { return len(m.append(nil)) }

// MarshalBinary returns the version 2 binary encoding. The error is always nil.
func (m *Macaroon) MarshalBinary() ([]byte, error) { return m.append(nil), nil }

// append adds the encoding to b.
func (m *Macaroon) append(b []byte) []byte {
	b = append(b, macaroonVersion2)
	if m.location != "" {
		b = appendField(b, fieldLocation, m.location)
	}
	b = appendField(b, fieldIdentifier, m.identifier)
	b = append(b, fieldEnd)
	for _, c := range m.caveats {
		b = appendField(b, fieldIdentifier, c)
		b = append(b, fieldEnd)
	}
	b = append(b, fieldEnd)
	return appendField(b, fieldSignature, m.signature[:])
}

// appendField adds one field. Data is shorter than 2^14 bytes.
func appendField[S ~string | ~[]byte](b []byte, kind byte, data S) []byte {
	b = append(b, kind)
	if n := len(data); n < 0x80 {
		b = append(b, byte(n))
	} else {
		b = append(b, byte(n)|0x80, byte(n>>7))
	}
	return append(b, data...)
}
