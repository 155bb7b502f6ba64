package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// From version 2 of the rules on the log has the chain's headers, and its stamps rest on
// them: height and block are those of the newest header, and the time fits it. So time
// and chance are Bitcoin's, and whoever has the log has the chain.

// blockReachMs is how far a stamp's time may be from that of its block, either way. Bitcoin
// takes a block whose time is up to two hours ahead; that the next one comes later than two
// hours after happens once in years.
const blockReachMs = 2 * 3600 * 1000

// byHeaders tells whether stamps rest on headers.
func (s *State) byHeaders() bool { return s.constitution.Version >= constitution.RulesHeaders }

// knownSince refuses what came with a later version of the rules than that in force.
func (s *State) knownSince(version int64, field, what string) error {
	if s.constitution.Version < version {
		return unknownBefore(version, s.constitution.Version, field, what)
	}
	return nil
}

func unknownBefore(version, inForce int64, field, what string) error {
	return refusal.New(refusal.ErrRule, field, "rules-since", "%s is known from version %d of the rules on, those in force are version %d", what, version, inForce)
}

// enterBlocks takes headers.
func (s *State) enterBlocks(e *op.Entry, c *op.Blocks) error {
	if err := s.knownSince(constitution.RulesHeaders, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	if n := len(c.Headers); n == 0 || n > op.MaxHeaders {
		return refusal.New(refusal.ErrInvalid, "content.headers", "length", "has %d, must have 1 to %d", n, op.MaxHeaders)
	}
	if err := s.admitFirst(e.Stamp, c); err != nil {
		return err
	}
	if err := s.keepDue(e, c); err != nil {
		return err
	}
	network, ok := headers.NetworkOf(s.network)
	if !ok {
		panic("ledger: a network without rules of headers: " + s.network)
	}
	err := s.blocks.extend(network, c)
	var f *headers.Fault
	if errors.As(err, &f) {
		return refusal.New(refusal.ErrFact, fmt.Sprintf("content.headers[%d]", f.Index), f.Rule, "%s", f.Text)
	}
	return err
}

// keepDue refuses headers that replace a block whose height made a fact due, before that was
// entered: whoever enters them would choose among the blocks of a draw. Where the newest header
// is too old for any fact, headers come first all the same.
func (s *State) keepDue(e *op.Entry, c *op.Blocks) error {
	if most := s.MostTimeMs(); most != 0 && e.Stamp.TimeMs > most {
		return nil
	}
	_, d := s.agenda.first(s.stillDue)
	if d.Kind == 0 || d.At > int64(e.Stamp.Height) || int64(c.From) > d.At {
		return nil
	}
	return refusal.New(refusal.ErrOverdue, "content.from", "due-before-fork", "the headers replace height %d, and the %s has to come before", d.At, s.dueText(d))
}

// admitFirst ties the first headers to the stamps before: they begin at their height or
// below, so that no height is passed over, and a last block that they reach is theirs.
func (s *State) admitFirst(at op.Stamp, c *op.Blocks) error {
	if !s.blocks.chain.Empty() || at.Height == 0 {
		return nil
	}
	end := uint64(c.From) + uint64(len(c.Headers)) - 1
	switch {
	case c.From > at.Height || end < uint64(at.Height):
		return refusal.New(refusal.ErrFact, "content.from", "blocks-first", "the headers are of heights %d to %d, the first ones of a log begin at the height of its stamps, %d, or below, and reach it", c.From, end, at.Height)
	case end > uint64(at.Height):
		return nil
	}
	last := headers.Header(c.Headers[len(c.Headers)-1])
	if hash := last.Hash(); hash != at.BlockHash {
		return refusal.New(refusal.ErrFact, "content.headers", "blocks-first", "the last is block %x, entries before were stamped with %x at height %d", hash, at.BlockHash, at.Height)
	}
	return nil
}

// admitStamp holds an entry's stamp against the newest header.
func (s *State) admitStamp(e *op.Entry) error {
	if !s.byHeaders() {
		return nil
	}
	height, block, ok := s.blocks.newest()
	if !ok {
		height, block = s.clock.Height, op.Hash(s.clock.BlockHash)
		if e.Event.Kind != op.KindBlocks { // facts neither: no vote may close while nobody is let in
			return refusal.New(refusal.ErrOrder, "", "headers-first", "the log has no block headers yet; econd enters them as soon as it knows the chain")
		}
	}
	if at := e.Stamp; at.Height != height || op.Hash(at.BlockHash) != block {
		return refusal.New(refusal.ErrOrder, "block", "newest-header", "is %x at height %d, the newest header of the log is %s at height %d", at.BlockHash, at.Height, block, height)
	}
	if least := s.LeastTimeMs(); e.Stamp.TimeMs < least {
		return refusal.New(refusal.ErrOrder, "time_ms", "block-time-least", "is %s, after the blocks of the log it is %s at least", atText(e.Stamp.TimeMs), atText(least))
	}
	// Headers themselves may come late: nobody has newer ones until they are there.
	if most := s.MostTimeMs(); most != 0 && e.Stamp.TimeMs > most && e.Event.Kind != op.KindBlocks {
		return refusal.New(refusal.ErrOrder, "time_ms", "block-time-most", "is %s, more than %s after the newest block of the log: a newer one must come first", atText(e.Stamp.TimeMs), time.Duration(blockReachMs)*time.Millisecond)
	}
	return nil
}

// LeastTimeMs is the earliest time of a stamp with the newest header: two hours before its own, and
// where blocks tell time not before the median time of the last eleven. 0: any.
func (s *State) LeastTimeMs() int64 {
	height, _, ok := s.blocks.newest()
	if !s.byHeaders() || !ok {
		return 0
	}
	timeS, _ := s.blocks.chain.TimeS(height)
	least := timeS*1000 - blockReachMs
	if s.tellsTime() {
		least = max(least, s.blocks.chain.MedianS(height)*1000)
	}
	return least
}

// MostTimeMs is the latest time of a stamp with the newest header; 0: any. Blocks of test
// networks, which come when somebody makes them, set no such bound.
func (s *State) MostTimeMs() int64 {
	height, _, ok := s.blocks.newest()
	if !s.byHeaders() || !ok || !s.tellsTime() {
		return 0
	}
	timeS, _ := s.blocks.chain.TimeS(height)
	return timeS*1000 + blockReachMs
}

func (s *State) tellsTime() bool {
	n, _ := headers.NetworkOf(s.network)
	return n.TellsTime
}

// StampAt is the stamp that an entry made at an instant gets: from version 2 of the rules on with
// the newest header of the log and a time that fits it, before with the block given.
func (s *State) StampAt(at op.Stamp) op.Stamp {
	if s.next == 0 || !s.byHeaders() {
		return at
	}
	at.Height, at.BlockHash = s.clock.Height, s.clock.BlockHash
	if height, block, ok := s.blocks.newest(); ok {
		at.Height, at.BlockHash = height, block
	}
	at.TimeMs = max(at.TimeMs, s.clock.TimeMs, s.LeastTimeMs())
	return at
}

// Headers tells of the headers that the log has; nil as long as its rules know none. The
// caller must not change them, nor keep them beyond the state's next entry.
func (s *State) Headers() *headers.Chain {
	if s.next == 0 || !s.byHeaders() {
		return nil
	}
	return s.blocks.all()
}

// drawHeight is the height of the block with which a round that opens now is drawn: one that
// nobody knows, also who has the headers of the last two hours and has not entered them.
// Test networks have no such bound of time, and no such distance.
func (s *State) drawHeight() uint32 {
	if s.byHeaders() && s.tellsTime() {
		return s.clock.Height + voting.DrawBlocksLagging
	}
	return s.clock.Height + voting.DrawBlocks
}

// drawBlock is the block that a round is drawn with, and its height: that which was fixed
// when the round opened; before version 2 of the rules that of the entry's stamp.
func (s *State) drawBlock(r *round) (height uint32, block op.Hash) {
	if s.byHeaders() {
		if hash, ok := s.blocks.chain.Block(r.drawHeight); ok {
			return r.drawHeight, hash
		}
	}
	return s.clock.Height, s.clock.BlockHash
}
