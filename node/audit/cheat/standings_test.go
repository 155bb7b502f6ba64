package cheat

import (
	"bytes"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
)

const (
	standings = "`econaudit standing`"
	reader    = "whoever is shown it"
)

// rated is a story by version 2 of the rules with an epoch behind it.
func (s *story) rated() *story {
	o, _ := s.newBlocks(12, 0)
	o.Pass(3 * time.Hour)
	o.Agent("registered since")
	return o
}

// standing is the proof of the first agent's standing.
func (s *story) standing(p *anchor.Proof) *audit.Standing {
	found, err := s.State.FindStanding(s.Agents[0].Public())
	require.NoError(s.t, err)
	all, err := s.State.Standings()
	require.NoError(s.t, err)
	proof, err := audit.BuildStanding(audit.StandingPieces{Genesis: s.piece(0), Epoch: s.piece(found.Seq), Last: s.piece(uint64(len(s.Lines) - 1)),
		Standing: found, Path: all.Tree().Path(found.Index), Checkpoint: s.Checkpoint(), Anchor: p})
	require.NoError(s.t, err)
	return proof
}

// statement is what the operator signs of the first agent, changed before it does.
func (s *story) statement(change func(*statement.Statement)) statement.Statement {
	p := s.standing(s.AnchorOf(6))
	text, err := p.Marshal()
	require.NoError(s.t, err)
	v, err := s.State.Reputation(s.Agents[0].Public())
	require.NoError(s.t, err)
	said := statement.Statement{Economy: s.ID, Issuer: s.Operator.Public(), Subject: p.Agent, Epoch: v.Epoch, Seq: v.Seq, TimeMs: v.TimeMs, UntilMs: v.UntilMs,
		Score: uint64(p.Score), Flow: uint64(p.Flow), Quality: uint64(p.Quality), Positive: uint64(p.Positive), Negative: uint64(p.Negative), Proof: string(text)}
	change(&said)
	return said
}

// stated is econaudit standing of a statement in each form; of two verdicts that differ the test fails.
func (s *story) stated(said statement.Statement, o audit.Options) verdict {
	var last verdict
	for i, form := range []statement.Form{statement.NIP85, statement.VCJWT} {
		data, err := said.Sign(form, s.Operator)
		require.NoError(s.t, err)
		read, _, err := statement.Open(data)
		require.NoError(s.t, err)
		_, err = audit.VerifyStatement(read, o)
		require.True(s.t, i == 0 || (err == nil) == (last.err == nil))
		last = rejected(err)
	}
	return last
}

func proven(p *audit.Standing, o audit.Options) verdict {
	_, err := p.Verify(o)
	return rejected(err)
}

// ofStandings are cheats with what the operator signs of an agent's standing.
var ofStandings = []cheat{
	{name: "standing-raised", tries: "shows an agent's standing with more flow than the epoch gave it", catches: standings, holder: reader,
		err: audit.ErrInclusion, says: "the standing under the root of epoch",
		play: func(_ *testing.T, s *story) verdict {
			p := s.rated().standing(nil)
			p.Flow++
			return proven(p, audit.Options{})
		}},
	{name: "standing-of-another", tries: "shows one agent's standing as another's", catches: standings, holder: reader,
		err: audit.ErrInclusion, says: "the standing under the root of epoch",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			p := s.standing(nil)
			p.Agent = s.Agents[1].Public()
			return proven(p, audit.Options{})
		}},
	{name: "standing-in-another-chain", tries: "anchors a standing in blocks that are not those of the chain that the reader knows", catches: standings + " --trust-header", holder: reader,
		err: audit.ErrAnchor, says: "nothing was held against it",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			return proven(s.standing(s.AnchorOf(6)), audit.Options{Trusted: []anchor.TrustedHeader{{Height: 900_000, Hash: chainhash.Hash{1}}}})
		}},
	{name: "standing-beside-the-line", tries: "anchors a standing's head beside the line of anchors", catches: standings + " --line", holder: reader,
		err: audit.ErrLine, says: "stands beside it",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			return proven(s.standing(s.AnchorOf(6)), audit.Options{Line: []*anchor.Proof{s.NewLine("coin").Mine(s.Head(), 6)}})
		}},
	{name: "statement-of-other-figures", tries: "signs a statement whose figures are not those of its proof", catches: standings, holder: reader,
		err: audit.ErrMismatch, says: "states other figures than its proof",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			return s.stated(s.statement(func(said *statement.Statement) { said.Quality++ }), audit.Options{})
		}},
	{name: "statement-of-another-epoch", tries: "gives the figures of one epoch as those of a later one", catches: standings, holder: reader,
		err: audit.ErrMismatch, says: "states other figures than its proof",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			return s.stated(s.statement(func(said *statement.Statement) { said.Epoch++; said.TimeMs += 7_200_000; said.UntilMs += 7_200_000 }), audit.Options{})
		}},
	{name: "statement-by-another-key", tries: "has a key that is not the operator's sign a statement with its proof", catches: standings, holder: reader,
		err: audit.ErrPinned, says: "operator",
		play: func(t *testing.T, s *story) verdict {
			s = s.rated()
			data, err := s.statement(func(*statement.Statement) {}).Sign(statement.VCJWT, s.Agents[1])
			require.NoError(t, err)
			said, _, err := statement.Open(data)
			require.NoError(t, err)
			_, err = audit.VerifyStatement(said, audit.Options{})
			return rejected(err)
		}},
	{name: "statement-without-proof", tries: "signs invented figures and leaves the proof out", catches: standings, holder: reader,
		err: audit.ErrNoProof, says: "the operator's word alone",
		play: func(_ *testing.T, s *story) verdict {
			s = s.rated()
			return s.stated(s.statement(func(said *statement.Statement) { said.Score++; said.Proof = "" }), audit.Options{})
		}},
}

// An honest statement is proved, in both forms, with all that a reader may know.
func TestHonestStandingsPass(t *testing.T) {
	s := newStory(t).rated()
	line := s.NewLine("coin")
	anchored := line.Mine(s.Head(), 6)
	h, err := anchored.Blocks()
	require.NoError(t, err)
	o := audit.Options{LogKey: s.LogKey, RequireAnchor: true, RequireTrust: true, Line: line.Proofs, Trusted: h[2:3]}
	require.NoError(t, proven(s.standing(anchored), o).err)
	require.NoError(t, s.stated(s.statement(func(*statement.Statement) {}), audit.Options{LogKey: s.LogKey, RequireAnchor: true}).err)
	text, err := s.standing(anchored).Marshal()
	require.NoError(t, err)
	require.False(t, bytes.Contains(text, []byte("\n")))
	require.Equal(t, op.PublicKey(s.Agents[0].Public()), s.standing(nil).Agent)
}
