package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/econd/econd/cmd/internal/cli"
)

// rowProgress shows how far a file is read and how long it will still take: a bar
// on a terminal, now and then a line anywhere else.
type rowProgress struct {
	w    io.Writer
	pace *pace
	size int64 // in bytes; -1: not known
	bar  *progressbar.ProgressBar

	bytes, rows atomic.Int64 // read
	stop        func()       // saying lines
}

func newRowProgress(w io.Writer, size int64) *rowProgress {
	p := &rowProgress{w: w, pace: newPace(time.Now), size: size, stop: func() {}}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		p.stop = cli.Waiting(w, p.line)
		return p
	}
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	return p
}

func (p *rowProgress) at(bytes int64, rows int) {
	p.bytes.Store(bytes)
	p.rows.Store(int64(rows))
	if p.bar != nil {
		_ = p.bar.Set64(bytes)
	}
}

// line is the latest state in words.
func (p *rowProgress) line() string { return p.text(p.bytes.Load(), int(p.rows.Load())) }

// text is the state in words.
func (p *rowProgress) text(bytes int64, rows int) string {
	if p.size < 0 {
		return fmt.Sprintf("%d rows, %d MB read", rows, bytes>>20)
	}
	out := fmt.Sprintf("%d rows, %d of %d MB read", rows, bytes>>20, p.size>>20)
	if left := p.pace.left(bytes, p.size-bytes); left != "" {
		out += ", " + left
	}
	return out
}

// say prints a line without tearing the bar.
func (p *rowProgress) say(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.w, line)
}

func (p *rowProgress) done() {
	p.stop()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
