package notify

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Cursor is the place up to which an agent was told. The zero value is the
// beginning of the log.
type Cursor struct {
	Seq    uint64 // entries before this number are told
	TimeMs int64  // so is what begins at this instant or before
	Height uint32 // and what begins at this block or before

	// Of what begins together next along one axis, the notices up to the id
	// After are told. Axis is 0 where none of them is.
	Axis  Axis
	After string
}

// Axis is what orders a notice: the entry, the instant or the block height at
// which it begins.
type Axis byte

// Axes.
const (
	ByEntry  Axis = 'e'
	ByTime   Axis = 't'
	ByHeight Axis = 'h'
)

// ErrCursor says that the text is no cursor.
var ErrCursor = errors.New("is no place in a stream of notices: it must be the id of an event")

var partPattern = regexp.MustCompile(`^[eth]\.ntc_[0-9a-f]{32}$`)

// String writes the cursor as ParseCursor reads it: SEQ-TIME-HEIGHT, and where a
// part of what follows was told, the axis and the last id.
func (c Cursor) String() string {
	text := fmt.Sprintf("%d-%d-%d", c.Seq, c.TimeMs, c.Height)
	if c.Axis != 0 {
		text += fmt.Sprintf(".%c.%s", c.Axis, c.After)
	}
	return text
}

// ParseCursor reads what String writes, and nothing else; ErrCursor.
func ParseCursor(text string) (Cursor, error) {
	var c Cursor
	place, part, partly := strings.Cut(text, ".")
	f := strings.Split(place, "-")
	if len(f) != 3 || partly && !partPattern.MatchString(part) {
		return c, ErrCursor
	}
	seq, err := strconv.ParseUint(f[0], 10, 53)
	ms, err2 := strconv.ParseUint(f[1], 10, 53)
	height, err3 := strconv.ParseUint(f[2], 10, 32)
	c.Seq, c.TimeMs, c.Height = seq, int64(ms), uint32(height)
	if partly {
		c.Axis, c.After = Axis(part[0]), part[2:]
	}
	if errors.Join(err, err2, err3) != nil || c.String() != text {
		return Cursor{}, ErrCursor
	}
	return c, nil
}

// pass moves the cursor past all that begins at a place of an axis.
func (c *Cursor) pass(x Axis, at uint64) {
	switch x {
	case ByEntry:
		c.Seq = at + 1
	case ByTime:
		c.TimeMs = int64(at)
	case ByHeight:
		c.Height = uint32(at)
	}
	c.Axis, c.After = 0, ""
}

// partly moves the cursor into what begins at a place of an axis, after the
// notice of that id.
func (c *Cursor) partly(x Axis, at uint64, id string) {
	if x == ByEntry {
		c.Seq = at
	} else {
		c.pass(x, at-1)
	}
	c.Axis, c.After = x, id
}

// place is what comes next along an axis.
func (c *Cursor) place(x Axis) uint64 {
	switch x {
	case ByEntry:
		return c.Seq
	case ByTime:
		return uint64(c.TimeMs) + 1
	}
	return uint64(c.Height) + 1
}
