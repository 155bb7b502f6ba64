package node

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/refusal"
)

// Cosigner gets signed checkpoints cosigned by others before they count as promised.
type Cosigner interface {
	// Cosign returns the note with the cosignatures that it got. It decides itself how long
	// it waits and whether too few of them are enough; an error says that the head is not
	// promised, and the newest one is tried later. prove gives the consistency proof from
	// an older size of the log. Calls come one at a time.
	Cosign(ctx context.Context, size uint64, note []byte, prove func(old uint64) ([][32]byte, error)) ([]byte, error)
}

// promises are what answers are made of: the newest head that counts as promised.
type promises struct {
	mu     sync.Mutex
	size   uint64
	note   []byte
	fault  string    // why the newest head is not promised, "": it is
	since  time.Time // of the fault
	signed broadcast // a newer head was signed
	grown  broadcast // a newer one is promised
}

// newest is the head that is promised now.
func (p *promises) newest() (size uint64, note []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size, p.note
}

// raise makes a head the promised one.
func (p *promises) raise(size uint64, note []byte) {
	p.mu.Lock()
	if size >= p.size {
		p.size, p.note, p.fault = size, note, ""
	}
	p.mu.Unlock()
	p.grown.wake()
}

func (p *promises) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == "" {
		p.since = time.Now()
	}
	p.fault = err.Error()
}

// problem says why the newest head is not promised, or "".
func (p *promises) problem() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == "" {
		return ""
	}
	return "witnesses: no head is promised since " + p.since.UTC().Format(time.RFC3339) + ": " + p.fault
}

// promiseHead signs the head of what a slice made durable, before its events are answered.
// Where it cannot, they are answered without a promise, and headProblem says why.
func (n *Node) promiseHead() {
	c := &n.checkpoints
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(n.disagreements()) > 0 {
		return
	}
	if err := n.sign(c, n.Size()); err != nil {
		n.cfg.Log.Warn("answers are no promises", "error", err.Error())
	}
}

// runPromises gets the newest signed head cosigned, again and again.
func (n *Node) runPromises(ctx context.Context) error {
	if n.cfg.Cosigner == nil {
		return nil
	}
	pauses := backoff.Pauses{First: 100 * time.Millisecond, Longest: 10 * time.Second}
	for {
		more := n.promises.signed.next()
		size, note := n.checkpoints.newest()
		if done, _ := n.promises.newest(); size <= done {
			if _, err := backoff.Wait(ctx, time.Minute, more); err != nil {
				return err
			}
			continue
		}
		cosigned, err := n.cfg.Cosigner.Cosign(ctx, size, note, func(old uint64) ([][32]byte, error) { return n.ConsistencyProof(old, size) })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			n.promises.raise(size, cosigned)
			pauses.Reset()
			continue
		}
		n.promises.fail(err)
		wait := pauses.Next()
		n.cfg.Log.Warn("witnesses", "in", wait.String(), "error", err.Error())
		if err := backoff.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// promised returns the newest promised head once it covers so many entries, or nil where
// that is not to be waited for.
func (n *Node) promised(ctx context.Context, covers uint64) (size uint64, note []byte) {
	for {
		signal := n.promises.grown.next()
		size, note := n.promises.newest()
		if size >= covers {
			return size, note
		}
		if signed, _ := n.checkpoints.newest(); signed < covers {
			n.promiseHead() // after a start, or where the last try failed
			if signed, _ = n.checkpoints.newest(); signed < covers {
				return 0, nil
			}
			continue
		}
		select {
		case <-signal:
		case <-n.stopping:
			return 0, nil
		case <-ctx.Done():
			return 0, nil
		}
	}
}

// longestPromiseWait is Config.PromiseWait where it is not set, and replaysWait how long many events wait that
// are all recorded: whoever sends what is public pays nothing for it.
const (
	longestPromiseWait = 30 * time.Second
	replaysWait        = time.Second
)

// promise puts the promises into answers, and signs the refusals among them. It is the
// caller's work, not the writer's. What cannot be promised is answered without.
func (n *Node) promise(ctx context.Context, results []Result) {
	var seqs []uint64
	var at []int
	covers := uint64(0)
	for i := range results {
		r := &results[i]
		if j, ok := r.Err.(*judged); ok {
			covers = max(covers, j.size)
		} else if r.Err == nil && r.Receipt.ID != (op.ID{}) {
			seqs, at, covers = append(seqs, r.Receipt.Seq), append(at, i), max(covers, r.Receipt.Seq+1)
		}
	}
	if covers == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(n.cfg.PromiseWait, longestPromiseWait))
	defer cancel()
	size, note := n.promised(ctx, covers)
	known := size
	if note == nil {
		known, _ = n.promises.newest()
	}
	for i := range results {
		results[i].Err = n.signedRefusal(results[i].Err, known)
	}
	if note == nil || len(seqs) == 0 {
		return
	}
	var b []byte
	err := n.cfg.Store.InclusionProofs(seqs, size, func(i int, path [][32]byte) {
		b = anchor.AppendInclusion(b[:0], int64(seqs[i]), path, note)
		results[at[i]].Receipt.Promise = string(b)
	})
	if err != nil {
		n.cfg.Log.Error("answers are no promises", "error", err.Error())
	}
}

// SignedRefusal is a refusal of the rules with the operator's signed word for it: see
// package promise.
type SignedRefusal struct {
	Err   error
	Proof []byte // a signed note; see promise.OpenRefusal
}

// Error is that of the refusal.
func (e *SignedRefusal) Error() string { return e.Err.Error() }

// Unwrap gives the refusal.
func (e *SignedRefusal) Unwrap() error { return e.Err }

// judged is a refusal of the rules, and by what it was judged: until the answer is made.
type judged struct {
	error       // what the caller is told
	rule  error // what the rules say
	event op.ID
	size  uint64 // of the log before the event
	at    op.Stamp
}

// Unwrap gives the refusal.
func (j *judged) Unwrap() error { return j.error }

// judge keeps with a refusal by what it was judged, if the rules alone refused it.
func judge(told, rule error, event op.ID, size uint64, at op.Stamp) error {
	if _, _, ok := reason(rule); !ok {
		return told
	}
	return &judged{error: told, rule: rule, event: event, size: size, at: at}
}

// reason is which member and rule refuse, of those that anybody finds again who has the log.
func reason(err error) (field, rule string, ok bool) {
	for _, ours := range []error{refusal.ErrRules, ErrBroken, ErrRecovery, ErrDoubtfulClock} {
		if errors.Is(err, ours) {
			return "", "", false
		}
	}
	return promise.Reason(err)
}

// signedRefusal signs a refusal that was judged; others stay as they are. A refusal states a head
// as a checkpoint does, so it is signed at none that is larger than the promised one, of so many entries: nobody
// gets a head that a restore would forget.
func (n *Node) signedRefusal(err error, promised uint64) error {
	j, ok := err.(*judged)
	if !ok {
		return err
	}
	if len(n.Recovery()) > 0 || j.size > promised {
		return j.error
	}
	root, failed := n.cfg.Store.Root(j.size)
	if failed == nil {
		r := promise.Refusal{Origin: ledger.Origin(n.economy), Event: j.event, Size: j.size, Root: root, At: j.at}
		r.Field, r.Rule, _ = reason(j.rule)
		var signer note.Signer
		if signer, failed = n.signerAt(j.size); failed == nil {
			var proof []byte
			if proof, failed = r.Sign(signer); failed == nil {
				return &SignedRefusal{Err: j.error, Proof: proof}
			}
		}
	}
	n.cfg.Log.Error("a refusal is not signed", "error", failed.Error())
	return j.error
}

// judgeAlone is judge of what an event says by itself, which any head refuses. Its block is the
// log's newest, for others that wait in line may be stamped with no later one.
func (n *Node) judgeAlone(e *op.Event, wrong error) error {
	var size uint64
	var at op.Stamp
	n.View(func(s *ledger.State, nowMs int64) {
		size, at = s.Next(), s.Clock()
		at.TimeMs = max(at.TimeMs, nowMs)
		at = s.StampAt(at)
	})
	return judge(wrong, wrong, e.ID, size, at)
}
