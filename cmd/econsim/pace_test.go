package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/sim"
)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// What is left takes as long as what was done, in proportion; in the first two
// seconds, and before anything was done, nobody can tell.
func TestPaceTellsWhatIsLeft(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	p := newPace(c.now)
	require.Empty(t, p.left(10, 90))
	c.pass(2*time.Second - 1)
	require.Empty(t, p.left(10, 90))
	c.pass(1)
	require.Empty(t, p.left(0, 90))
	require.Equal(t, "about 20 s left", p.left(10, 90))
	c.pass(298 * time.Second)
	require.Equal(t, "about 45 min left", p.left(10, 90))
	require.Equal(t, "a few seconds left", p.left(100, 0))
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "a few seconds", 9 * time.Second: "a few seconds", 10 * time.Second: "about 10 s",
		114 * time.Second: "about 110 s", 2 * time.Minute: "about 2 min", 119 * time.Minute: "about 119 min", 2 * time.Hour: "about 2 h",
		47 * time.Hour: "about 47 h", 48 * time.Hour: "about 2 days"} {
		require.Equal(t, want, about(d))
	}
}

// Both kinds of progress say how long they will take, where they can.
func TestProgressLines(t *testing.T) {
	c := &clock{time.Unix(1, 0)}
	var out bytes.Buffer
	cells := newCellProgress(&out)
	cells.finish()
	cells.pace = newPace(c.now)
	require.Equal(t, "starting", cells.line())
	cells.at(sim.Progress{Cells: 4, Left: 400})
	require.Equal(t, "0 of 4 cells", cells.line())
	c.pass(20 * time.Second)
	cells.at(sim.Progress{Cells: 4, CellsDone: 1, Done: 100, Kept: 900, Left: 300})
	require.Equal(t, "1 of 4 cells, about 60 s left", cells.line(), "what an earlier run did says nothing about speed")

	rows := newRowProgress(&out, 100<<20)
	rows.done()
	rows.pace = newPace(c.now)
	c.pass(10 * time.Second)
	rows.at(20<<20, 7)
	require.Equal(t, "7 rows, 20 of 100 MB read, about 40 s left", rows.line())
	require.Empty(t, out.String(), "nothing of what takes no second")
	require.Equal(t, "1 of 5 variations, about 40 s left", variationsText(rows.pace, 1, 5))
	rows.size = -1
	require.Equal(t, "7 rows, 20 MB read", rows.text(20<<20, 7), "the end of standard input is not known")
}
