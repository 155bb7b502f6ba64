package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// rowProgress shows how far a file is read: a bar on a terminal, now and then a
// line anywhere else.
type rowProgress struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

// rowsPerLine is how many rows pass between two lines of progress.
const rowsPerLine = 1 << 21

func newRowProgress(w io.Writer, size int64) rowProgress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return rowProgress{w: w}
	}
	return rowProgress{w, progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

func (p rowProgress) at(bytes int64, rows int) {
	switch {
	case p.bar != nil:
		_ = p.bar.Set64(bytes)
	case rows > 0 && rows%rowsPerLine == 0:
		fmt.Fprintf(p.w, "%d rows, %d MB read\n", rows, bytes>>20)
	}
}

// say prints a line without tearing the bar.
func (p rowProgress) say(line string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.w, line)
}

func (p rowProgress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
