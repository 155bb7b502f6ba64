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
	"github.com/econd/econd/node/sim"
)

// cellProgress shows how far a sweep is and how long it will still take: a bar on
// a terminal, a line now and then anywhere else.
type cellProgress struct {
	pace *pace
	bar  *progressbar.ProgressBar // nil: lines
	most int64                    // shown; cells that end early must not move the bar back
	drew time.Time                // the bar
	now  atomic.Pointer[sim.Progress]
	stop func() // saying lines
}

// barSteps is the resolution of the bar, barPause the time between two drawings.
const (
	barSteps = 1000
	barPause = 100 * time.Millisecond
)

func newCellProgress(w io.Writer) *cellProgress {
	c := &cellProgress{pace: newPace(time.Now), stop: func() {}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.bar = progressbar.NewOptions64(barSteps, progressbar.OptionSetWriter(w), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish())
		c.bar.Describe("starting")
		return c
	}
	c.stop = cli.Waiting(w, c.line)
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
	default:
		c.now.Store(&p)
	}
}

// line is the latest state in words.
func (c *cellProgress) line() string {
	if p := c.now.Load(); p != nil {
		return c.text(*p)
	}
	return "starting"
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
	c.stop()
	if c.bar != nil {
		_ = c.bar.Clear()
	}
}
