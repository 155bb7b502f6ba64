package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

// Lines are recomputed and written in batches of at most so many bytes, one entry more, and entries.
const (
	batchBytes   = 1 << 20
	batchEntries = 2048
)

// backDatedMs is how long before a head an entry may be stamped that the head did not have: what
// Bitcoin's blocks may be off the clock.
const backDatedMs = 2 * 3600 * 1000

// follow brings the copy up to econd's head.
func (m *Monitor) follow(ctx context.Context) error {
	if err := m.judgeHeads(ctx); err != nil || m.latest == nil || m.contradicted() {
		return err
	}
	h, base, wrong := *m.latest, m.covered, false
	if base != nil && h.Size > base.Size {
		ok, err := m.consistent(ctx, *base, h)
		if err != nil {
			m.fault("econd does not prove that its head extends the one before", err)
		}
		wrong = err == nil && !ok
	}
	if err := m.catchUp(ctx, h); err != nil || !wrong || m.contradicted() {
		return err
	}
	return m.raise(Inconsistent, "", &evidence{files: map[string][]byte{checkpointFile: []byte(base.Note), otherHeadFile: []byte(h.Note)}, export: m.whole, bytes: m.copy.bytes(),
		command: []string{"equivocation", exportFile, checkpointFile, otherHeadFile, "--log-key", m.firstKey()}},
		"its consistency proof from %d to %d entries does not hold; that they are of two histories takes an export of the second", base.Size, h.Size)
}

// catchUp fetches what the copy lacks of a head, and hunts for what is wrong where it does not fit.
func (m *Monitor) catchUp(ctx context.Context, h Head) error {
	why, err := m.fetch(ctx, h)
	if err != nil {
		return err
	}
	if why == nil && m.log.Size() < uint64(h.Size) {
		return nil // said as a fault
	}
	if why == nil && m.log.Root(uint64(h.Size)) != tlog.Hash(h.Root) {
		if m.covered != nil && m.covered.Size >= h.Size {
			return nil // judged already
		}
		why = fmt.Errorf("the entries that it gives do not have the root that it signed over %d", h.Size)
	}
	if why != nil {
		return m.hunt(ctx, h, why)
	}
	return m.arrived(h)
}

// arrived notes that the copy is the whole log as of now.
func (m *Monitor) arrived(h Head) error {
	if seen := m.state.SeenSize; seen > 0 && m.log.Size() > uint64(seen) {
		if err := m.checkBackDated(h, uint64(seen)); err != nil {
			return err
		}
	}
	if err := m.hasExpectedKey(); err != nil {
		return err
	}
	if err := m.fits(); err != nil {
		return err
	}
	m.state.SeenMs, m.state.SeenSize = m.now(), int64(m.log.Size())
	return m.state.put("arrived", nil)
}

// checkBackDated holds the first entry that says when it came, of those after a head that did not have it, against that
// head: stamps never go back, so it has the earliest. What the operator enters while econd is in recovery is
// stamped as the entry before it, so that nothing falls due by it.
func (m *Monitor) checkBackDated(h Head, before uint64) error {
	for seq := before; seq < m.log.Size(); seq++ {
		line, err := m.copy.line(seq)
		if err != nil {
			return err
		}
		e, err := op.DecodeEntry(line)
		if err != nil {
			return err
		}
		if e.Stamp.TimeMs+backDatedMs >= m.state.SeenMs {
			return nil
		}
		switch e.Event.Kind {
		case op.KindReconciled, op.KindLogKey:
			continue
		}
		return m.raise(BackDated, "", m.replayed(m.copy.size(), []byte(h.Note)),
			"entry %d says that it came at %s; at %s, by this monitor's clock, econd signed a log without it", seq, clock(e.Stamp.TimeMs), clock(m.state.SeenMs))
	}
	return nil
}

// fetch takes entries until the copy has as many as a head. why says what was wrong with one; one that
// cannot be had is a fault. After an answer that did not fit each batch is held against the head before more is asked for.
func (m *Monitor) fetch(ctx context.Context, h Head) (why, err error) {
	from := m.log.Size()
	if from >= uint64(h.Size) {
		return nil, nil
	}
	if !m.state.Trouble.mayAsk(m.now()) {
		m.fault("econd's log is not followed for now", fmt.Errorf("%w; asked for again at %s", errWaits, clock(m.state.Trouble.AskMs)))
		return nil, nil
	}
	b := batch{m: m}
	if m.state.Trouble.Times > 0 && h.Note != "" {
		b.under = &h
	}
	err = m.lines(ctx, from, uint64(h.Size), func(line []byte) error {
		if why, err = b.add(ctx, append(line, '\n')); err != nil {
			return &ownError{err}
		}
		return why
	})
	var own *ownError
	switch {
	case why != nil:
		return why, nil
	case errors.As(err, &own):
		return nil, own.err
	case err != nil:
		m.fault(fmt.Sprintf("econd does not give entries %d to %d", m.log.Size()+b.entries, h.Size-1), err)
	}
	return b.flush(ctx)
}

// batch is lines on their way into the copy.
type batch struct {
	m       *Monitor
	under   *Head // that each batch is held against; nil: none
	lines   bytes.Buffer
	entries uint64
}

// add takes a line, its end included.
func (b *batch) add(ctx context.Context, line []byte) (why, err error) {
	b.lines.Write(line)
	b.entries++
	if b.lines.Len() < batchBytes && b.entries < batchEntries && !b.m.answers.stopAt(b.m.log.Size()+b.entries) {
		return nil, nil
	}
	return b.flush(ctx)
}

// flush has the ledger judge what there is.
func (b *batch) flush(ctx context.Context) (why, err error) {
	why, err = b.m.take(ctx, b.lines.Bytes())
	b.lines.Reset()
	b.entries = 0
	if why != nil || err != nil || b.under == nil {
		return why, err
	}
	if ok, err := b.m.agrees(ctx, b.m.log.Size(), *b.under); err == nil && !ok {
		return fmt.Errorf("the first %d entries that it gives are not those under its head of %d", b.m.log.Size(), b.under.Size), nil
	}
	return nil, nil
}

// ownError is one of the monitor's own, within what econd's answers bring.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

// take recomputes lines and appends them to the copy.
func (m *Monitor) take(ctx context.Context, lines []byte) (why, err error) {
	if len(lines) == 0 {
		return nil, nil
	}
	if int64(len(lines)) > m.room() {
		return nil, fmt.Errorf("%s: %w", m.cfg.Dir, errNoRoom)
	}
	before := m.log.Size()
	why = m.log.Add(ctx, bytes.NewReader(lines))
	if refused := (*audit.LineError)(nil); errors.As(why, &refused) {
		lines = firstLines(lines, refused.Line-1-before) // those before it are good
	} else if why != nil {
		return nil, why
	}
	if err := m.copy.append(lines); err != nil {
		return nil, err
	}
	if err := m.state.wrote("entries"); err != nil {
		return nil, err
	}
	if m.log.Spoiled() {
		if err := m.recompute(ctx); err != nil {
			return nil, err
		}
	}
	return why, m.judgeReached(ctx)
}

// firstLines are the first n of some lines.
func firstLines(lines []byte, n uint64) []byte {
	at := 0
	for ; n > 0; n-- {
		at += bytes.IndexByte(lines[at:], '\n') + 1
	}
	return lines[:at]
}

// lines gives entries as econd has them, none of which may take longer than Stall. What fn takes for one does
// not count.
func (m *Monitor) lines(ctx context.Context, from, size uint64, fn func(line []byte) error) error {
	if from >= size {
		return nil
	}
	ask, end := context.WithCancelCause(ctx)
	defer end(nil)
	watchdog := time.AfterFunc(m.cfg.Stall, func() { end(errStalled) })
	defer watchdog.Stop()
	for line, err := range m.cfg.Econd.LogLines(ask, from, size) {
		if !watchdog.Stop() && err == nil {
			err = errStalled
		}
		if err != nil {
			if cause := context.Cause(ask); ctx.Err() == nil && cause != nil {
				return cause
			}
			return err
		}
		if err := fn(line); err != nil {
			return err
		}
		watchdog.Reset(m.cfg.Stall)
	}
	return nil
}

// errStalled ends an answer that brings nothing any more.
var errStalled = errors.New("nothing came for too long")
