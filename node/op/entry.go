package op

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// EntryVersion is the version that every log entry carries first.
const EntryVersion = 1

// Stamp is what the sequencer adds to an event: when it was taken. Stamps
// never go backwards along the log.
type Stamp struct {
	TimeMs    int64    // unix milliseconds
	Height    uint32   // best Bitcoin block known
	BlockHash [32]byte // its hash, in the byte order that explorers print
}

// Entry is one line of the log. Its canonical encoding is the Merkle leaf and
// the line of an export at the same time, so that an auditor hashes what it
// reads: leaf hash = SHA-256(0x00 || line without newline), RFC 6962.
type Entry struct {
	Seq   uint64 // 0 is the genesis
	Stamp Stamp
	Event *Event
}

// Marshal returns the entry's canonical encoding, one line without newline.
func (e *Entry) Marshal() []byte {
	b := make([]byte, 0, 600+len(e.Event.Content)*9/8)
	b = append(b, `{"v":1,"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = append(b, `,"time_ms":`...)
	b = strconv.AppendInt(b, e.Stamp.TimeMs, 10)
	b = append(b, `,"height":`...)
	b = strconv.AppendUint(b, uint64(e.Stamp.Height), 10)
	b = append(b, `,"block":"`...)
	b = hex.AppendEncode(b, e.Stamp.BlockHash[:])
	b = append(b, `","event":`...)
	b = e.Event.Append(b)
	return append(b, '}')
}

// DecodeEntry reads an entry and accepts nothing but its canonical encoding.
func DecodeEntry(line []byte) (*Entry, error) {
	if len(line) > MaxEventBytes+512 {
		return nil, &FieldError{ErrOversize, "entry", "longer than an event may make it"}
	}
	p := parser{in: line}
	e := new(Entry)
	if err := p.entry(e); err != nil {
		return nil, err
	}
	if !bytes.Equal(e.Marshal(), line) {
		return nil, malformed("entry", "is not in canonical form")
	}
	return e, nil
}

func (p *parser) entry(e *Entry) error {
	if !p.lit(`{"v":1,"seq":`) {
		return malformed("entry", "does not start as a version 1 entry")
	}
	seq, err := p.natural("seq", MaxInteger)
	if err != nil {
		return err
	}
	e.Seq = uint64(seq)
	if !p.lit(`,"time_ms":`) {
		return malformed("time_ms", "missing")
	}
	if e.Stamp.TimeMs, err = p.natural("time_ms", MaxInteger); err != nil {
		return err
	}
	if !p.lit(`,"height":`) {
		return malformed("height", "missing")
	}
	height, err := p.natural("height", 1<<32-1)
	if err != nil {
		return err
	}
	e.Stamp.Height = uint32(height)
	if !p.lit(`,"block":`) {
		return malformed("block", "missing")
	}
	if err := p.hex(e.Stamp.BlockHash[:], "block"); err != nil {
		return err
	}
	if !p.lit(`,"event":`) {
		return malformed("event", "missing")
	}
	if e.Event, err = p.event(); err != nil {
		return err
	}
	if !p.lit(`}`) || p.pos != len(p.in) {
		return malformed("entry", "trailing data")
	}
	return nil
}

func (p *parser) lit(s string) bool {
	if len(p.in)-p.pos < len(s) || string(p.in[p.pos:p.pos+len(s)]) != s {
		return false
	}
	p.pos += len(s)
	return true
}
