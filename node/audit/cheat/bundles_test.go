package cheat

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// signedBy is the present head under a key of that name.
func (s *story) signedBy(t *testing.T, name string) []byte {
	seed := sha256.Sum256([]byte(name))
	signer, err := anchor.NewSigner(s.Head().Origin, ed25519.NewKeyFromSeed(seed[:]))
	require.NoError(t, err)
	msg, err := anchor.SignCheckpoint(s.Head(), signer)
	require.NoError(t, err)
	return msg
}

func (s *story) included(seq int) audit.Included {
	in := audit.Included{Seq: uint64(seq), Entry: string(s.Lines[seq])}
	for _, h := range s.Path(uint64(seq)) {
		in.Path = append(in.Path, op.Hash(h))
	}
	return in
}

// ofBundles are cheats with the proof that a voter gets.
var ofBundles = []cheat{
	{name: "size-lied", tries: "signs the root of its log under another size, so that paths hold and entries are hidden", catches: verifies, holder: voter,
		err: audit.ErrInclusion, says: "last.path",
		play: func(t *testing.T, s *story) verdict {
			b, head := s.bundle(nil), s.Head()
			head.Size++
			msg, err := anchor.SignCheckpoint(head, s.Signer)
			require.NoError(t, err)
			b.Checkpoint = string(msg)
			return verified(b, audit.Options{})
		}},
	{name: "replaced-ballot", tries: "proves a ballot that its voter replaced", catches: verifies, holder: voter,
		err: audit.ErrMismatch, says: "the close counted",
		play: func(t *testing.T, s *story) verdict {
			ballot, err := s.State.ProveBallot(s.Passed, s.Agents[1].Public())
			require.NoError(t, err)
			first := s.upTo(int(ballot.Ballot.Seq)).find(s.Agents[1].Public(), s.Passed)
			b, err := audit.Build(audit.Pieces{Genesis: s.piece(0), Vote: s.piece(uint64(first)), Close: s.piece(ballot.CloseSeq),
				Last: s.piece(uint64(len(s.Lines) - 1)), Ballot: ballot, Checkpoint: s.Checkpoint()})
			require.NoError(t, err)
			b.Ballot.Choice, b.Ballot.Weight = "against", 1
			return verified(b, audit.Options{})
		}},
	{name: "weight-raised", tries: "shows a voter more weight than its ballot was counted with", catches: verifies, holder: voter,
		err: audit.ErrInclusion, says: "the ballot under the close entry's ballot root",
		play: func(_ *testing.T, s *story) verdict {
			b := s.bundle(nil)
			b.Ballot.Weight++
			return verified(b, audit.Options{})
		}},
	{name: "choice-turned", tries: "counts a ballot for the other side and shows the voter its own vote", catches: verifies, holder: voter,
		err: audit.ErrMismatch, says: "the vote says",
		play: func(_ *testing.T, s *story) verdict {
			b := s.bundle(nil)
			b.Ballot.Choice = "abstain"
			return verified(b, audit.Options{})
		}},
	{name: "entries-of-two-logs", tries: "puts the vote of one history beside the close of another", catches: verifies, holder: voter,
		err: audit.ErrInclusion, says: "under the checkpoint of size",
		play: func(_ *testing.T, s *story) verdict {
			b, o := s.bundle(nil), s.other()
			b.Checkpoint = string(o.Checkpoint())
			b.Last = o.included(len(o.Lines) - 1)
			return verified(b, audit.Options{})
		}},
	{name: "genesis-of-another-log", tries: "shows the genesis of another log, whose keys it also has", catches: verifies, holder: voter,
		err: audit.ErrMismatch, says: "economy",
		play: func(t *testing.T, s *story) verdict {
			b := s.bundle(nil)
			b.Genesis.Entry = string(audittest.NewEconomy(t, "demo-2").Lines[0])
			return verified(b, audit.Options{})
		}},
	{name: "bundle-head-by-another-key", tries: "signs a voter's head with a key that is not the log's", catches: verifies, holder: voter,
		err: audit.ErrCheckpoint, says: "no verifiable signatures",
		play: func(t *testing.T, s *story) verdict {
			b := s.bundle(nil)
			b.Checkpoint = string(s.signedBy(t, "another"))
			return verified(b, audit.Options{})
		}},
	{name: "economy-of-the-same-name", tries: "runs a second log under the economy's name, with a genesis of its own", catches: verifies + " --log-key", holder: "whoever knows the log's key",
		err: audit.ErrPinned, says: "log key",
		play: func(t *testing.T, s *story) verdict {
			return verified(s.bundle(nil), audit.Options{LogKey: audittest.NewEconomy(t, "demo-2").LogKey})
		}},
}
