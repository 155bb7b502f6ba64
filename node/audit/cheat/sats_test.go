package cheat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const thefts = "`econaudit theft`"

// theft is econaudit theft with the preimage that an agent holds.
func (s *story) theft(hold op.ID) verdict {
	r, err := audit.VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(hold), audit.ReplayOptions{Checkpoint: s.Checkpoint()})
	return verdict{err, r.Statement}
}

// ofSats are cheats with sats.
var ofSats = []cheat{
	{name: "stake-taken", tries: "settles a stake that the log says was released", catches: thefts, holder: "the agent: its node has the preimage",
		says: "records as released",
		play: func(_ *testing.T, s *story) verdict { return s.theft(s.Released) }},
	{name: "locked-stake-taken", tries: "settles a stake and lets the log say that it is locked", catches: thefts, holder: "the agent: its node has the preimage",
		says:  "hold this against an export that reaches the present",
		play:  func(_ *testing.T, s *story) verdict { return s.theft(s.Locked) },
		trust: "until an export reaches the present, that the settlement is not about to be entered"},
	{name: "collateral-taken", tries: "settles the collateral of a proposal that passed", catches: thefts, holder: "the agent: its node has the preimage",
		says: "records as released",
		play: func(_ *testing.T, s *story) verdict { return s.theft(s.Passed) }},
	{name: "hold-of-another-node", tries: "offers an invoice of another node as a hold's, so that the sats go elsewhere", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "signed by node",
		play: func(_ *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			return s.offeredBy(audittest.NodeKey("stranger"))
		}},
	{name: "invoice-shown-alone", tries: "shows an agent another invoice than its log offers, or has somebody in between show it",
		catches: "`econctl`, `node/client`, `stake keep`: nothing is paid", holder: "the agent, before it pays", err: offer.ErrInvoice, says: "econd shows another one than entry",
		play: func(t *testing.T, s *story) verdict { return s.paid(t, audittest.NodeKey("operator"), "stranger") }},
	{name: "invoice-of-another-node-paid", tries: "has an agent pay another node, by an entry that the rules refuse, before anybody replays",
		catches: "`econctl`, `node/client`, `stake keep`: nothing is paid", holder: "the agent, before it pays", err: offer.ErrPayee, says: "signed it, the node of this economy is",
		play: func(t *testing.T, s *story) verdict { return s.paid(t, audittest.NodeKey("stranger"), "") }},
	{name: "hold-beside-the-log", tries: "takes the sats of a hold that its log never offered", catches: thefts + " with the invoice", holder: "the agent: its node has invoice and preimage",
		says:  "offer no such invoice. They reach beyond the last moment",
		play:  func(t *testing.T, s *story) verdict { return s.besides(t) },
		trust: "that the operator lets no stranger choose description, lock time and lifetime of its node's other invoices; by version 1 no entry names the node"},
	{name: "hold-settled-twice", tries: "says of one hold that it was settled and cancelled", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			return s.state(op.KindHoldSettled, op.HoldSettled{Hold: s.Released})
		}},
}

// holdInvoice is an invoice of a hold over 700 sat, as a node signs it.
func (s *story) holdInvoice(by *btcec.PrivateKey, hold op.ID) (string, op.Hash) {
	preimage := audittest.PreimageOf(hold)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	return s.Invoice(by, hash, 700, func(i *bolt11.Invoice) {
		i.Description, i.MinFinalCltv, i.ExpiryS = op.HoldMemo("stake", hold), 144, 600
	}), hash
}

// offeredBy has the operator offer a node's invoice for a stake, past the rules.
func (s *story) offeredBy(by *btcec.PrivateKey) verdict {
	hold := s.Do(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 700})
	invoice, hash := s.holdInvoice(by, hold)
	return s.state(op.KindHoldOffered, op.HoldOffered{Effect: s.Effects[len(s.Effects)-1].ID, Hold: hold, PaymentHash: hash, Invoice: invoice})
}

// paid is what a payer says of a stake that the log offers by a node's invoice, and that is
// shown with that of another, if one is named.
func (s *story) paid(t *testing.T, offered *btcec.PrivateKey, shown string) verdict {
	s, _ = s.newBlocks(12, 0)
	s.offeredBy(offered)
	last := uint64(len(s.Lines) - 1)
	e, err := op.DecodeEntry(s.Lines[last])
	require.NoError(t, err)
	var c op.HoldOffered
	require.NoError(t, op.Unmarshal([]byte(e.Event.Content), "content", &c))
	if shown != "" {
		c.Invoice, _ = s.holdInvoice(audittest.NodeKey(shown), c.Hold)
	}
	key, err := note.NewVerifier(s.LogKey)
	require.NoError(t, err)
	proven := func(seq uint64) view.ProvenEntry {
		return view.ProvenEntry{Entry: op.Raw(s.Lines[seq]), TlogProof: string(anchor.AppendInclusion(nil, int64(seq), s.Path(seq), s.Checkpoint()))}
	}
	p, err := offer.Open(view.HoldProof{Genesis: proven(0), Offered: proven(last)}, key)
	require.NoError(t, err)
	_, err = p.Check(offer.Known{Log: key}, nil, offer.Asked{Hold: c.Hold, AmountSat: 700, Invoice: c.Invoice, NowUnix: s.At.TimeMs / 1000, MaxCltv: 2016})
	return rejected(err)
}

// besides is econaudit theft of a hold that was offered to its agent alone.
func (s *story) besides(t *testing.T) verdict {
	s, _ = s.newBlocks(12, 0)
	event := s.Sign(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 700})
	invoice, _ := s.holdInvoice(s.Node, event.ID)
	s.Pass(3 * time.Hour)
	s.Agent("c")
	r, err := audit.VerifyTheftOf(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(event.ID), invoice, event.Marshal(),
		audit.ReplayOptions{Checkpoint: s.Checkpoint()})
	require.True(t, err != nil || r.Conclusive)
	return verdict{err, r.Statement}
}
