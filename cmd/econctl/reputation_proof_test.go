package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/statement"
)

// A statement that carries a proof is taken only with the figures that the proof shows.
func TestStatementSaysWhatItsProofShows(t *testing.T) {
	c := audittest.Constitution()
	c.Version = 2
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	var list []headers.Header
	for _, h := range audittest.Headers(12) {
		var raw bytes.Buffer
		require.NoError(t, h.Serialize(&raw))
		list = append(list, headers.Header(raw.Bytes()))
	}
	e.EnterHeaders(0, list)
	agent := e.Staked("a", 1000).Public()
	e.Pass(3 * 3600 * 1e9)
	found, err := e.State.FindStanding(agent)
	require.NoError(t, err)
	all, err := e.State.Standings()
	require.NoError(t, err)
	piece := func(seq uint64) audit.Piece { return audit.Piece{Line: e.Lines[seq], Path: e.Path(seq)} }
	p, err := audit.BuildStanding(audit.StandingPieces{Genesis: piece(0), Epoch: piece(found.Seq), Last: piece(uint64(len(e.Lines) - 1)),
		Standing: found, Path: all.Tree().Path(found.Index), Checkpoint: e.Checkpoint(), Anchor: e.AnchorOf(6)})
	require.NoError(t, err)
	text, err := p.Marshal()
	require.NoError(t, err)
	s := statement.Statement{Economy: e.ID, Subject: agent, Epoch: found.Epoch, Seq: found.Seq, TimeMs: found.TimeMs, UntilMs: found.UntilMs,
		Score: uint64(found.Score), Flow: uint64(found.Flow), Quality: uint64(found.Quality), Proof: string(text)}
	for _, form := range []statement.Form{statement.NIP85, statement.VCJWT} {
		data, err := s.Sign(form, e.Operator)
		require.NoError(t, err)
		got, _, err := statement.Open(data)
		require.NoError(t, err)
		r, err := provenStanding(got, verifyFlags{logKey: e.LogKey, anchor: true})
		require.NoError(t, err)
		require.Equal(t, agent, r.Agent)

		_, err = provenStanding(got, verifyFlags{trust: true})
		require.ErrorIs(t, err, audit.ErrAnchor, "headers of regtest are known to nobody")
		_, err = provenStanding(got, verifyFlags{network: "mainnet"})
		require.ErrorIs(t, err, audit.ErrPinned)

		lie := s
		lie.Flow--
		data, err = lie.Sign(form, e.Operator)
		require.NoError(t, err)
		got, _, err = statement.Open(data)
		require.NoError(t, err)
		_, err = provenStanding(got, verifyFlags{})
		require.ErrorContains(t, err, "states other figures than its proof")

		lie = s
		lie.Proof = ""
		data, err = lie.Sign(form, e.Operator)
		require.NoError(t, err)
		got, _, err = statement.Open(data)
		require.NoError(t, err)
		_, err = provenStanding(got, verifyFlags{anchor: true})
		require.ErrorContains(t, err, "the operator's word alone")
	}
}
