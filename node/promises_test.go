package node_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// opens checks the promise of a receipt and returns how many entries its head covers.
func (w *world) opens(r view.Receipt, e *op.Event) int64 {
	w.T.Helper()
	p, err := promise.Open([]byte(r.Promise), e, r.Seq, op.Stamp{TimeMs: r.TimeMs, Height: r.Height, BlockHash: r.Block}, nodetest.LogVerifier(w.T))
	require.NoError(w.T, err)
	highest, ok, err := w.Heads.Highest()
	require.NoError(w.T, err)
	require.True(w.T, ok)
	require.GreaterOrEqual(w.T, highest.Size, uint64(p.Checkpoint.Size), "the head left before it was kept")
	return p.Checkpoint.Size
}

// Every answer is a promise: of one event, of many, of what was recorded before, and after
// a start.
func TestEveryAnswerIsAPromise(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	register := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
	first, err := w.Node.Submit(t.Context(), register)
	require.NoError(t, err)
	w.opens(first, register)
	var many []*op.Event
	for i := range 70 {
		many = append(many, w.Event(alice, op.KindStatement, op.Statement{Text: strings.Repeat("x", i+1)}))
	}
	many[5] = nil
	for _, want := range []bool{false, true} {
		for i, r := range w.Node.SubmitMany(t.Context(), many) {
			if i == 5 {
				require.Empty(t, r)
				continue
			}
			require.NoError(t, r.Err)
			require.Equal(t, want, r.Receipt.Replay)
			w.opens(r.Receipt, many[i])
		}
		w.Halt()
		w.Start()
	}
	again, err := w.Node.Submit(t.Context(), register)
	require.NoError(t, err)
	require.EqualValues(t, w.Node.Size(), w.opens(again, register))
}

// A promise holds for one event, place and stamp under one key, and no byte of it can be
// changed.
func TestPromiseIsBound(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	e := w.Event(alice, op.KindStatement, op.Statement{Text: "one"})
	other := w.Event(alice, op.KindStatement, op.Statement{Text: "two"})
	r, err := w.Node.Submit(t.Context(), e)
	require.NoError(t, err)
	at := op.Stamp{TimeMs: r.TimeMs, Height: r.Height, BlockHash: r.Block}
	log := nodetest.LogVerifier(t)
	open := func(text string, e *op.Event, seq uint64, at op.Stamp) error {
		_, err := promise.Open([]byte(text), e, seq, at, log)
		return err
	}
	require.NoError(t, open(r.Promise, e, r.Seq, at))
	require.ErrorIs(t, open(r.Promise, other, r.Seq, at), promise.ErrOther)
	require.ErrorIs(t, open(r.Promise, e, r.Seq+1, at), promise.ErrOther)
	for _, wrong := range []op.Stamp{{TimeMs: at.TimeMs + 1, Height: at.Height, BlockHash: at.BlockHash},
		{TimeMs: at.TimeMs, Height: at.Height + 1, BlockHash: at.BlockHash}, {TimeMs: at.TimeMs, Height: at.Height}} {
		require.ErrorIs(t, open(r.Promise, e, r.Seq, wrong), promise.ErrOther)
	}
	for i := range r.Promise {
		changed := []byte(r.Promise)
		changed[i] ^= 1
		require.Error(t, open(string(changed), e, r.Seq, at), "byte %d", i)
	}
	require.Error(t, open(r.Promise+"\n", e, r.Seq, at))
	require.Error(t, open("", e, r.Seq, at))
}

// What the rules refuse is refused with a signed word: the event, the head by which it was
// judged, member and rule. Whoever has the log finds the same.
func TestRefusalsAreSigned(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	early := w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	malformed := w.Event(alice, op.KindStatement, op.Raw(`{"unknown":1}`))
	twice := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
	good := w.Event(alice, op.KindStatement, op.Statement{Text: "between"})
	for _, e := range []*op.Event{early, malformed, twice} {
		_, err := w.Node.Submit(t.Context(), e)
		w.signedRefusal(err, e)
	}
	early2 := w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{2}, Choice: "for"})
	results := w.Node.SubmitMany(t.Context(), []*op.Event{good, early2})
	require.NoError(t, results[0].Err)
	r := w.signedRefusal(results[1].Err, early2)
	require.Equal(t, results[0].Receipt.Seq+1, r.Size, "judged after what came before it in its group")

	forged := *w.Event(alice, op.KindStatement, op.Statement{Text: "forged"})
	forged.Sig[3] ^= 1
	_, err := w.Node.Submit(t.Context(), &forged)
	require.ErrorIs(t, err, op.ErrSignature)
	require.False(t, errors.As(err, new(*node.SignedRefusal)), "nobody signed the event")
}

// signedRefusal opens the proof of a refusal and finds it right.
func (w *world) signedRefusal(err error, e *op.Event) promise.Refusal {
	w.T.Helper()
	var signed *node.SignedRefusal
	require.ErrorAs(w.T, err, &signed)
	r, err := promise.OpenRefusal(signed.Proof, nodetest.LogVerifier(w.T))
	require.NoError(w.T, err)
	require.Equal(w.T, e.ID, r.Event)
	s := ledger.New()
	require.NoError(w.T, w.Store.Scan(0, r.Size, func(_ uint64, line []byte) error {
		entry, err := op.DecodeEntry(line)
		if err == nil {
			_, err = ledger.Apply(s, entry)
		}
		return err
	}))
	root, err := w.Store.Root(r.Size)
	require.NoError(w.T, err)
	require.Equal(w.T, root, r.Root)
	own := *e
	_, err = ledger.Apply(s, &op.Entry{Seq: r.Size, Stamp: r.At, Event: &own})
	require.ErrorContains(w.T, err, r.Rule)
	require.ErrorContains(w.T, err, r.Field)
	for i := range signed.Proof {
		changed := append([]byte{}, signed.Proof...)
		changed[i] ^= 1
		_, err := promise.OpenRefusal(changed, nodetest.LogVerifier(w.T))
		require.Error(w.T, err, "byte %d", i)
	}
	return r
}

// While the file of heads cannot be written events are recorded and answered without a
// promise: no head leaves that is not kept.
func TestNoPromiseWithoutAKeptHead(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.Heads.Refuse(errors.New("disk full"))
	e := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
	r, err := w.Node.Submit(t.Context(), e)
	require.NoError(t, err)
	require.Empty(t, r.Promise)
	_, _, err = w.Node.Checkpoint(t.Context())
	require.ErrorIs(t, err, node.ErrHeadUnwritten)
	w.Heads.Refuse(nil)
	r, err = w.Node.Submit(t.Context(), e)
	require.NoError(t, err)
	w.opens(r, e)
}

// cosigner plays witnesses.
type cosigner struct {
	mu    sync.Mutex
	err   error
	heads []uint64
	let   chan struct{}
}

func (c *cosigner) Cosign(ctx context.Context, size uint64, note []byte, prove func(uint64) ([][32]byte, error)) ([]byte, error) {
	select {
	case <-c.let:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	if _, err := prove(1); err != nil {
		return nil, err
	}
	c.heads = append(c.heads, size)
	return append(note, "— witness AAAAAAAA\n"...), nil
}

func (c *cosigner) fail(err error) { c.mu.Lock(); defer c.mu.Unlock(); c.err = err }

// With witnesses an answer waits for a head that they cosigned; many answers share one.
func TestPromisesWaitForWitnesses(t *testing.T) {
	w := newWorld(t)
	w.Halt()
	c := &cosigner{let: make(chan struct{})}
	w.Cosigner = c
	w.Start()
	alice := nodetest.Key(t, 11)
	e := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	r, err := w.Node.Submit(ctx, e)
	cancel()
	require.NoError(t, err, "it is recorded")
	require.Empty(t, r.Promise)
	c.fail(errors.New("no quorum"))
	close(c.let)
	w.Until("the fault shows", func(*ledger.State, int64) bool {
		return strings.Contains(strings.Join(w.Node.Ready(), ";"), "no quorum")
	})
	c.fail(nil)
	r, err = w.Node.Submit(t.Context(), e)
	require.NoError(t, err)
	require.True(t, r.Replay)
	require.Contains(t, r.Promise, "— witness AAAAAAAA\n")
	require.GreaterOrEqual(t, c.heads[len(c.heads)-1], r.Seq+1)
	require.NotContains(t, strings.Join(w.Node.Ready(), ";"), "witnesses")
}

// Without a quorum every answer comes without a promise in the end, also where its caller would wait for ever:
// of one event, of many, and of many that are recorded already.
func TestNoAnswerWaitsForeverForAPromise(t *testing.T) {
	w := newWorld(t)
	w.Halt()
	w.Cosigner, w.PromiseWait = &cosigner{let: make(chan struct{})}, 20*time.Millisecond
	w.Start()
	alice := nodetest.Key(t, 11)
	r, err := w.Node.Submit(t.Context(), w.Event(alice, op.KindRegister, op.Register{Name: "alice"}))
	require.NoError(t, err)
	require.Empty(t, r.Promise)
	many := []*op.Event{w.Event(alice, op.KindStatement, op.Statement{Text: "one"}), w.Event(alice, op.KindStatement, op.Statement{Text: "two"})}
	for _, replay := range []bool{false, true} {
		for _, r := range w.Node.SubmitMany(t.Context(), many) {
			require.NoError(t, r.Err)
			require.Equal(t, replay, r.Receipt.Replay)
			require.Empty(t, r.Receipt.Promise)
		}
	}
}

// No head is handed out that the witnesses did not cosign, by any door: who had one could bring it
// to them, and they would cosign nothing below it any more.
func TestNoHeadBeforeItIsPromised(t *testing.T) {
	w := newWorld(t)
	w.Halt()
	c := &cosigner{let: make(chan struct{})}
	w.Cosigner = c
	w.Start()
	_, _, err := w.Node.Checkpoint(t.Context())
	require.ErrorIs(t, err, node.ErrUnpromised)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	_, err = w.Node.EntryProofs(ctx, 0)
	cancel()
	require.ErrorIs(t, err, node.ErrUnpromised)
	proofs := make(chan error, 1)
	go func() { _, err := w.Node.EntryProofs(t.Context(), 0); proofs <- err }()
	c.let <- struct{}{}
	require.NoError(t, <-proofs)
	first, head, err := w.Node.Checkpoint(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(head), "— witness AAAAAAAA\n")

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	r, err := w.Node.Submit(ctx, w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"}))
	cancel()
	require.NoError(t, err)
	size, again, err := w.Node.Checkpoint(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, size)
	require.Equal(t, head, again)
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	_, err = w.Node.EntryProofs(ctx, 0, r.Seq)
	cancel()
	require.ErrorIs(t, err, node.ErrUnpromised)
	_, err = w.Node.EntryProofs(t.Context(), 0)
	require.NoError(t, err)

	close(c.let)
	_, err = w.Node.EntryProofs(t.Context(), r.Seq)
	require.NoError(t, err)

	w.Halt()
	c = &cosigner{let: make(chan struct{})}
	w.Cosigner = c
	w.Start()
	size, _, err = w.Node.Checkpoint(t.Context())
	require.NoError(t, err, "the last one that was handed out")
	require.GreaterOrEqual(t, size, r.Seq+1)
}

// A refusal states a head, so none is signed at a head that is not kept: a restore would forget it.
func TestRefusalsAreSignedAtKeptHeads(t *testing.T) {
	w := newWorld(t)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	vote := func(n byte) *op.Event { return w.Event(alice, op.KindVote, op.Vote{Proposal: op.ID{n}, Choice: "for"}) }
	first := vote(1)
	_, err := w.Node.Submit(t.Context(), first)
	w.signedRefusal(err, first)
	w.Heads.Refuse(errors.New("disk full"))
	receipt, err := w.Node.Submit(t.Context(), w.Event(alice, op.KindStatement, op.Statement{Text: "no head covers it"}))
	require.NoError(t, err)
	require.Empty(t, receipt.Promise)
	_, err = w.Node.Submit(t.Context(), vote(2))
	require.Error(t, err)
	require.False(t, errors.As(err, new(*node.SignedRefusal)), "at a head that nobody keeps")
	w.Heads.Refuse(nil)
	third := vote(3)
	_, err = w.Node.Submit(t.Context(), third)
	r := w.signedRefusal(err, third)
	highest, _, err := w.Heads.Highest()
	require.NoError(t, err)
	require.LessOrEqual(t, r.Size, highest.Size)
}
