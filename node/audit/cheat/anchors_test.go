package cheat

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

const (
	lines    = "`econaudit line`"
	verifies = "`econaudit verify`"
	bitcoin  = "anybody: it is in Bitcoin's chain"
)

// mined is the story with two anchors in one line, and entries after each.
func mined(s *story) (first, second *anchor.Proof) {
	line := s.NewLine("coin")
	first = line.Anchor(6)
	s.Pass(time.Second)
	s.Agent("after the first")
	second = line.Anchor(6)
	return first, second
}

// coinGone has the operator enter that the coin after an anchor is gone.
func (s *story) coinGone(p *anchor.Proof) {
	tx, err := anchor.ParseAnchorTx(p.Tx)
	require.NoError(s.t, err)
	c := op.Reconciled{Decision: op.DecidedNewLine, Hash: op.Hash(tx.Txid), Note: "the wallet was lost"}
	slices.Reverse(c.Hash[:])
	if s.State.Constitution().Version < 2 {
		c.Decision = op.DecidedNoted
	}
	s.Do(s.Operator, op.KindReconciled, c)
}

// ofAnchors are cheats with what stands in Bitcoin's chain.
var ofAnchors = []cheat{
	{name: "two-lines", tries: "anchors a second history beside the first, from the same coin", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "line",
		play: func(_ *testing.T, s *story) verdict {
			first, second := mined(s)
			o := s.other()
			fork := o.NewLine("coin")
			return s.line(first, second, fork.Mine(o.Head(), 6))
		}},
	{name: "anchor-kept-back", tries: "keeps back the proof of an anchor that the log names", catches: lines, holder: "the log says that it is there",
		err: audit.ErrLine, says: "has a gap",
		play: func(_ *testing.T, s *story) verdict {
			first, _ := mined(s)
			return s.line(first)
		}},
	{name: "anchor-out-of-line", tries: "anchors with a coin that does not come from the anchor before", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "line",
		play: func(_ *testing.T, s *story) verdict {
			a, b := s.NewLine("coin"), s.NewLine("another coin")
			first := a.Anchor(6)
			b.Join(a)
			return s.line(first, b.Anchor(6))
		}},
	{name: "line-announced", tries: "says that the coin of its line is gone, to anchor another history from a coin of its own", catches: lines, holder: anybody,
		err: audit.ErrLine, says: "a second line begins with transaction",
		play: func(_ *testing.T, s *story) verdict {
			a, b := s.NewLine("coin"), s.NewLine("another coin")
			first := a.Anchor(6)
			s.coinGone(first)
			b.Join(a)
			return s.line(first, b.Anchor(6))
		}, trust: "where the reader accepts it (`--new-line`), that the coin was gone: the chain shows what spends it"},
	{name: "line-announced-late", tries: "begins a second line, and announces it afterwards", catches: lines, holder: anybody,
		err: audit.ErrLine, says: "before it was announced",
		play: func(_ *testing.T, s *story) verdict {
			a, b := s.NewLine("coin"), s.NewLine("another coin")
			first, before := a.Anchor(6), s.Head()
			s.coinGone(first)
			b.Join(a)
			return s.line(first, b.Mine(before, 6))
		}},
	{name: "line-not-gone", tries: "says that the coin of its line is gone, and spends it for those who see another history", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "the coin of the first was not gone",
		play: func(_ *testing.T, s *story) verdict {
			a, b := s.NewLine("coin"), s.NewLine("another coin")
			first := a.Anchor(6)
			s.coinGone(first)
			b.Join(a)
			second := b.Anchor(6)
			a.Join(b)
			return s.line(first, second, a.Mine(s.other().Head(), 6))
		}},
	{name: "line-taken-back", tries: "anchors a smaller head after a larger one", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "was taken back",
		play: func(_ *testing.T, s *story) verdict {
			line, past := s.NewLine("coin"), s.upTo(len(s.Lines)-5).Head()
			return s.line(line.Anchor(6), line.Mine(past, 6))
		}},
	{name: "anchor-of-another-log", tries: "anchors a history that is not this log's", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "another history was anchored",
		play: func(_ *testing.T, s *story) verdict {
			line := s.NewLine("coin")
			return s.line(line.Anchor(6), line.Mine(s.other().Head(), 6))
		}},
	{name: "second-history-washed", tries: "calls an anchor of a second history one of a lost end, where nothing was lost", catches: lines, holder: bitcoin,
		err: audit.ErrLine, says: "another history was anchored",
		play: func(t *testing.T, s *story) verdict {
			line, other := s.NewLine("coin"), s.other()
			first := line.Anchor(6)
			second := line.Mine(other.Head(), 6)
			params, err := anchor.Params("regtest")
			require.NoError(t, err)
			list, err := anchor.VerifyLine(line.Proofs, anchor.Options{Params: params})
			require.NoError(t, err)
			txid := op.Hash(list[1].Anchor.Txid)
			slices.Reverse(txid[:])
			s.Pass(time.Second)
			s.Do(s.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedAnchored, Hash: txid, Digest: sha256.Sum256(other.Head().Body()), Height: second.Height})
			return s.line(first, second, line.Anchor(6))
		}},
	{name: "anchor-of-another-head", tries: "shows a bundle with the anchor of another head", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "another checkpoint",
		play: func(_ *testing.T, s *story) verdict {
			return verified(s.bundle(s.other().AnchorOf(6)), audit.Options{})
		}},
	{name: "commitment-hidden", tries: "hides a second commitment in an anchor, behind OP_FALSE OP_RETURN", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "both OP_RETURN",
		play: func(_ *testing.T, s *story) verdict {
			return verified(s.bundle(s.AnchorBy(6, func(tx *wire.MsgTx) {
				tx.AddTxOut(wire.NewTxOut(0, append([]byte{0}, s.other().payload()...)))
			})), audit.Options{})
		}},
	{name: "commitment-in-a-script", tries: "hides a second commitment in an input of an anchor", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "input 0 hides a second payload",
		play: func(_ *testing.T, s *story) verdict {
			return verified(s.bundle(s.AnchorBy(6, func(tx *wire.MsgTx) { tx.TxIn[0].SignatureScript = s.other().payload() })), audit.Options{})
		}},
	{name: "commitment-in-a-witness", tries: "shows an anchor with a second commitment in its witness, which no txid binds", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "carries a witness",
		play: func(t *testing.T, s *story) verdict {
			var with *wire.MsgTx
			p := s.AnchorBy(6, func(tx *wire.MsgTx) { with = tx })
			with.TxIn[0].Witness = wire.TxWitness{s.other().payload()}
			var raw bytes.Buffer
			require.NoError(t, with.Serialize(&raw))
			p.Tx = raw.Bytes()
			return verified(s.bundle(p), audit.Options{})
		}},
	{name: "work-too-little", tries: "makes headers that hold no work", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "header",
		play: func(t *testing.T, s *story) verdict {
			p := s.AnchorOf(6)
			var h wire.BlockHeader
			require.NoError(t, h.Deserialize(bytes.NewReader(p.Following[4])))
			h.Bits = 0x1d00ffff
			var raw bytes.Buffer
			require.NoError(t, h.Serialize(&raw))
			p.Following[4] = raw.Bytes()
			return verified(s.bundle(p), audit.Options{})
		}},
	{name: "anchor-too-young", tries: "passes a young anchor off as final", catches: verifies + " --require-anchor", holder: voter,
		err: audit.ErrAnchor, says: "too few confirmations",
		play: func(_ *testing.T, s *story) verdict {
			return verified(s.bundle(s.AnchorOf(3)), audit.Options{RequireAnchor: true})
		}},
	{name: "anchor-height-lied", tries: "states another height than the block's coinbase", catches: verifies, holder: voter,
		err: audit.ErrAnchor, says: "height",
		play: func(_ *testing.T, s *story) verdict {
			p := s.AnchorOf(6)
			p.Height++
			return verified(s.bundle(p), audit.Options{})
		}},
	{name: "anchor-in-another-chain", tries: "shows blocks that are not those of the chain that the verifier knows", catches: verifies + " --trust-header", holder: voter,
		err: audit.ErrAnchor, says: "trusted is",
		play: func(t *testing.T, s *story) verdict {
			p, known := s.AnchorOf(6), s.other().AnchorOf(6)
			var h wire.BlockHeader
			require.NoError(t, h.Deserialize(bytes.NewReader(known.Header)))
			return verified(s.bundle(p), audit.Options{Trusted: []anchor.TrustedHeader{{Height: p.Height, Hash: h.BlockHash()}}})
		}},
	{name: "anchor-missing", tries: "shows a bundle without its anchor, for there is another history in Bitcoin", catches: verifies + " --require-anchor", holder: voter,
		err: audit.ErrAnchor, says: "missing",
		play: func(_ *testing.T, s *story) verdict {
			return verified(s.bundle(nil), audit.Options{RequireAnchor: true})
		}},
}

// payload is the output script that commits to the present head.
func (s *story) payload() []byte {
	head := s.Head()
	return anchor.NewPayload(head.Origin, head.Body()).Script()
}
