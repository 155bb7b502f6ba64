package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// What a monitor keeps of an honest log beside its copy does not grow with the number of looks, and of each answer that
// the log bears out a hundred bytes are left.
func TestKeptStaysSmall(t *testing.T) {
	o := newOperator(t)
	file, add := answersIn(t)
	w := o.watched(func(c *Config) { c.Answers = file })
	for i := range 30 {
		o.Pass(time.Second)
		o.Agent(fmt.Sprint("agent", i))
		add(promised(t, o.Economy, len(o.Lines)-1))
		add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ann"), op.KindVote, op.Vote{Proposal: op.ID{1, byte(i)}, Choice: "for"}), "proposal"))
		r := w.round()
		require.True(t, r.OK(), "%+v", r)
		require.Equal(t, 1, w.state.count(bucketHeads), "heads in look %d", i)
	}
	judged := 0
	require.NoError(t, each(w.state, bucketAnswers, func(_ []byte, k kept) error {
		if k.Verdict != "" {
			judged++
			require.Empty(t, k.Line, k.Verdict)
		}
		return nil
	}))
	require.GreaterOrEqual(t, judged, 58)
	w.restart()
	require.NotNil(t, w.covered)
	require.EqualValues(t, len(o.Lines), w.covered.Size)
	require.True(t, w.round().OK())
	require.Empty(t, w.alarms)
}

// Heads that econd gives no entries for are kept up to a bound, and two of one size are told at once.
func TestHeadsWithoutEntries(t *testing.T) {
	o := newOperator(t)
	w := o.watched(func(c *Config) { c.Silence = -1 })
	require.True(t, w.round().OK())
	for range maxHeads + 5 {
		o.Lines = append(o.Lines, []byte("withheld"))
	}
	all := o.Economy
	heads := func(from, to int) {
		for n := from; n < to; n++ {
			e := *all
			e.Lines = all.Lines[:n]
			require.NoError(t, w.keep(t.Context(), "mirror", e.Checkpoint()))
		}
	}
	n := len(o.Lines)
	heads(n-maxHeads-5, n)
	require.Equal(t, maxHeads, w.state.count(bucketHeads))
	require.NotEmpty(t, w.faults)
	require.EqualValues(t, n-1, w.state.Largest["mirror"])
	require.Empty(t, w.alarms)
	w.restart()
	require.Len(t, w.open, maxHeads-1)

	w = o.watched(func(c *Config) { c.Silence = -1 })
	o.become(o.fork(5))
	require.True(t, w.round().OK())
	heads(n-1, n)
	other := *all
	other.Lines = append(append([][]byte{}, all.Lines[:n-2]...), []byte("other"))
	require.NoError(t, w.keep(t.Context(), "mirror", other.Checkpoint()))
	require.Len(t, w.alarms, 1)
	require.Equal(t, TwoHistories, w.alarms[0].Kind)
	out, ok := shown(t, w.alarms[0])
	require.True(t, ok, out)
}

// Alarms that the same log shows have one export; and exports that the copy has take no more than
// their share of the folder, so that the copy can grow. The rest of the evidence is always written.
func TestRoomOfEvidence(t *testing.T) {
	story := func(most int64) *watcher {
		o := newOperator(t)
		file, add := answersIn(t)
		w := o.watched(func(c *Config) { c.MaxBytes = most })
		require.True(t, w.round().OK())
		for i := range 10 {
			o.Pass(time.Second)
			add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: fmt.Sprint("let me in", i)}), "max-age"))
			o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: fmt.Sprint("other", i)})
		}
		require.True(t, w.round().OK())
		w.cfg.Answers = file
		w.restart()
		require.Len(t, w.round().Alarms, 10)
		return w
	}
	w := story(32 << 20)
	_, exports := w.used()
	require.Equal(t, w.copy.bytes(), exports)
	for _, a := range w.alarms {
		out, ok := shown(t, a)
		require.False(t, ok, out)
		require.Contains(t, out, "THE OPERATOR'S SIGNED WORD IS BROKEN")
	}

	w = story(4 << 20)
	most := make([]byte, w.Monitor.cfg.MaxBytes/exportShare-exports-w.copy.upTo(w.copy.size()-1)+1) // one byte more than there is room for
	require.NoError(t, os.WriteFile(filepath.Join(w.Monitor.cfg.Dir, evidenceName, exportFile), most, 0o600))
	require.NoError(t, w.raise(RolledBack, "no room", w.replayed(w.copy.size()-1, []byte(w.covered.Note)), "went back"))
	a := w.alarms[len(w.alarms)-1]
	require.FileExists(t, filepath.Join(a.Evidence, checkpointFile))
	require.NoFileExists(t, filepath.Join(a.Evidence, exportFile))
	require.Contains(t, a.Text, "head -c")
	stat, err := os.Stat(w.copy.path)
	require.NoError(t, err)
	require.Greater(t, stat.Size(), w.copy.upTo(w.copy.size()-1))
}
