package cheat

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// newBlocks begins a log by version 2 of the rules, with headers of a number of heights from
// chainFrom on, a minute apart, and two agents of whom the first has a stake. The story's own
// economy is left.
func (s *story) newBlocks(n int, fork uint32) (*story, []headers.Header) {
	byVersion2(s.t)
	c := audittest.Constitution()
	c.Version = constitution.RulesHeaders
	e := audittest.NewEconomyBy(s.t, s.ID, c)
	list := headers.Mine([32]byte{}, e.At.TimeMs/1000-60*int64(n), 60, n, fork)
	e.EnterHeaders(chainFrom, list)
	o := &story{&audittest.Story{Economy: e}, s.t}
	o.Agents = []op.SecretKey{o.Staked("a", 1000), o.Agent("b")}
	o.Pass(time.Second)
	return o, list
}

// stateBlocks has the operator enter headers past the rules.
func (s *story) stateBlocks(from uint32, list ...headers.Header) verdict {
	c := op.Blocks{From: from}
	for _, h := range list {
		c.Headers = append(c.Headers, op.BlockHeader(h))
	}
	return s.state(op.KindBlocks, c)
}

// ofBlocks are cheats with time and chance in logs by version 2 of the rules, which have
// the headers of blocks.
var ofBlocks = []cheat{
	{name: "header-not-the-newest", tries: "stamps an entry with an older block than the newest, to have another draw", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "the newest header of the log is",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			old := s.At
			s.EnterHeaders(chainFrom+12, headers.Mine(list[11].Hash(), list[11].TimeS(), 60, 1, 0))
			s.At = old
			return s.enter(s.Sign(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 500}))
		}},
	{name: "header-time-passed-by", tries: "stamps an entry more than two hours before the newest block", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "after the blocks of the log it is",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			at := s.At
			s.EnterHeaders(chainFrom+12, headers.Mine(list[11].Hash(), list[11].TimeS()+3*3600, 60, 1, 0))
			s.At.TimeMs = at.TimeMs
			return s.enter(s.Sign(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 500}))
		}},
	{name: "header-without-work", tries: "enters a header without its proof of work", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "is above the target",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			h := headers.Mine(list[11].Hash(), list[11].TimeS(), 60, 1, 0)[0]
			for before := h.Hash(); h.Hash()[0] < 0x80 || h.Hash() == before; {
				h[76]++ // until it meets no target
			}
			return s.stateBlocks(chainFrom+12, h)
		}},
	{name: "header-of-less-work", tries: "enters a header by a target that the network does not have", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "are no target that the network allows",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			h := headers.Mine(list[11].Hash(), list[11].TimeS(), 60, 1, 0)[0]
			copy(h[72:76], []byte{0xff, 0xff, 0x7f, 0x21})
			return s.stateBlocks(chainFrom+12, h)
		}},
	{name: "header-beside-the-chain", tries: "enters a header that does not come after the one before", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "comes after block",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			return s.stateBlocks(chainFrom+12, headers.Mine(list[10].Hash(), list[11].TimeS(), 60, 1, 7)[0])
		}},
	{name: "headers-taken-back", tries: "replaces blocks by a fork that is no longer, to draw again", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "blocks-higher",
		play: func(_ *testing.T, s *story) verdict {
			s, list := s.newBlocks(12, 0)
			return s.stateBlocks(chainFrom+10, headers.Mine(list[9].Hash(), list[9].TimeS(), 60, 2, 7)...)
		}},
	{name: "chain-in-the-log", tries: "enters headers of a chain of its own, whose blocks it can choose", catches: byHeaders, holder: withChain,
		err: audit.ErrLog, says: "in the chain given stands",
		play: func(_ *testing.T, s *story) verdict {
			_, known := s.newBlocks(12, 0)
			s, _ = s.newBlocks(12, 7)
			return s.replay(audit.ReplayOptions{Headers: wireHeaders(s.t, known), HeadersFrom: chainFrom})
		}},
	{name: "chain-in-the-log-known", tries: "enters headers of a chain of its own, and anchors in Bitcoin's", catches: "`econaudit replay --trust-header`", holder: "anybody with an export who knows a block",
		err: audit.ErrLog, says: "the one that you trust is block",
		play: func(_ *testing.T, s *story) verdict {
			_, known := s.newBlocks(12, 0)
			s, _ = s.newBlocks(12, 7)
			return s.replay(audit.ReplayOptions{Options: audit.Options{Trusted: []anchor.TrustedHeader{blockAt(chainFrom+5, known[5])}}})
		}},
	{name: "chain-beside-the-anchors", tries: "enters other headers than those of the blocks that its anchors are in", catches: replays + " with an anchor", holder: anybody,
		err: audit.ErrLog, says: "that in the proof of an anchor is block",
		play: func(_ *testing.T, s *story) verdict {
			s, _ = s.newBlocks(audittest.AnchorHeight-chainFrom+5, 7)
			return s.replay(audit.ReplayOptions{Checkpoint: s.Checkpoint(), Anchor: s.AnchorOf(3)})
		}},
	{name: "anchor-in-no-block", tries: "says of an anchor that it is final in a block that the log's headers do not have", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "is final, as the log says, is block",
		play: func(_ *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			return s.anchoredIn(op.Hash{1})
		}},
	{name: "standing-root-false", tries: "states another root of flow and evidence than the receipts give", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "recomputed",
		play: func(t *testing.T, s *story) verdict {
			s, _ = s.newBlocks(12, 0)
			return falsely(t, s, 3*time.Hour, func(c *op.Epoch) { c.ScoresRoot[0] ^= 1 })
		}},
}

func (s *story) anchoredIn(block op.Hash) verdict {
	s.AnchorHead()
	a := s.State.Anchors()[0]
	s.Do(s.Operator, op.KindAnchorConfirmed, op.AnchorConfirmed{CheckpointSize: a.CheckpointSize, Txid: a.Txid, Block: block, Height: chainFrom + 3})
	s.Do(s.Operator, op.KindAnchorFinal, op.AnchorFinal{CheckpointSize: a.CheckpointSize, Txid: a.Txid})
	return s.replay(audit.ReplayOptions{})
}

func blockAt(height uint32, h headers.Header) anchor.TrustedHeader {
	hash := h.Hash()
	slices.Reverse(hash[:])
	return anchor.TrustedHeader{Height: height, Hash: chainhash.Hash(hash)}
}

// An honest log by version 2 passes all that catches one with a chain of its own.
func TestHonestBlocksPass(t *testing.T) {
	s, known := newStory(t).newBlocks(12, 0)
	stale := headers.Mine(known[11].Hash(), known[11].TimeS(), 60, 1, 9)
	next := headers.Mine(known[11].Hash(), known[11].TimeS(), 60, 20, 0)
	s.EnterHeaders(chainFrom+12, stale)
	s.Agent("by a block that lost")
	s.EnterHeaders(chainFrom+12, next)
	for i := range 3 {
		s.Pass(time.Minute)
		s.Agent(fmt.Sprint("honest ", i))
	}
	all := slices.Concat(known, next)
	o := audit.ReplayOptions{Headers: wireHeaders(t, all), HeadersFrom: chainFrom}
	o.Trusted = []anchor.TrustedHeader{blockAt(chainFrom+5, all[5]), blockAt(chainFrom+20, all[20])}
	require.NoError(t, s.replay(o).err)
	require.NoError(t, s.replay(audit.ReplayOptions{Options: o.Options}).err)
	require.NoError(t, s.anchoredIn(op.Hash(all[3].Hash())).err)
	o.Trusted = append(o.Trusted, blockAt(chainFrom+32, all[3]))
	require.ErrorContains(t, s.replay(audit.ReplayOptions{Options: o.Options}).err, "nothing was held against it")
}
