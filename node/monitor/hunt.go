package monitor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

// theirsName is the file of what econd serves beside the copy.
const theirsName = "theirs.log"

// hunt finds out why what econd serves under a head that its key signed does not go on from the copy. Consistency
// proofs tell how far the copy is of that log: this much is kept, and no byte of it asked for again. The rest is
// fetched once more. Is it of the head, then either it is another history, which two signed heads prove, or
// it is refused, which proves itself, or it is right. Is it not, something on the way changes it.
func (m *Monitor) hunt(ctx context.Context, h Head, why error) error {
	good := m.agreed(ctx, h)
	if m.covered == nil || good >= uint64(m.covered.Size) {
		if err := m.rewind(ctx, good); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !m.state.Trouble.mayHunt(m.now()) {
		return m.garbled(why)
	}
	m.state.Trouble.hunted(m.now())
	path := filepath.Join(m.cfg.Dir, theirsName)
	defer os.Remove(path)
	leaves, err := m.spool(ctx, path, good, h)
	var own *ownError
	switch {
	case errors.As(err, &own):
		return own.err
	case err != nil:
		return m.garbled(fmt.Errorf("%w, and asked for once more they cannot be had: %w", why, err))
	case leaves.Size() != uint64(h.Size) || leaves.Root(uint64(h.Size)) != tlog.Hash(h.Root):
		return m.garbled(why)
	}
	return m.judgeTheirs(ctx, path, good, leaves, h)
}

// agreed is how many entries at the beginning of the copy are proved to be those under a head. Where a proof cannot be
// had they are those of the last head that the copy agrees with, of which the log said before that they are its own.
func (m *Monitor) agreed(ctx context.Context, h Head) uint64 {
	var failed error
	proved := func(n uint64) bool {
		if failed != nil {
			return false
		}
		ok, err := m.agrees(ctx, n, h)
		failed = err
		return err == nil && ok
	}
	low, high := uint64(0), min(m.log.Size(), uint64(h.Size))
	if m.covered != nil && uint64(m.covered.Size) < high && proved(uint64(m.covered.Size)) {
		low = uint64(m.covered.Size)
	}
	good := low
	if failed == nil {
		good = high - uint64(sort.Search(int(high-low), func(less int) bool { return proved(high - uint64(less)) }))
	}
	if failed == nil {
		return good
	}
	m.fault("how far the copy is of the log under econd's head is not known", failed)
	if m.covered != nil {
		return min(uint64(m.covered.Size), high)
	}
	return low
}

// agrees tells whether the first n entries of the copy are proved to be those under a head.
func (m *Monitor) agrees(ctx context.Context, n uint64, h Head) (bool, error) {
	return m.consistent(ctx, Head{Size: int64(n), Root: m.log.Root(n)}, h)
}

// shortestLine is about the least that an entry takes, bytes: a shorter line counts as so many, for a leaf takes memory.
const shortestLine = 256

// spool writes what comes after the first n entries of the log under a head to a file. The leaves are those of the
// copy up to n, and these.
func (m *Monitor) spool(ctx context.Context, path string, n uint64, h Head) (*audit.Leaves, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, &ownError{err}
	}
	defer f.Close()
	room, leaves, out := m.room(), m.log.Leaves().First(n), bufio.NewWriterSize(f, 1<<20)
	err = m.lines(ctx, n, uint64(h.Size), func(line []byte) error {
		if room -= int64(max(len(line)+1, shortestLine)); room < 0 {
			return errNoRoom
		}
		leaves.Add(line)
		if _, err := out.Write(append(line, '\n')); err != nil {
			return &ownError{err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := out.Flush(); err != nil {
		return nil, &ownError{err}
	}
	return leaves, nil
}

// judgeTheirs judges what econd serves under a head after the first n entries of the copy, all of it.
func (m *Monitor) judgeTheirs(ctx context.Context, path string, n uint64, leaves *audit.Leaves, h Head) error {
	if m.covered != nil && n < uint64(m.covered.Size) {
		q, err := audit.Contradiction(m.keys(), [][]byte{[]byte(m.covered.Note), []byte(h.Note)}, m.log.Leaves(), leaves)
		if err != nil {
			return fmt.Errorf("a head of %d entries that does not extend one of %d: %w", h.Size, m.covered.Size, err)
		}
		if err := m.equivocation(q, *m.covered, h); err != nil {
			return err
		}
		return m.rewind(ctx, uint64(m.covered.Size))
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	why, err := m.takeAll(ctx, f)
	switch {
	case err != nil:
		return err
	case why == nil:
		m.say("econd's log is right when it is fetched again: something on the way changed it")
		return m.arrived(h)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	whole := func() io.Reader { return io.MultiReader(m.copy.first(n), io.NewSectionReader(f, 0, info.Size())) }
	if err := m.raise(RefusedLog, "", &evidence{files: map[string][]byte{checkpointFile: []byte(h.Note)}, export: whole, bytes: m.copy.upTo(n) + info.Size(), beyond: true,
		command: []string{"replay", exportFile, "--checkpoint", checkpointFile, "--log-key", m.firstKey()}},
		"the log that econd serves under its head of %d entries is refused: %v", h.Size, why); err != nil {
		return err
	}
	return m.rewind(ctx, n)
}

// takeAll takes the lines of a file, in batches.
func (m *Monitor) takeAll(ctx context.Context, f io.Reader) (why, err error) {
	in := bufio.NewReaderSize(f, 2*(op.MaxEventBytes+512))
	b := batch{m: m}
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return b.flush(ctx)
		}
		if err != nil {
			return nil, err
		}
		if why, err := b.add(ctx, line); why != nil || err != nil {
			return why, err
		}
	}
}

// rewind cuts the copy back to so many entries, where it has more.
func (m *Monitor) rewind(ctx context.Context, to uint64) error {
	if m.copy.size() <= to && m.log.Size() == m.copy.size() && !m.log.Spoiled() {
		return nil
	}
	if m.copy.size() > to {
		if err := m.copy.cut(to); err != nil {
			return err
		}
		if err := m.state.wrote("cut"); err != nil {
			return err
		}
	}
	return m.recompute(ctx)
}

// whole is the copy as evidence.
func (m *Monitor) whole() io.Reader { return m.copy.first(m.copy.size()) }
