package monitor

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// grown is an operator with a log of some hundred entries.
func grown(t *testing.T, entries int) *operator {
	o := newOperator(t)
	for i := len(o.Lines); i < entries; i++ {
		o.Agent(fmt.Sprint("agent", i))
	}
	return o
}

// changed spoils each line from some entry on.
func changed(from uint64) func([]byte) []byte {
	return func(line []byte) []byte {
		if e, err := op.DecodeEntry(line); err != nil || e.Seq < from {
			return line
		}
		return bytes.Replace(line, []byte(`"name`), []byte(`"nama`), 1)
	}
}

// days lets a monitor look every twenty minutes, and says how many lines it was sent.
func (w *watcher) days(o *operator, n int) (lines int) {
	before := o.sent
	for end := w.now.Add(time.Duration(n) * 24 * time.Hour); w.now.Before(end); w.now = w.now.Add(20 * time.Minute) {
		w.round()
	}
	return o.sent - before
}

// What is changed on its way always costs a bounded number of entries a day, however often the monitor looks; what was
// verified is asked for no more, nobody is accused of it, and it is an alarm that ends.
func TestGarblingProxy(t *testing.T) {
	const size = 300
	for _, x := range []struct {
		name   string
		from   uint64
		change func([]byte) []byte
	}{
		{"an event", size - 100, changed(size - 100)},
		{"a stamp", size - 100, func(line []byte) []byte { // by rules alone nothing is wrong with it
			if e, err := op.DecodeEntry(line); err == nil && e.Seq == size-100 {
				e.Stamp.TimeMs--
				return e.Marshal()
			}
			return line
		}},
		{"no entry", size - 100, func(line []byte) []byte {
			if e, err := op.DecodeEntry(line); err == nil && e.Seq >= size-100 {
				return []byte("<p>blocked</p>")
			}
			return line
		}},
		{"all", 0, changed(0)},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := newOperator(t)
			for i := len(o.Lines); i < size; i++ {
				o.Pass(time.Millisecond)
				o.Agent(fmt.Sprint("agent", i))
			}
			o.garbage = x.change
			w := o.watched(func(c *Config) { c.Silence = -1 })
			first := w.days(o, 1)
			r := w.round()
			a := w.alarm(r, Garbled, "ask by another way")
			require.Empty(t, a.Command)
			require.EqualValues(t, x.from, r.Entries, "what is right is kept")
			require.NotEmpty(t, r.Faults)
			require.LessOrEqual(t, first, size+40*(size-int(x.from)), "lines in a day: about one try an hour")
			w.restart()
			require.LessOrEqual(t, w.days(o, 1), 32*(size-int(x.from)), "a restart forgets the waits")
			require.Len(t, w.alarms, 1, "told again")

			o.mu.Lock()
			o.garbage = nil
			o.mu.Unlock()
			o.Agent("later")
			before := o.sent
			w.now = w.now.Add(2 * time.Hour)
			r = w.round()
			require.True(t, r.OK(), "%+v", r)
			require.EqualValues(t, len(o.Lines), r.Entries)
			require.Equal(t, len(o.Lines)-int(x.from), o.sent-before, "only what is beyond the verified prefix")
			require.Zero(t, w.state.Trouble)
		})
	}
}

// A proxy that changes one line of each answer keeps no monitor from the end of the log.
func TestGarbledNowAndThen(t *testing.T) {
	o := grown(t, 200)
	lines := 0
	o.garbage = func(line []byte) []byte {
		if lines++; lines%40 == 0 {
			return bytes.Replace(line, []byte(`"time_ms":1`), []byte(`"time_ms":0`), 1)
		}
		return line
	}
	w := o.watched(func(c *Config) { c.Silence = -1 })
	sent := w.days(o, 1)
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.EqualValues(t, len(o.Lines), r.Entries)
	require.Less(t, sent, 5*len(o.Lines))
}

// A head that nobody known signed makes the monitor fetch; what is changed on its way then is no proof.
func TestGarbledUnderAStrangersHead(t *testing.T) {
	o := newOperator(t)
	mirror := newOperator(t)
	w := o.watched(func(c *Config) { c.Doors = []Door{Mirror("mirror", mirror.client())}; c.Silence = -1 })
	require.True(t, w.round().OK())
	o.head = o.Checkpoint()
	for _, name := range []string{"eve", "fay"} {
		o.Agent(name)
	}
	stranger := audittest.NewEconomy(t, "watched-1")
	stranger.Agent("x")
	mirror.head = bytes.Replace(stranger.Checkpoint(), []byte("\n2\n"), fmt.Appendf(nil, "\n%d\n", len(o.Lines)), 1)
	o.garbage = changed(uint64(len(o.Lines)) - 2)
	r := w.round()
	require.Empty(t, r.Alarms, "%v", r.Alarms)
	require.NotEmpty(t, r.Faults)
}

// An entry that makes no sense under a signed head is the operator's own, whatever comes after it.
func TestNonsenseUnderASignedHead(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	o.Lines = append(o.Lines, []byte("{}"), []byte("no entry either"))
	a := w.alarm(w.round(), RefusedLog, "is not a canonical entry")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "is not a canonical entry")
}
