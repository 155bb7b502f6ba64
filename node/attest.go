package node

import (
	"context"
	"sync"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/statement"
)

// Attest returns an agent's standing as of the last epoch, signed with the
// operator's key. It is the one thing apart from facts that the node signs with
// it, and a caller chooses no more of it than the agent and the form.
//
// Errors: *refusal.Refusal (ErrNotFound; ErrPhase before the first epoch;
// ErrOverdue while the next one is being recorded), statement.ErrFormat.
func (n *Node) Attest(ctx context.Context, agent op.PublicKey, form statement.Form) ([]byte, error) {
	var s statement.Statement
	var err error
	n.View(func(st *ledger.State, nowMs int64) { s, err = standingOf(st, agent, nowMs) })
	if err != nil {
		return nil, err
	}
	if s.Proof, err = n.proveStanding(ctx, agent, s.Seq); err != nil {
		return nil, err
	}
	return s.Sign(form, n.cfg.Operator)
}

// proveStanding proves what the epoch that entry seq closed says of an agent, or returns ""
// where the rules then in force gave no root over it, or the agent came later.
func (n *Node) proveStanding(ctx context.Context, agent op.PublicKey, seq uint64) (string, error) {
	var found ledger.StandingProof
	var all ledger.Standings
	var err error
	n.View(func(s *ledger.State, _ int64) {
		if found, err = s.FindStanding(agent); err == nil {
			all, err = s.Standings()
		}
	})
	if err != nil || !all.Provable() || found.Seq != seq {
		return "", nil
	}
	var head audit.Pieces
	size, err := n.bundleHead(ctx, seq+1, &head)
	if err != nil || size <= seq {
		return "", nil // no newer head is signed at present
	}
	p := audit.StandingPieces{Standing: found, Path: n.standings.of(all).Path(found.Index), Checkpoint: head.Checkpoint, Keys: n.LogKeys(), Anchor: head.Anchor}
	for _, part := range []struct {
		to  *audit.Piece
		seq uint64
	}{{&p.Genesis, 0}, {&p.Epoch, seq}, {&p.Last, size - 1}} {
		if part.to.Line, err = n.cfg.Store.Entry(part.seq); err != nil {
			return "", err
		}
		if part.to.Path, err = n.cfg.Store.InclusionProof(part.seq, size); err != nil {
			return "", err
		}
	}
	proof, err := audit.BuildStanding(p)
	if err != nil {
		return "", err
	}
	text, err := proof.Marshal()
	return string(text), err
}

// standings keeps the tree of the last epoch's standings for proofs. The zero value is ready.
type standings struct {
	mu    sync.Mutex
	epoch int64
	tree  *merkle.Tree
}

// of returns the tree; whoever asks first makes it.
func (t *standings) of(all ledger.Standings) *merkle.Tree {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tree == nil || t.epoch != all.Epoch() {
		t.epoch, t.tree = all.Epoch(), all.Tree()
	}
	return t.tree
}

// standingOf puts a standing into a statement, unless the next epoch has ended:
// its fact is on the way, and the statement would be out of date at once.
func standingOf(st *ledger.State, agent op.PublicKey, nowMs int64) (statement.Statement, error) {
	v, err := st.Reputation(agent)
	if err != nil {
		return statement.Statement{}, err
	}
	s := statement.Statement{Economy: st.Economy(), Issuer: st.Operator(), Subject: agent,
		Epoch: v.Epoch, Seq: v.Seq, TimeMs: v.TimeMs, UntilMs: v.UntilMs,
		Score: uint64(v.Score), Flow: uint64(v.Flow), Quality: uint64(v.Quality),
		Positive: uint64(v.Positive), Negative: uint64(v.Negative)}
	if !s.ValidAt(nowMs) {
		return s, &refusal.Refusal{Kind: refusal.ErrOverdue, Field: "pubkey", Rule: "epoch",
			Text: "the next epoch has ended and is being recorded; ask again"}
	}
	return s, nil
}
