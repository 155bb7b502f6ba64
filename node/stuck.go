package node

import (
	"fmt"
	"runtime/debug"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// dueError is a due fact that the ledger's own rules do not let in: a fault of econd.
// Nothing can be recorded after it, so the node serves reads until another version of
// econd is started; see docs/operating.md.
type dueError struct {
	kind  op.Kind // 0: it could not even be computed
	at    op.Stamp
	seq   uint64
	what  string // its content, cut short
	err   error
	dirty bool // the rules broke off, so the state in memory is worth nothing
}

func (e *dueError) Error() string {
	name := "next"
	if e.kind != 0 {
		name = e.kind.String()
	}
	return fmt.Sprintf("entry %d must be the %s fact that is due, and the ledger refuses it: %v (stamp %d ms, height %d; content %s). Nothing was lost and nothing can be recorded: start a version of econd that mends it (docs/operating.md)",
		e.seq, name, e.err, e.at.TimeMs, e.at.Height, e.what)
}

// Unwrap makes errors.Is see the refusal.
func (e *dueError) Unwrap() error { return e.err }

// dueText is the most that is shown of a fact's content, in bytes.
const dueText = 400

// refusedFact says which due fact was refused.
func refusedFact(seq uint64, at op.Stamp, f *ledger.Fact, err error) *dueError {
	what := op.EncodeContent(f.Content)
	if len(what) > dueText {
		what = what[:dueText] + "..."
	}
	return &dueError{kind: f.Kind, at: at, seq: seq, what: what, err: err}
}

// brokenFact says that the rules broke off at a due fact, with what recover gave.
func (n *Node) brokenFact(seq uint64, at op.Stamp, f *ledger.Fact, cause any) *dueError {
	n.cfg.Log.Error("the ledger broke off at a due fact", "seq", seq, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	e := &dueError{at: at, seq: seq, what: "unknown"}
	err := fmt.Errorf("the rules broke off: %v", cause)
	if f != nil {
		e = refusedFact(seq, at, f, nil)
	}
	e.err, e.dirty = err, true
	return e
}

// stick stops the node from taking anything, for as long as it runs.
func (n *Node) stick(why *dueError) {
	text := why.Error()
	n.stuck.Store(&text)
	n.cfg.Log.Error("reads only: a due fact is refused", "seq", why.seq, "fact", why.kind.String(), "why", text)
}
