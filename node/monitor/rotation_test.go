package monitor

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// newRotator is an operator whose log may go over to another key.
func newRotator(t *testing.T) *operator {
	c := audittest.Constitution()
	c.Version = constitution.RulesLogKey
	e := audittest.NewEconomyBy(t, "watched-1", c)
	e.EnterHeaders(0, headers.Mine([32]byte{}, e.At.TimeMs/1000-12*600, 600, 12, 0))
	o := &operator{t: t, Economy: e, asked: map[string]int{}, refuse: map[string]int{}}
	o.Agent("ann")
	o.Agent("ben")
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	o.url = s.URL
	return o
}

// rotate lets the log go over to another key, and returns the one before.
func (o *operator) rotate(name string) (old note.Signer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ev, next := o.Economy.Rotate(name, o.Signer)
	o.Enter(ev)
	old, o.Signer = o.Signer, next
	o.LogKey = o.State.LogVerifier()
	return old
}

// by has an answer or a head signed by another key than the one in force.
func (o *operator) by(key note.Signer, fn func()) {
	now := o.Signer
	o.Signer = key
	fn()
	o.Signer = now
}

// An honest log goes over to another key and to a third, while the monitor runs, at a restart, and before its first contact:
// no alarm and no fault, whichever key is named.
func TestHonestRotation(t *testing.T) {
	o := newRotator(t)
	first := o.LogKey
	file, add := answersIn(t)
	mirror := newRotator(t)
	mirror.become(o.fork(len(o.Lines)))
	change := func(c *Config) {
		c.Answers, c.Doors = file, []Door{Mirror("mirror", mirror.client())}
	}
	add(promised(t, o.Economy, 2))
	w := o.watched(change)
	require.True(t, w.round().OK())

	o.Agent("cid")
	add(promised(t, o.Economy, len(o.Lines)-1)) // by the first key; the monitor looks after the handover
	add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ann"), op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	o.rotate("second")
	o.Agent("dan")
	add(promised(t, o.Economy, len(o.Lines)-1))
	add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ben"), op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	o.Agent("eve")
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.Equal(t, o.LogKey, r.LogKey)
	require.Empty(t, w.answers.wait)
	require.Empty(t, w.answers.unopened)

	require.NoError(t, w.Close())
	o.rotate("third")
	o.Agent("fay")
	for _, key := range []string{"", first, o.LogKey} {
		w.cfg.LogKey = key
		w.start()
		r = w.round()
		require.True(t, r.OK(), "%+v", r)
		require.Equal(t, o.LogKey, r.LogKey)
		require.NoError(t, w.Close())

		fresh := o.watched(change, func(c *Config) { c.LogKey = key })
		r = fresh.round()
		require.True(t, r.OK(), "%+v", r)
		require.EqualValues(t, len(o.Lines), r.Entries)
		require.Empty(t, fresh.answers.wait)
		require.Empty(t, fresh.answers.unopened)
	}
	require.Empty(t, w.alarms)
}

// What is not given for a while is a fault, and no alarm: the key of a head is not known before its entries are.
func TestRotationBehindAFailure(t *testing.T) {
	o := newRotator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	o.rotate("second")
	for _, path := range []string{"/v1/log", "/v1/info"} {
		o.refuse[path] = 404
		r := w.round()
		require.NotEmpty(t, r.Faults)
		require.Empty(t, r.Alarms)
		w.restart()
		delete(o.refuse, path)
	}
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.Equal(t, o.LogKey, r.LogKey)
}

// A head that the old key signs after the handover is an alarm, whether the handover is known or comes later,
// and so is one by a key that the log never went over to; the log is followed on.
func TestHeadByTheWrongKey(t *testing.T) {
	for name, c := range map[string]struct {
		sign func(o *operator) []byte
		says string
	}{
		"the old key, known": {func(o *operator) (head []byte) {
			old := o.rotate("second")
			o.by(old, func() { head = o.Checkpoint() })
			return head
		}, "which is not the log's key at that size"},
		"a key of nobody": {func(o *operator) (head []byte) {
			_, thief := o.Economy.Rotate("of a thief", o.Signer)
			o.Agent("cid")
			o.by(thief, func() { head = o.Checkpoint() })
			return head
		}, "did not sign"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newRotator(t)
			mirror := newRotator(t)
			mirror.become(o.fork(len(o.Lines)))
			w := o.watched(func(c *Config) { c.Doors = []Door{Mirror("mirror", mirror.client())} })
			require.True(t, w.round().OK())
			mirror.head = c.sign(o)
			a := w.alarm(w.round(), StrangeHead, c.says)
			out, ok := shown(t, a)
			require.False(t, ok, out)
			o.Agent("zed")
			r := w.round()
			require.EqualValues(t, len(o.Lines), r.Entries, "%v", r.Faults)
			mirror.head = nil
			require.True(t, w.round().OK())
		})
	}
}

// The old key signs on in secret: its head is taken for the log's until the handover under it is seen.
func TestOldKeySignsAheadOfTheHandover(t *testing.T) {
	o := newRotator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	seen := o.fork(len(o.Lines))
	old := o.rotate("second")
	o.by(old, func() { o.head = o.Checkpoint() })
	o.mu.Lock()
	lines := o.Lines
	o.Lines = seen.Lines // the handover is held back
	o.mu.Unlock()
	require.Empty(t, w.round().Alarms)
	w.restart()
	o.mu.Lock()
	o.Lines, o.head = lines, nil
	o.mu.Unlock()
	r := w.round()
	a := w.alarm(r, StrangeHead, "which is not the log's key at that size")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "which is not the log's key at that size")
	require.True(t, w.round().OK())
	w.restart()
	require.True(t, w.round().OK(), "told once")
}

// A promise by the key of another size is a broken one.
func TestPromiseByTheOldKey(t *testing.T) {
	o := newRotator(t)
	file, add := answersIn(t)
	old := o.rotate("second")
	o.Agent("cid")
	o.by(old, func() { add(promised(t, o.Economy, len(o.Lines)-1)) })
	w := o.watched(func(c *Config) { c.Answers = file })
	r := w.round()
	require.Len(t, r.Alarms, 2, "%v %v", r.Alarms, r.Faults)
	require.Equal(t, []Kind{PromiseBroken, StrangeHead}, []Kind{r.Alarms[0].Kind, r.Alarms[1].Kind})
	out, ok := shown(t, r.Alarms[0])
	require.False(t, ok, out)
	require.Contains(t, out, "THE OPERATOR'S SIGNED WORD IS BROKEN")
}

// Two histories of which the heads are by two keys are proved, with the handover between them.
func TestTwoHistoriesByTwoKeys(t *testing.T) {
	o := newRotator(t)
	mirror := newRotator(t)
	mirror.become(o.fork(len(o.Lines)))
	w := o.watched(func(c *Config) { c.Doors = []Door{Mirror("mirror", mirror.client())} })
	require.True(t, w.round().OK())
	other := o.fork(len(o.Lines) - 1)
	other.Agent("instead")
	o.rotate("second")
	o.Agent("cid")
	mirror.become(other)
	a := w.alarm(w.round(), TwoHistories, "signed two histories")
	out, ok := shown(t, a)
	require.True(t, ok, out)
	require.Contains(t, out, "EQUIVOCATION PROVED")
}

// A log that another key founded is none that went over: whoever named a key is told at once, and nothing of it is kept.
func TestAnotherLogIsNoRotation(t *testing.T) {
	o := newRotator(t)
	named, _ := o.Economy.Rotate("never", o.Signer)
	content, err := named.Decoded()
	require.NoError(t, err)
	never := content.(*op.LogKey).LogVerifier

	cfg := o.watched().cfg
	cfg.Dir, cfg.LogKey = t.TempDir(), never
	m, err := New(context.Background(), cfg)
	require.NoError(t, err)
	_, err = m.Round(context.Background())
	require.ErrorIs(t, err, ErrConfig)
	require.ErrorContains(t, err, "never signed")
	require.Zero(t, m.copy.size())
	require.NoError(t, m.Close())

	w := o.watched()
	require.True(t, w.round().OK())
	w.cfg.LogKey = never
	w.restart()
	_, err = w.Round(context.Background())
	require.ErrorIs(t, err, ErrConfig)
	require.ErrorContains(t, err, "never went over")
}

// Entries that were back-dated behind a handover are told, too: it alone is stamped as the entry before it.
func TestBackDatedAroundARotation(t *testing.T) {
	o := newRotator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	w.now = time.UnixMilli(o.At.TimeMs + backDatedMs + 1)
	w.cfg.Silence = -1
	w.restart()
	w.round()
	o.rotate("second")
	require.True(t, w.round().OK())
	o.Agent("late")
	w.alarm(w.round(), BackDated, "without it")
}
