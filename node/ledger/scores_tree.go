package ledger

import (
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
)

// StandingLeaf is an agent's leaf under an epoch's scores_root by version 2 of the rules:
// key, score, flow, quality, positive and negative evidence; each figure has 8 bytes,
// big-endian. Its 72 bytes are never taken for a leaf of version 1, which has 40.
func StandingLeaf(key op.PublicKey, r reputation.Result) []byte {
	leaf := make([]byte, 0, 72)
	leaf = append(leaf, key[:]...)
	for _, figure := range []uint64{r.Score, r.Flow, r.Quality, r.Positive, r.Negative} {
		leaf = binary.BigEndian.AppendUint64(leaf, figure)
	}
	return leaf
}

// ScoreLeaf is the leaf by version 1: key and score alone.
func ScoreLeaf(key op.PublicKey, score uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 40), key[:]...), score)
}

// scoresTree is the tree under an epoch's scores_root, one leaf an agent in order of
// registration, by the rules in force.
func scoresTree(version int64, keys [][32]byte, results []reputation.Result) *merkle.Tree {
	leaves := make([]tlog.Hash, len(results))
	for i, r := range results {
		leaf := ScoreLeaf(keys[i], r.Score)
		if version >= constitution.RulesStandings {
			leaf = StandingLeaf(keys[i], r)
		}
		leaves[i] = tlog.RecordHash(leaf)
	}
	return merkle.New(leaves)
}

// StandingProof is an agent's place in the tree of the last epoch.
type StandingProof struct {
	view.Reputation
	Index, Size int // of the leaf, in order of registration
}

// Standings are what the last epoch said of every agent, in the order of its root. They
// never change again: whoever was given them may read them while the state moves on.
type Standings struct {
	version int64
	keys    [][32]byte
	results []reputation.Result
	epoch   int64
}

// Epoch is the number of the epoch.
func (s Standings) Epoch() int64 { return s.epoch }

// Provable tells whether the root of the epoch is over all figures.
func (s Standings) Provable() bool { return s.version >= constitution.RulesStandings }

// Tree hashes the standings: about two hashes for each.
func (s Standings) Tree() *merkle.Tree { return scoresTree(s.version, s.keys, s.results) }

// Standings returns what the last epoch said of all agents. The refusal is that of
// Reputation before the first epoch.
func (s *State) Standings() (Standings, error) {
	if len(s.scores.epochs) == 0 {
		return Standings{}, s.noEpoch()
	}
	last := s.scores.epochs[len(s.scores.epochs)-1]
	results := make([]reputation.Result, last.agents)
	for i := range results {
		r := s.agents.list[i].lastStanding()
		results[i] = reputation.ResultOf(r.flow, r.positive, r.negative)
	}
	return Standings{last.version, s.agents.spokenBy(last.seq), results, int64(len(s.scores.epochs)) - 1}, nil
}

// FindStanding finds an agent's place in the tree of the last epoch. Refusals are those
// of Reputation, and ErrPhase for an agent that registered after it.
func (s *State) FindStanding(key op.PublicKey) (StandingProof, error) {
	v, err := s.Reputation(key)
	if err != nil {
		return StandingProof{}, err
	}
	at, size := int(s.agents.at[key]), int(s.scores.epochs[v.Epoch].agents)
	if at >= size {
		return StandingProof{}, refusal.New(refusal.ErrPhase, "pubkey", "first-standing",
			"the agent registered after the last epoch ended; its first standing is of the one that ends at %s", atText(s.scores.epochMs))
	}
	if a := &s.agents.list[at]; a.keySeq > s.scores.epochs[v.Epoch].seq || a.revoked != 0 {
		return StandingProof{}, refusal.New(refusal.ErrPhase, "pubkey", "key-standing",
			"its key changed in entry %d, after the last epoch ended; the first standing of its key is of the one that ends at %s", max(a.keySeq, a.revoked), atText(s.scores.epochMs))
	}
	return StandingProof{Reputation: v, Index: at, Size: size}, nil
}
