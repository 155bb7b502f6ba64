package client

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// entryCheck holds entries against each other and against their signatures, as far as
// that can be seen without the rest of the log: each comes behind the one before, is of
// the same economy, not earlier and not at a lower height, has the id of what it says and
// its author's signature. Nobody signs stamps alone: whether time, height and block are
// those that econd committed to shows against a checkpoint, with econaudit. The zero
// value takes any entry first. Not for concurrent use.
type entryCheck struct {
	next    uint64   // sequence number that is due
	known   bool     // next is known
	economy string   // "" until an entry or econd named it
	last    op.Stamp // of the entry before; zero before the first
	keys    op.Verifier
}

// take decodes a line, which must be the entry that is due.
func (c *entryCheck) take(line []byte) (*op.Entry, error) {
	e, err := op.DecodeEntry(line)
	if err == nil && c.known && e.Seq != c.next {
		return nil, c.gap(fmt.Sprintf("entry %d", e.Seq))
	}
	if err == nil {
		err = c.keys.Verify(e.Event)
	}
	switch {
	case err != nil && e != nil:
		return nil, c.changed(e.Seq, err)
	case err != nil && c.known:
		return nil, c.changed(c.next, err)
	case err != nil:
		return nil, fmt.Errorf("an entry from econd: %w", err)
	case c.economy != "" && e.Event.Economy() != c.economy:
		return nil, c.changed(e.Seq, fmt.Errorf("it is of economy %q, not %q", e.Event.Economy(), c.economy))
	case e.Stamp.TimeMs < c.last.TimeMs:
		return nil, c.changed(e.Seq, fmt.Errorf("its time %d ms is before that of the entry before it, %d ms", e.Stamp.TimeMs, c.last.TimeMs))
	case e.Stamp.Height < c.last.Height:
		return nil, c.changed(e.Seq, fmt.Errorf("its height %d is below that of the entry before it, %d", e.Stamp.Height, c.last.Height))
	}
	c.next, c.known, c.economy, c.last = e.Seq+1, true, e.Event.Economy(), e.Stamp
	return e, nil
}

// begins says that what follows comes behind an entry, or behind -1 from the first on.
func (c *entryCheck) begins(after int64) error {
	next := uint64(after + 1)
	if c.known && next != c.next {
		return c.gap(fmt.Sprintf("what follows entry %d", after))
	}
	c.next, c.known = next, true
	return nil
}

func (c *entryCheck) gap(what string) error {
	return fmt.Errorf("entry %d was left out: econd, or what stands before it, gives %s in its place; %s", c.next, what, lookElsewhere)
}

func (c *entryCheck) changed(seq uint64, why error) error {
	return fmt.Errorf("entry %d was changed: %w; %s", seq, why, lookElsewhere)
}

// lookElsewhere is the next step where a log is not what it was.
const lookElsewhere = "keep what you have of the log, and compare it with another copy"
