package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Lines of an export are handed to the workers in chunks: small enough that
// the workers end a short log together, large enough that handing over costs
// nothing beside some 100 us of signature check a line.
const (
	chunkLines = 128
	maxLine    = op.MaxEventBytes + 512 // what op.DecodeEntry takes at most
)

// chunk is some consecutive lines and what became of them.
type chunk struct {
	first uint64 // number of its first line
	text  []byte
	ends  []int // end of each line in text
	items []item
	done  chan struct{} // one message when items are complete
}

// item is one line, decoded, hashed and its signature checked.
type item struct {
	entry *op.Entry
	leaf  tlog.Hash
	kind  error // of err
	err   error
}

// pipeline decodes and verifies the lines of an export on all workers and
// hands them to one function in order. That function and the reader share the
// caller's goroutine, so that a blocked reader blocks nobody else.
type pipeline struct {
	in   *bufio.Reader
	work chan *chunk
	keys op.Verifier
	free []*chunk
	next uint64 // number of the line that is read next
	eof  bool

	checked []tlog.Hash // leaves of lines whose signatures were seen to be good before
}

// run calls fn for each line of r in order, until it fails. The first has the number from.
func run(ctx context.Context, r io.Reader, from uint64, o ReplayOptions, fn func(item) error) error {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	// Enough chunks under way that no worker waits while fn runs.
	depth := 4*workers + 1
	p := &pipeline{in: bufio.NewReaderSize(r, 2*maxLine), work: make(chan *chunk, depth), next: from, checked: o.Checked.hashes()}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(p.worker)
	}
	defer wg.Wait()
	defer close(p.work)

	var queue []*chunk
	for {
		for len(queue) < depth && !p.eof {
			c, err := p.read()
			if err != nil {
				return err
			}
			if len(c.ends) > 0 {
				queue = append(queue, c)
				p.work <- c
			}
		}
		if len(queue) == 0 {
			return nil
		}
		c := queue[0]
		queue = queue[1:]
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range c.items {
			if err := fn(c.items[i]); err != nil {
				return err
			}
		}
		p.free = append(p.free, c)
	}
}

// read fills a chunk with the next lines.
func (p *pipeline) read() (*chunk, error) {
	c := p.take()
	c.first = p.next
	defer func() { p.next += uint64(len(c.ends)) }()
	for len(c.ends) < chunkLines {
		line, err := p.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			// Handed on cut short: the decoder names the limit.
			p.eof = true
		case errors.Is(err, io.EOF):
			p.eof = true
			if len(line) == 0 {
				return c, nil
			}
		case err != nil:
			return nil, err
		}
		c.text = append(c.text, bytes.TrimSuffix(line, []byte{'\n'})...)
		c.ends = append(c.ends, len(c.text))
		if p.eof {
			return c, nil
		}
	}
	return c, nil
}

func (p *pipeline) take() *chunk {
	n := len(p.free)
	if n == 0 {
		return &chunk{done: make(chan struct{}, 1), items: make([]item, 0, chunkLines)}
	}
	c := p.free[n-1]
	p.free = p.free[:n-1]
	clear(c.items)
	c.text, c.ends, c.items = c.text[:0], c.ends[:0], c.items[:0]
	return c
}

func (p *pipeline) worker() {
	for c := range p.work {
		start := 0
		for _, end := range c.ends {
			c.items = append(c.items, p.check(c.first+uint64(len(c.items)), c.text[start:end]))
			start = end
		}
		c.done <- struct{}{}
	}
}

// check does for one line all that needs no order. The signature of one that was seen before in this place is good.
func (p *pipeline) check(seq uint64, line []byte) (it item) {
	if it.entry, it.err = op.DecodeEntry(line); it.err != nil {
		it.kind = ErrFormat
		return it
	}
	it.leaf = tlog.RecordHash(line)
	if seq >= uint64(len(p.checked)) || p.checked[seq] != it.leaf {
		if it.err = p.keys.Verify(it.entry.Event); it.err != nil {
			it.kind = ErrEntry
			return it
		}
	}
	// What it refuses the ledger refuses too, in its place and with its reason.
	_ = ledger.Prepare(it.entry.Event)
	return it
}
