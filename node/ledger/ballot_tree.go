package ledger

import (
	"bytes"
	"sort"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// CountedBallots are the ballots of a closed vote in the order of its root. They
// never change again: whoever was given them may read them while the state moves
// on.
type CountedBallots struct {
	ballots []ballot
	order   []int
	keys    [][32]byte
	later   [][32]byte
}

// Tree hashes the ballots: about two hashes for each.
func (c CountedBallots) Tree() *merkle.Tree {
	leaves := make([]tlog.Hash, len(c.order))
	for n, i := range c.order {
		b := &c.ballots[i]
		leaves[n] = tlog.RecordHash(BallotLeaf(numbered(c.keys, c.later, b.voter, b.signed.by), b.choice, b.weight, b.seq))
	}
	return merkle.New(leaves)
}

// Bytes is the size of the tree's hashes.
func (c CountedBallots) Bytes() int { return 2 * len(c.order) * tlog.HashSize }

// FindBallot finds a voter's ballot in a closed vote: its proof but for the path,
// and the ballots whose tree has the path. It costs a bisection.
//
// Refusals: refusal.ErrNotFound for the proposal and the voter, ErrPhase before the close.
func (s *State) FindBallot(id op.ID, voter op.PublicKey) (BallotProof, CountedBallots, error) {
	i, ok := s.proposals.at[id]
	if !ok {
		return BallotProof{}, CountedBallots{}, refusal.New(refusal.ErrNotFound, "proposal", "proposal", "no proposal %s", id)
	}
	p := &s.proposals.list[i]
	if p.close == nil {
		return BallotProof{}, CountedBallots{}, refusal.New(refusal.ErrPhase, "proposal", "close", "the vote is not closed yet")
	}
	first := s.agents.first(voter)
	n := sort.Search(len(p.order), func(n int) bool {
		key := s.agents.keys[p.ballots[p.order[n]].voter]
		return bytes.Compare(key[:], first[:]) >= 0
	})
	if n == len(p.order) || s.agents.keys[p.ballots[p.order[n]].voter] != first {
		return BallotProof{}, CountedBallots{}, refusal.New(refusal.ErrNotFound, "voter", "ballot", "%s has no ballot in this vote", voter)
	}
	return BallotProof{Ballot: s.ballotView(p, p.order[n]), Index: n, Size: len(p.order), CloseSeq: p.closeSeq},
		CountedBallots{p.ballots, p.order, s.agents.keys, s.agents.later}, nil
}

// ProveBallot proves that a voter's ballot was counted, once the vote is
// closed. It hashes all ballots of the vote; who proves many keeps their tree.
func (s *State) ProveBallot(id op.ID, voter op.PublicKey) (BallotProof, error) {
	proof, ballots, err := s.FindBallot(id, voter)
	if err != nil {
		return BallotProof{}, err
	}
	proof.Path = ballots.Tree().Path(proof.Index)
	return proof, nil
}
