package node

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// A rule that breaks off (panics) is a fault of econd, and must not be a way to stop
// everybody: nothing ends the process, and what broke off leaves no trace in the state.
//
//   - At an operation the state is replayed to what is durable and the operation
//     refused. Its key is closed until econd is started anew, and its kind once that
//     has happened brokenMost times: a replay takes minutes of a large log, so their
//     number has a bound that no number of keys moves.
//   - At a fact, which may not be refused, the node serves reads only; see dueError.
//   - Before the writer, and in an effect, no state is touched: the event is refused,
//     the effect tried again.

// brokenMost is how often operations of a kind may break a rule off before the kind is
// closed.
const brokenMost = 3

// ErrBroken says that the rules of econd broke off, here or before, at such an operation.
var ErrBroken = errors.New("a rule broke off")

// BrokenRule is the name of the refusal.
const BrokenRule = "broken-rule"

// Broken counts what broke off since the start.
type Broken struct {
	Checks     uint64 // before the writer, at what an event says by itself
	Operations uint64 // applied
	Facts      uint64 // applied or computed
	Effects    uint64 // attempts
}

// brokenRules remembers what broke off. The zero value is ready; it may be used
// concurrently.
type brokenRules struct {
	mu    sync.Mutex
	count Broken
	kinds map[op.Kind]int
	keys  map[op.PublicKey]bool
	last  string
}

// Broken tells what broke off since the start; zeros in normal work.
func (n *Node) Broken() Broken {
	n.broken.mu.Lock()
	defer n.broken.mu.Unlock()
	return n.broken.count
}

// admit refuses what is closed.
func (b *brokenRules) admit(e *op.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.kinds[e.Kind] >= brokenMost:
		return brokenRefusal(fmt.Sprintf("operations %s are closed until econd is started anew: its rules broke off at %d of them", e.Kind, brokenMost))
	case b.keys[e.PubKey]:
		return brokenRefusal("this key's operations are closed until econd is started anew: its rules broke off at one of them")
	}
	return nil
}

func brokenRefusal(text string) error {
	return &refusal.Refusal{Kind: ErrBroken, Field: "kind", Rule: BrokenRule, Text: text + ". This is a fault of econd; tell its operator"}
}

// problems says what broke off, for the operator.
func (b *brokenRules) problems() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == "" {
		return nil
	}
	c := b.count
	return []string{fmt.Sprintf("rules: broke off at %d checks, %d operations, %d facts, %d attempts of effects since the start, last at %s; see the log and docs/operating.md",
		c.Checks, c.Operations, c.Facts, c.Effects, b.last)}
}

// brokenText is the most that is shown of what a rule broke off with, in bytes.
const brokenText = 400

// broke logs what recover gave, with the stack, and remembers it.
func (n *Node) broke(counter *uint64, what string, cause any) error {
	text := fmt.Sprint(cause)
	n.cfg.Log.Error("a rule broke off: a fault of econd", "at", what, "cause", text, "stack", string(debug.Stack()))
	if len(text) > brokenText {
		text = text[:brokenText] + "..."
	}
	n.broken.mu.Lock()
	defer n.broken.mu.Unlock()
	*counter++
	n.broken.last = what + ": " + text
	return fmt.Errorf("the rules broke off: %s", text)
}

// brokenCheck is why an event is refused at which something broke off before the
// writer: the caller learns no more than that.
func (n *Node) brokenCheck(e *op.Event, cause any) error {
	_ = n.broke(&n.broken.count.Checks, "the check of "+e.Kind.String()+" "+e.ID.String(), cause)
	return brokenRefusal("econd broke off at this operation and did not record it")
}

// brokenOperation closes the key and, at brokenMost, the kind of an operation.
func (n *Node) brokenOperation(seq uint64, e *op.Event, cause any) error {
	_ = n.broke(&n.broken.count.Operations, fmt.Sprintf("entry %d, %s %s of %s", seq, e.Kind, e.ID, e.PubKey), cause)
	b := &n.broken
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kinds == nil {
		b.kinds, b.keys = make(map[op.Kind]int), make(map[op.PublicKey]bool)
	}
	b.kinds[e.Kind]++
	if len(b.keys) < brokenMost*len(op.Kinds()) { // more than can break anything
		b.keys[e.PubKey] = true
	}
	return brokenRefusal("econd broke off at this operation and did not record it")
}

// dirtyError: the rules broke off at an operation, which is refused, so the state in
// memory is worth nothing.
type dirtyError struct{ error }

// attemptSafely is attempt, where breaking off is a failure like any other.
func (n *Node) attemptSafely(attempt func() (op.Kind, any, error), what string) (kind op.Kind, fact any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = n.broke(&n.broken.count.Effects, "effect "+what, cause)
		}
	}()
	return attempt()
}
