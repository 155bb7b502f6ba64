package node

import (
	"github.com/econd/econd/node/ledger"
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
func (n *Node) Attest(agent op.PublicKey, form statement.Form) ([]byte, error) {
	var s statement.Statement
	var err error
	n.View(func(st *ledger.State, nowMs int64) { s, err = standingOf(st, agent, nowMs) })
	if err != nil {
		return nil, err
	}
	return s.Sign(form, n.cfg.Operator)
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
