package node

import (
	"fmt"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// dueError is a due fact that the ledger's own rules do not let in, or any fact at which
// they break off: a fault of econd, and facts may not be left out.
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
	return fmt.Sprintf("entry %d must be the %s fact, and the ledger does not let it in: %v (stamp %d ms, height %d; content %s). Nothing was lost and nothing can be recorded: start a version of econd that mends it (docs/operating.md)",
		e.seq, name, e.err, e.at.TimeMs, e.at.Height, e.what)
}

// Unwrap makes errors.Is see the refusal.
func (e *dueError) Unwrap() error { return e.err }

// dueText is the most that is shown of a fact's content, in bytes.
const dueText = 400

// refusedFact says which due fact was refused.
func refusedFact(seq uint64, at op.Stamp, f *ledger.Fact, err error) *dueError {
	return &dueError{kind: f.Kind, at: at, seq: seq, what: shortened(op.EncodeContent(f.Content)), err: err}
}

func shortened(content string) string {
	if len(content) > dueText {
		return content[:dueText] + "..."
	}
	return content
}

// brokenFact says that the rules broke off at a fact, with what recover gave; kind 0 is
// one that they broke off computing.
func (n *Node) brokenFact(seq uint64, at op.Stamp, kind op.Kind, content string, cause any) *dueError {
	err := n.broke(&n.broken.count.Facts, fmt.Sprintf("entry %d, a fact", seq), cause)
	return &dueError{kind: kind, at: at, seq: seq, what: shortened(content), err: err, dirty: true}
}

// stick stops the node from taking anything, for as long as it runs.
func (n *Node) stick(why *dueError) {
	text := why.Error()
	n.stuck.Store(&text)
	n.cfg.Log.Error("reads only: the ledger does not let a fact in", "seq", why.seq, "fact", why.kind.String(), "why", text)
}
