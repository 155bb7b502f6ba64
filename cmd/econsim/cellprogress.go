package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/econd/econd/node/sim"
)

// cellProgress shows how far a sweep is and how long it will still take: a bar on
// a terminal, a line now and then anywhere else.
type cellProgress struct {
	w    io.Writer
	pace *pace
	bar  *progressbar.ProgressBar // nil: lines
	most int64                    // shown; cells that end early must not move the bar back
	drew time.Time                // the bar
}

// barSteps is the resolution of the bar, barPause the time between two drawings.
const (
	barSteps = 1000
	barPause = 100 * time.Millisecond
)

func newCellProgress(w io.Writer) *cellProgress {
	c := &cellProgress{w: w, pace: newPace(time.Now)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.bar = progressbar.NewOptions64(barSteps, progressbar.OptionSetWriter(w), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish())
	}
	return c
}

func (c *cellProgress) at(p sim.Progress) {
	switch {
	case c.bar != nil && p.CellsDone < p.Cells && c.pace.now().Sub(c.drew) < barPause:
	case c.bar != nil:
		c.drew = c.pace.now()
		if all := p.Kept + p.Done + p.Left; all > 0 {
			c.most = max(c.most, min(barSteps-1, barSteps*(p.Kept+p.Done)/all))
		}
		c.bar.Describe(c.text(p))
		_ = c.bar.Set64(c.most)
	case c.pace.due():
		fmt.Fprintln(c.w, c.text(p))
	}
}

// text is the state in words.
func (c *cellProgress) text(p sim.Progress) string {
	out := fmt.Sprintf("%d of %d cells", p.CellsDone, p.Cells)
	if left := c.pace.left(p.Done, p.Left); left != "" && p.CellsDone < p.Cells {
		out += ", " + left
	}
	return out
}

func (c *cellProgress) finish() {
	if c.bar != nil {
		_ = c.bar.Clear()
	}
}
