package monitor

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/witness"
)

// promised is what an agent keeps of the answer to an entry.
func promised(t *testing.T, e *audittest.Economy, seq int) []byte {
	entry, err := op.DecodeEntry(e.Lines[seq])
	require.NoError(t, err)
	block := op.Hash(entry.Stamp.BlockHash)
	line, err := promise.Kept{Event: json.RawMessage(entry.Event.Marshal()), Seq: uint64(seq), TimeMs: entry.Stamp.TimeMs, Height: entry.Stamp.Height, Block: &block,
		Promise: string(anchor.AppendInclusion(nil, int64(seq), e.Path(uint64(seq)), e.Checkpoint()))}.Append(nil)
	require.NoError(t, err)
	return line
}

// refused is what an agent keeps of a refusal at the present head.
func refused(t *testing.T, e *audittest.Economy, ev *op.Event, rule string) []byte {
	text, err := promise.Refusal{Origin: ledger.Origin(e.ID), Event: ev.ID, Size: uint64(len(e.Lines)), Root: e.Root(), At: e.At, Rule: rule}.Sign(e.Signer)
	require.NoError(t, err)
	line, err := promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: string(text)}.Append(nil)
	require.NoError(t, err)
	return line
}

// answersIn gives a monitor a file of answers, which grows.
func answersIn(t *testing.T) (file string, add func([]byte)) {
	file = filepath.Join(t.TempDir(), "answers.ndjson")
	return file, func(line []byte) {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		_, err = f.Write(line)
		require.NoError(t, errors.Join(err, f.Close()))
	}
}

// Promises that are kept, and refusals by the rules, are judged and forgotten; what comes later is, too.
func TestHonestAnswers(t *testing.T) {
	o := newOperator(t)
	file, add := answersIn(t)
	add(promised(t, o.Economy, 2))
	w := o.watched(func(c *Config) { c.Answers = file })
	require.True(t, w.round().OK())
	require.Empty(t, w.answers.wait)

	add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ann"), op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	o.Agent("eve")
	add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ben"), op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	o.Agent("fay")
	add(promised(t, o.Economy, len(o.Lines)-1)[:100]) // not written whole yet
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.Empty(t, w.answers.wait)
	w.restart()
	require.Empty(t, w.answers.wait)
	require.True(t, w.round().OK())

	add([]byte("\n")) // what was not written whole is no answer
	add(refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "cid"), op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	w.round()
	require.Len(t, w.answers.wait, 1, "the entry that comes next may still tell")
	o.Agent("gus")
	require.True(t, w.round().OK())
	require.Empty(t, w.answers.wait)
}

// A refusal as of a later time than that of the entry which came next was made up.
func TestRefusalOfALaterTime(t *testing.T) {
	o := newOperator(t)
	file, add := answersIn(t)
	w := o.watched(func(c *Config) { c.Answers = file })
	ev := o.Sign(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "in time"})
	at := o.At
	o.At.TimeMs += 90 * 60 * 1000
	add(refused(t, o.Economy, ev, "max-age"))
	o.At = at
	require.Empty(t, w.round().Alarms)
	o.Agent("eve")
	a := w.alarm(w.round(), UnjustRefusal, "that was not the time")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "THE OPERATOR'S SIGNED WORD IS BROKEN")
}

// A dropped entry is proved by the promise, whether the promise's head or the log is seen first.
func TestBrokenPromise(t *testing.T) {
	o := newOperator(t)
	other := o.fork(len(o.Lines))
	file, add := answersIn(t)
	o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "promised"})
	add(promised(t, o.Economy, len(o.Lines)-1))
	other.Do(audittest.SecretKey(t, "ben"), op.KindStatement, op.Statement{Text: "instead"})
	other.Agent("eve")
	o.become(other)
	w := o.watched(func(c *Config) { c.Answers = file })
	r := w.round()
	require.Len(t, r.Alarms, 2, "%v %v", r.Alarms, r.Faults)
	require.Equal(t, PromiseBroken, r.Alarms[0].Kind)
	require.Contains(t, r.Alarms[0].Text, "another stands there")
	out, ok := shown(t, r.Alarms[0])
	require.False(t, ok, out)
	require.Contains(t, out, "THE OPERATOR'S SIGNED WORD IS BROKEN")
	require.Equal(t, TwoHistories, r.Alarms[1].Kind)
	out, ok = shown(t, r.Alarms[1])
	require.True(t, ok, out)
}

// A promise that the log never reaches is an alarm once it took too long.
func TestPromiseIsAwaited(t *testing.T) {
	o := newOperator(t)
	other := o.fork(len(o.Lines))
	file, add := answersIn(t)
	o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "promised"})
	add(promised(t, o.Economy, len(o.Lines)-1))
	o.head = o.Checkpoint() // shown, and its last entry is not served
	o.become(other)
	w := o.watched(func(c *Config) { c.Answers = file })
	require.Empty(t, w.round().Alarms)
	w.now = w.now.Add(2 * time.Hour)
	w.restart()
	r := w.round()
	require.Len(t, r.Alarms, 2, "%v", r.Alarms) // silent, too
	require.Equal(t, Withheld, r.Alarms[1].Kind)
	out, ok := shown(t, r.Alarms[1])
	require.False(t, ok, out)
	require.Contains(t, out, "at the end are missing")
}

// A refusal of what the rules let in is proof of censorship, however far the log is by then.
func TestUnjustRefusal(t *testing.T) {
	for name, later := range map[string]bool{"at the head": false, "long ago": true} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t)
			file, add := answersIn(t)
			line := refused(t, o.Economy, o.Sign(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "let me in"}), "max-age")
			w := o.watched(func(c *Config) { c.Answers = file })
			if later {
				o.Agent("eve")
				require.True(t, w.round().OK())
			}
			add(line)
			a := w.alarm(w.round(), UnjustRefusal, "proof of censorship")
			out, ok := shown(t, a)
			require.False(t, ok, out)
			require.Contains(t, out, "THE OPERATOR'S SIGNED WORD IS BROKEN")
			o.Agent("fay")
			w.alarm(w.round(), UnjustRefusal, "proof of censorship")
			require.EqualValues(t, len(o.Lines), w.log.Size(), "it cannot go on")
		})
	}
}

// A clock that stands still while blocks go by is held against headers.
func TestFrozenClock(t *testing.T) {
	o := newOperator(t)
	list := audittest.Headers(400)
	for h := 1; h <= 300; h += 50 {
		o.MineBlock(uint32(500+h), list[h])
		o.Agent(fmt.Sprint("late", h))
	}
	fixed := FixedChain{First: 501, List: list[1:]}
	w := o.watched(func(c *Config) { c.Chain = fixed })
	a := w.alarm(w.round(), Stamps, "is more than two hours before the time of block")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "its stamp does not fit Bitcoin's chain")

	honest := newOperator(t)
	for h := 1; h <= 300; h += 50 {
		honest.At.TimeMs = max(honest.At.TimeMs, list[h].Timestamp.UnixMilli())
		honest.MineBlock(uint32(500+h), list[h])
		honest.Agent(fmt.Sprint("late", h))
	}
	w = honest.watched(func(c *Config) { c.Chain = fixed })
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.EqualValues(t, 893, r.StampedTo)
}

// Entries that claim to be older than a head that did not have them are told: who watches knows when it looked.
func TestBackDated(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	for alarms, now := range []int64{backDatedMs, backDatedMs + 1} {
		w.now = time.UnixMilli(o.At.TimeMs + now)
		w.cfg.Silence = -1
		w.restart()
		w.round()
		o.Agent(fmt.Sprint("past", now))
		r := w.round()
		require.Len(t, r.Alarms, alarms, "%v", r.Alarms)
		if alarms == 0 {
			continue
		}
		require.Equal(t, BackDated, r.Alarms[0].Kind)
	}
}

// An anchor that the log says is final must be shown, and all must be one line.
func TestHiddenAnchor(t *testing.T) {
	o := newOperator(t)
	o.line = o.NewLine("coin")
	o.line.Anchor(6)
	w := o.watched()
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.Equal(t, 1, o.asked["/v1/anchors/proofs"])

	o.line.Anchor(6)
	o.hide = 1
	require.Len(t, w.round().Faults, 1)
	w.now = w.now.Add(2 * time.Hour)
	o.Agent("eve")
	w.restart()
	a := w.alarm(w.round(), AnchorMissing, "does not give their proofs")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "has a gap")
	o.hide = 0
	require.Empty(t, w.round().Alarms)
	asked := o.asked["/v1/anchors/proofs"]
	w.round()
	require.Equal(t, asked, o.asked["/v1/anchors/proofs"], "nothing new, and asked for")
}

// A second line beside the first is caught from what was kept, although the first is shown no more.
func TestSecondLine(t *testing.T) {
	o := newOperator(t)
	o.line = o.NewLine("coin")
	o.line.Anchor(6)
	w := o.watched()
	require.True(t, w.round().OK())
	beside := o.NewLine("another coin")
	beside.Join(o.line)
	beside.Anchor(6)
	o.line = beside
	w.restart()
	a := w.alarm(w.round(), AnchorLine, "line")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "line")
}

// A head that another door shows is held against the log.
func TestHeadOfAnotherDoor(t *testing.T) {
	o := newOperator(t)
	other := newOperator(t)
	other.become(o.fork(len(o.Lines) - 1))
	other.Agent("for the others")
	shows := func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, ledger.Origin(o.ID), r.URL.Query().Get("origin"))
		_, _ = w.Write(other.Checkpoint())
	}
	s := httptest.NewServer(http.HandlerFunc(shows))
	t.Cleanup(s.Close)
	d, err := Witness(s.URL)
	require.NoError(t, err)
	w := o.watched(func(c *Config) { c.Doors = []Door{d} })
	a := w.alarm(w.round(), TwoHistories, "signed two histories")
	require.Contains(t, a.Text, s.URL)
	out, ok := shown(t, a)
	require.True(t, ok, out)

	w = o.watched(func(c *Config) { c.Doors = []Door{Mirror("mirror", other.client())} })
	w.alarm(w.round(), TwoHistories, "mirror")
}

// A mirror that is behind is no alarm; a head that the log's key did not sign is one.
func TestOtherDoors(t *testing.T) {
	o := newOperator(t)
	mirror := newOperator(t)
	mirror.become(o.fork(len(o.Lines) - 2))
	w := o.watched(func(c *Config) { c.Doors = []Door{Mirror("mirror", mirror.client())} })
	require.True(t, w.round().OK())
	stranger := audittest.NewEconomy(t, "watched-1")
	stranger.Agent("x")
	forged := bytes.Replace(stranger.Checkpoint(), []byte("\n2\n"), []byte("\n3\n"), 1)
	mirror.head = forged
	a := w.alarm(w.round(), StrangeHead, "did not sign")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	mirror.head = nil
	require.True(t, w.round().OK())
}

// Silence and a quorum that does not come are alarms after a time, and end.
func TestSilenceAndQuorum(t *testing.T) {
	o := newOperator(t)
	signer, err := witness.NewSigner("w", ed25519.NewKeyFromSeed(bytes.Repeat([]byte("w"), ed25519.SeedSize)))
	require.NoError(t, err)
	policy, err := witness.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness w %s\nquorum w\n", o.LogKey, signer.Verifier().Key()))
	require.NoError(t, err)
	w := o.watched(func(c *Config) { c.Policy = policy })
	require.True(t, w.round().OK())
	w.now = w.now.Add(time.Hour)
	require.True(t, w.round().OK(), "as long as it may be")
	w.now = w.now.Add(time.Millisecond)
	r := w.round()
	require.Len(t, r.Alarms, 2, "%v", r.Alarms)
	require.Equal(t, []Kind{Silent, Unwitnessed}, []Kind{r.Alarms[0].Kind, r.Alarms[1].Kind})
	o.Agent("eve")
	w.alarm(w.round(), Unwitnessed, "no head with the quorum")

	text, _, _ := bytes.Cut(o.Checkpoint(), []byte("\n\n"))
	line, err := signer.Cosign(append(text, '\n'), 1_700_000_000)
	require.NoError(t, err)
	o.head, err = anchor.AddCosignatures(o.Checkpoint(), string(line))
	require.NoError(t, err)
	require.True(t, w.round().OK())
}

// A network that fails is no alarm, and neither is an answer that is withheld, broken off, or makes no sense.
func TestFaultsAreNoAlarms(t *testing.T) {
	for name, spoil := range map[string]func(*operator){
		"head":        func(o *operator) { o.refuse["/v1/checkpoints/latest"] = 503 },
		"page":        func(o *operator) { o.head = []byte("<html>log in to this network</html>") },
		"consistency": func(o *operator) { o.refuse["/v1/checkpoints/consistency"] = 500 },
		"log":         func(o *operator) { o.refuse["/v1/log"] = 502 },
		"payment":     func(o *operator) { o.refuse["/v1/log"] = 402 },
		"hang":        func(o *operator) { o.hang = true },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t)
			w := o.watched()
			require.True(t, w.round().OK())
			o.Agent("eve")
			o.Agent("fay")
			spoil(o)
			w.cfg.Stall = 300 * time.Millisecond
			w.restart()
			r := w.round()
			require.Empty(t, r.Alarms)
			require.NotEmpty(t, r.Faults)
			w.cfg.Stall = time.Minute
			w.restart()
			o.mu.Lock()
			o.refuse, o.head, o.hang = map[string]int{}, nil, false
			o.mu.Unlock()
			r = w.round()
			require.True(t, r.OK(), "%+v", r)
			require.EqualValues(t, len(o.Lines), r.Entries)
		})
	}
}

// An export in pieces is put together, and the folder has a bound.
func TestPiecesAndRoom(t *testing.T) {
	o := newOperator(t)
	o.most = 2
	w := o.watched()
	require.True(t, w.round().OK())

	w = o.watched(func(c *Config) { c.MaxBytes = 100 << 10 })
	o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "x"})
	for i := range 200 {
		o.Agent("agent" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}
	_, err := w.Round(context.Background())
	require.ErrorIs(t, err, errNoRoom)
}

// A consistency proof that does not hold is an alarm even where the log is right.
func TestBadConsistencyProof(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	o.Agent("eve")
	o.proof = func(int64, int64) []op.Hash { return []op.Hash{{1}, {2}} }
	r := w.round()
	w.alarm(r, Inconsistent, "does not hold")
	require.EqualValues(t, len(o.Lines), r.Entries, "the entries show that it extends the one before")
}

// Killed after any write, a monitor that is started again comes to the same end.
func TestKilledBetweenAnyTwoWrites(t *testing.T) {
	story := func(t *testing.T, kill int) (steps int, done bool) {
		o := newOperator(t)
		file, add := answersIn(t)
		other := o.fork(len(o.Lines))
		o.line = o.NewLine("coin")
		o.line.Anchor(6)
		add(promised(t, o.Economy, 3))
		w := o.watched(func(c *Config) { c.Answers = file })
		killed := errors.New("killed")
		go1 := func() Report {
			w.state.wrote = func(string) error {
				if steps++; steps == kill {
					return killed
				}
				return nil
			}
			r, err := w.Round(context.Background())
			if errors.Is(err, killed) {
				w.restart()
				r, err = w.Round(context.Background())
			}
			require.NoError(t, err)
			return r
		}
		require.Empty(t, go1().Alarms)
		other.Do(audittest.SecretKey(t, "ben"), op.KindStatement, op.Statement{Text: "instead"})
		for _, name := range []string{"e", "f", "g", "h", "i"} {
			other.Agent(name)
		}
		o.become(other)
		go1()
		w.restart()
		r := w.round()
		a := w.alarm(r, TwoHistories, "signed two histories")
		require.FileExists(t, filepath.Join(a.Evidence, proofFile))
		return steps, steps < kill
	}
	for kill := 1; ; kill++ {
		if _, done := story(t, kill); done {
			require.Greater(t, kill, 10, "only so many writes")
			return
		}
	}
}

// A promise under a larger head than econd shows is a rollback at once, in a new folder too, and until econd signs as many again.
func TestRollbackBehindAPromise(t *testing.T) {
	o := newOperator(t)
	other := o.fork(len(o.Lines))
	file, add := answersIn(t)
	o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "promised"})
	add(promised(t, o.Economy, len(o.Lines)-1))
	whole := o.Economy
	o.become(other)
	w := o.watched(func(c *Config) { c.Answers = file })
	a := w.alarm(w.round(), RolledBack, "gave a promise under a head of")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "at the end are missing")
	w.restart()
	w.alarm(w.round(), RolledBack, "went back to a backup")
	require.Len(t, w.alarms, 1, "told twice")

	o.become(whole)
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
}

// An econd in recovery shows the head that it stored last, and has every entry that it promised.
func TestRecoveryIsNoRollback(t *testing.T) {
	o := newOperator(t)
	o.head = o.Checkpoint()
	file, add := answersIn(t)
	o.Do(audittest.SecretKey(t, "ann"), op.KindStatement, op.Statement{Text: "promised"})
	add(promised(t, o.Economy, len(o.Lines)-1))
	w := o.watched(func(c *Config) { c.Answers = file })
	for range 2 {
		r := w.round()
		require.Empty(t, r.Alarms)
	}
}
