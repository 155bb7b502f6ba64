package audit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// story adds to an economy what only this package can make.
type story struct{ *audittest.Story }

func newStory(t testing.TB) *story { return &story{audittest.NewStory(t)} }

func newEconomy(t testing.TB, id string) *audittest.Economy { return audittest.NewEconomy(t, id) }

func (s *story) piece(seq uint64) Piece { return Piece{Line: s.Lines[seq], Path: s.Path(seq)} }

// bundle puts together the proof of one ballot under the present head.
func (s *story) bundle(proposal op.ID, voter op.PublicKey, p *anchor.Proof) *Bundle {
	s.TB.Helper()
	ballot, err := s.State.ProveBallot(proposal, voter)
	require.NoError(s.TB, err)
	b, err := Build(Pieces{Genesis: s.piece(0), Vote: s.piece(ballot.Ballot.Seq), Close: s.piece(ballot.CloseSeq), Last: s.piece(uint64(len(s.Lines) - 1)),
		Ballot: ballot, Checkpoint: s.Checkpoint(), Keys: s.State.LogKeys(), Anchor: p})
	require.NoError(s.TB, err)
	return b
}

func TestStoryIsWhole(t *testing.T) {
	s := newStory(t)
	p, _ := s.State.Proposal(s.Passed, s.At.TimeMs)
	require.Equal(t, "executed", p.State)
	p, _ = s.State.Proposal(s.Vetoed, s.At.TimeMs)
	require.Equal(t, "vetoed", p.State)
	h, _ := s.State.Hold(s.Vetoed)
	require.Equal(t, stake.Forfeited.String(), h.State)
	require.EqualValues(t, 7, s.State.PriceSat(constitution.ResourceOperations))
}
