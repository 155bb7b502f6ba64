package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Bundle proves that an agent's ballot was counted, in one file that needs
// nothing else (package audit). It leads to the first final anchor that covers
// the close of the vote, or to the newest checkpoint while there is none.
//
// Errors: a refusal.Refusal where there is no such closed vote or ballot.
func (n *Node) Bundle(ctx context.Context, proposal op.ID, voter op.PublicKey) ([]byte, error) {
	ballot, err := n.proveBallot(proposal, voter)
	if err != nil {
		return nil, err
	}
	p := audit.Pieces{Ballot: ballot, Keys: n.LogKeys()}
	size, err := n.bundleHead(ctx, ballot.CloseSeq+1, &p)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		to  *audit.Piece
		seq uint64
	}{{&p.Genesis, 0}, {&p.Vote, ballot.Ballot.Seq}, {&p.Close, ballot.CloseSeq}, {&p.Last, size - 1}} {
		if part.to.Line, err = n.cfg.Store.Entry(part.seq); err != nil {
			return nil, err
		}
		if part.to.Path, err = n.cfg.Store.InclusionProof(part.seq, size); err != nil {
			return nil, err
		}
	}
	b, err := audit.Build(p)
	if err != nil {
		return nil, fmt.Errorf("node: build the bundle: %w", err)
	}
	return b.Marshal()
}

// proveBallot looks the ballot up under the lock and hashes the vote's ballots
// without it, once for all who ask.
func (n *Node) proveBallot(proposal op.ID, voter op.PublicKey) (proof ledger.BallotProof, err error) {
	var ballots ledger.CountedBallots
	n.View(func(s *ledger.State, _ int64) { proof, ballots, err = s.FindBallot(proposal, voter) })
	if err != nil {
		return proof, err
	}
	proof.Path = n.trees.of(proposal, ballots).Path(proof.Index)
	return proof, nil
}

// bundleHead sets the checkpoint of a bundle that must cover size entries, and
// its anchor if there is a final one.
func (n *Node) bundleHead(ctx context.Context, size uint64, p *audit.Pieces) (uint64, error) {
	if n.anchors != nil {
		a, proof, err := n.anchors.Covering(int64(size))
		if err == nil {
			// Signing is deterministic: this is the note that was anchored.
			p.Anchor = proof
			p.Checkpoint, err = n.signCheckpoint(a.Checkpoint)
			return uint64(a.Checkpoint.Size), err
		}
		if !errors.Is(err, anchor.ErrNotAnchored) {
			return 0, err
		}
	}
	size, note, err := n.headOver(ctx, size)
	p.Checkpoint = note
	return size, err
}
