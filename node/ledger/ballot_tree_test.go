package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// The tree is that of the ballots' leaves in the order of the root.
func TestBallotTree(t *testing.T) {
	c := CountedBallots{order: []int{2, 0, 1}}
	leaves := make([][]byte, 3)
	for i := range leaves {
		key := op.PublicKey{byte(i)}
		c.keys = append(c.keys, key)
		c.ballots = append(c.ballots, ballot{voter: slot(i), choice: For, weight: uint64(i), seq: 9})
	}
	for n, i := range c.order {
		leaves[n] = BallotLeaf(c.keys[i], For, uint64(i), 9)
	}
	require.Equal(t, merkle.Of(leaves), c.Tree())
	require.Equal(t, 2*3*32, c.Bytes())
}

// Finding a ballot of a closed vote costs the same in a small vote and a large
// one, and the ballots found make the root that the close states.
func TestFindBallotCostsABisection(t *testing.T) {
	cost := func(voters int) float64 {
		c := newCrowd(t, voters)
		id := c.proposeAndVote(voters)
		_, _, err := c.sc.s.FindBallot(id, crowdKey(1))
		require.ErrorIs(t, err, refusal.ErrPhase)
		c.sc.at.TimeMs += 100_001_000
		c.sc.enterDue()
		proof, ballots, err := c.sc.s.FindBallot(id, crowdKey(1))
		require.NoError(t, err)
		require.Equal(t, crowdKey(1), proof.Ballot.Voter)
		tree, root := ballots.Tree(), c.sc.s.proposals.list[0].close.BallotRoot
		require.NoError(t, checkPath(tree.Path(proof.Index), root, voters, proof.Index,
			BallotLeaf(crowdKey(1), For, uint64(proof.Ballot.Weight), proof.Ballot.Seq)))
		_, _, err = c.sc.s.FindBallot(id, op.PublicKey{1})
		require.ErrorIs(t, err, refusal.ErrNotFound)
		return testing.AllocsPerRun(10, func() { _, _, _ = c.sc.s.FindBallot(id, crowdKey(1)) })
	}
	require.Equal(t, cost(2), cost(3000), "allocations")
}

// A close sorts its ballots once: what is due is computed, and entered, in the
// order that is kept while no ballot comes or goes.
func TestOrderOfBallotsIsKept(t *testing.T) {
	c := newCrowd(t, 9)
	id := c.propose()
	c.sc.at.TimeMs += 2000
	vote := op.EncodeContent(op.Vote{Proposal: id, Choice: "for"})
	for i := range 8 {
		c.apply(crowdKey(i), op.KindVote, vote)
	}
	p := &c.sc.s.proposals.list[0]
	c.sc.s.closeFact(p)
	kept := p.order
	require.Len(t, kept, 8)
	c.sc.s.closeFact(p)
	require.Same(t, &kept[0], &p.order[0])
	c.apply(crowdKey(8), op.KindVote, vote)
	require.Nil(t, p.order)
	c.sc.s.closeFact(p)
	p.withdraw(3, c.sc.s.agents.keys)
	require.Nil(t, p.order)
	c.sc.s.closeFact(p)
	kept = p.order
	c.sc.at.TimeMs += 100_001_000
	c.sc.enterDue()
	require.NotNil(t, p.close)
	require.Same(t, &kept[0], &p.order[0])
}
