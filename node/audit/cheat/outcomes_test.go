package cheat

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// falsely has the operator state what is due next otherwise than everybody recomputes it.
func falsely[C any](t *testing.T, s *story, later time.Duration, change func(*C)) verdict {
	s.At.TimeMs += later.Milliseconds()
	var zero C
	for f := s.State.Due(s.At); f != nil; f = s.State.Due(s.At) {
		c, ok := f.Content.(C)
		if !ok {
			s.Do(s.Operator, f.Kind, f.Content)
			continue
		}
		change(&c)
		return s.state(f.Kind, c)
	}
	t.Fatalf("no %T is due", zero)
	return verdict{}
}

// ofOutcomes are cheats with what votes, epochs and rules come to.
var ofOutcomes = []cheat{
	{name: "outcome-turned", tries: "closes a vote with the other outcome", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "recomputed",
		play: func(t *testing.T, s *story) verdict {
			s.open()
			return falsely(t, s, 25*time.Hour, func(c *op.Close) { c.Passed = !c.Passed })
		}},
	{name: "ballot-not-counted", tries: "leaves a ballot out of the count and of its root", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "recomputed",
		play: func(t *testing.T, s *story) verdict {
			s.open()
			return falsely(t, s, 25*time.Hour, func(c *op.Close) { c.Ballots, c.BallotRoot, c.For = 0, op.Hash(sha256.Sum256(nil)), 0 })
		}},
	{name: "weight-given", tries: "counts a ballot with more weight than its voter has", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "recomputed",
		play: func(t *testing.T, s *story) verdict {
			s.open()
			return falsely(t, s, 25*time.Hour, func(c *op.Close) { c.For++ })
		}},
	{name: "scores-invented", tries: "states other scores than the receipts give", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "recomputed",
		play: func(t *testing.T, s *story) verdict {
			return falsely(t, s, 3*time.Hour, func(c *op.Epoch) { c.ScoresRoot[0] ^= 1 })
		}},
	{name: "veto-too-late", tries: "vetoes what was executed already", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			return s.state(op.KindVeto, op.Veto{Proposal: s.Passed, Reason: "after all"})
		}},
	{name: "veto-back-dated", tries: "stamps a veto with an instant within the timelock that has passed", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "time",
		play: func(_ *testing.T, s *story) verdict {
			s.At.TimeMs -= (10 * time.Minute).Milliseconds()
			return s.state(op.KindVeto, op.Veto{Proposal: s.Passed, Reason: "in time"})
		}},
	{name: "receipt-from-a-stranger", tries: "praises a provider for a payment to a node that is not the provider's", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			preimage := op.Hash(sha256.Sum256([]byte("never paid")))
			return s.enter(s.Sign(s.Agents[0], op.KindReceipt, op.Receipt{Provider: s.Agents[1].Public(), Preimage: preimage, Rating: 8,
				Invoice: s.Invoice(audittest.NodeKey("stranger"), sha256.Sum256(preimage[:]), 250)}))
		}},
	{name: "receipt-twice", tries: "counts one payment as two", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			preimage := op.Hash(sha256.Sum256([]byte("paid")))
			return s.enter(s.Sign(s.Agents[0], op.KindReceipt, op.Receipt{Provider: s.Agents[1].Public(), Preimage: preimage, Rating: 8,
				Invoice: s.Invoice(audittest.NodeKey("provider"), sha256.Sum256(preimage[:]), 250)}))
		}},
	{name: "stake-out-of-nothing", tries: "says that a stake is locked for which there was no invoice", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			id := s.Do(s.Agents[2], op.KindLockStake, op.LockStake{AmountSat: 9000})
			return s.state(op.KindHoldLocked, op.HoldLocked{Hold: id, AmountSat: 9000, ExpiryHeight: s.At.Height + 144})
		}},
	{name: "anchor-of-another-history", tries: "enters an anchor that commits to other entries", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "another history was anchored",
		play: func(t *testing.T, s *story) verdict {
			s.Agent("told to some")
			o := s.other()
			require.NotEqual(t, s.Root(), o.Root())
			o = o.upTo(len(s.Lines))
			return s.state(op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: uint64(len(s.Lines)),
				CheckpointHash: sha256.Sum256(o.Head().Body()), Txid: op.Hash{1}})
		}},
}
