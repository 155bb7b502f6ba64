package monitor

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

// theirsName is the file of a log that econd serves beside the copy.
const theirsName = "theirs.log"

// huntPauseMs is between two attempts to have the whole log again: it may cost something.
const huntPauseMs = 3600 * 1000

// hunt finds out what econd serves under a head that does not go on from the copy: it fetches the
// whole log again. If that is another history, two signed heads prove it; if it is refused, it proves that
// itself; if it is right, something on the way was wrong, and the copy goes back to what is covered.
func (m *Monitor) hunt(ctx context.Context, h Head, why string) error {
	if m.hunted.Size == h.Size && m.hunted.Root == h.Root && m.now()-m.huntedMs < huntPauseMs {
		m.fault("econd's log cannot be followed", errors.New(why))
		return nil
	}
	m.hunted, m.huntedMs = h, m.now()
	path := filepath.Join(m.cfg.Dir, theirsName)
	defer os.Remove(path)
	leaves, err := m.spool(ctx, path, h)
	var own *ownError
	if errors.As(err, &own) {
		return own.err
	}
	if err != nil {
		m.fault("econd's log cannot be followed: "+why+", and the whole of it cannot be had", err)
	} else if err := m.judgeTheirs(ctx, path, leaves, h); err != nil {
		return err
	}
	if m.contradicted() || err == nil {
		return m.rewind(ctx)
	}
	if m.copy.size() != m.log.Size() { // an entry was refused midway
		return m.recompute(ctx)
	}
	return nil
}

// errNoEntry ends a log at its first line that is none: the rest would cost memory and tell no more.
var errNoEntry = errors.New("a line is not the entry that is due")

// spool writes the whole log under a head to a file, or up to the first line that is no entry.
func (m *Monitor) spool(ctx context.Context, path string, h Head) (*audit.Leaves, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, &ownError{err}
	}
	defer f.Close()
	room, leaves, out := m.room(), new(audit.Leaves), bufio.NewWriterSize(f, 1<<20)
	err = m.lines(ctx, 0, uint64(h.Size), func(line []byte) error {
		if room -= int64(len(line) + 1); room < 0 {
			return errNoRoom
		}
		e, err := op.DecodeEntry(line)
		good := err == nil && e.Seq == leaves.Size()
		leaves.Add(line)
		if _, err := out.Write(append(line, '\n')); err != nil {
			return &ownError{err}
		}
		if !good {
			return errNoEntry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNoEntry) {
		return nil, err
	}
	if err := out.Flush(); err != nil {
		return nil, &ownError{err}
	}
	return leaves, nil
}

// judgeTheirs holds the whole log that econd serves against the heads.
func (m *Monitor) judgeTheirs(ctx context.Context, path string, leaves *audit.Leaves, h Head) error {
	if m.covered != nil && leaves.Size() == uint64(h.Size) && leaves.Root(uint64(h.Size)) == tlog.Hash(h.Root) {
		q, err := audit.Contradiction(m.keys(), [][]byte{[]byte(m.covered.Note), []byte(h.Note)}, m.log.Leaves(), leaves)
		if err == nil {
			return m.equivocation(q, *m.covered, h)
		}
		if !errors.Is(err, audit.ErrNoEquivocation) && !errors.Is(err, audit.ErrCheckpoint) {
			return err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = audit.Replay(ctx, f, m.premisesWith(h.Note))
	if err == nil || errors.Is(err, audit.ErrRules) {
		m.say("econd's log is right when it is fetched again: something on the way changed it")
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	info, statErr := f.Stat()
	if statErr != nil {
		return statErr
	}
	return m.raise(RefusedLog, "", &evidence{files: map[string][]byte{checkpointFile: []byte(h.Note)},
		export: func() io.Reader { return io.NewSectionReader(f, 0, info.Size()) }, bytes: info.Size(),
		command: []string{"replay", exportFile, "--checkpoint", checkpointFile, "--log-key", m.firstKey()}},
		"the log that econd serves under its head of %d entries is refused: %v", h.Size, err)
}

// rewind cuts the copy back to what a head covers.
func (m *Monitor) rewind(ctx context.Context) error {
	to := uint64(0)
	if m.covered != nil {
		to = uint64(m.covered.Size)
	}
	if m.copy.size() == to && m.log.Size() == to {
		return nil
	}
	if err := m.copy.cut(to); err != nil {
		return err
	}
	if err := m.state.wrote("cut"); err != nil {
		return err
	}
	return m.recompute(ctx)
}

// whole is the copy as evidence.
func (m *Monitor) whole() io.Reader { return m.copy.first(m.copy.size()) }
