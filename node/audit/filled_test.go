package audit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// Ballots that are filled in, where a track chooses between options, are proved
// as plain ones are; the vote entry under its number says what was filled in.
func TestFilledInBallotIsProved(t *testing.T) {
	e := newEconomy(t, "options-1")
	a, b := e.Agent("a"), e.Agent("b")
	e.Pass(time.Second)
	id := e.Do(a, op.KindPropose, op.Propose{Track: "choose", Title: "Which?", Actions: []op.Raw{}, Options: []string{"x", "y", "z"}})
	e.Do(a, op.KindVote, op.Vote{Proposal: id, Choice: "ballot", Ballot: op.Raw(`[1,3]`)})
	e.Do(b, op.KindVote, op.Vote{Proposal: id, Choice: "abstain"})
	e.Pass(25 * time.Hour)
	e.Due()
	proof, err := e.State.ProveBallot(id, a.Public())
	require.NoError(t, err)
	piece := func(seq uint64) Piece { return Piece{Line: e.Lines[seq], Path: e.Path(seq)} }
	bundle, err := Build(Pieces{Genesis: piece(0), Vote: piece(proof.Ballot.Seq), Close: piece(proof.CloseSeq), Last: piece(uint64(len(e.Lines) - 1)),
		Ballot: proof, Checkpoint: e.Checkpoint()})
	require.NoError(t, err)
	r, err := Verify(bundle, Options{})
	require.NoError(t, err)
	require.Equal(t, "ballot", r.Choice)

	bundle.Ballot.Choice = "abstain"
	_, err = Verify(bundle, Options{})
	require.Error(t, err)
}
