package anchor

import (
	"context"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// LineGoneError says that the coin from which the line of anchors goes on is gone
// from the wallet: somebody with its keys has spent it, or the wallet is another.
// Nothing is anchored until it is back, or the log announces a second line.
type LineGoneError struct {
	After   chainhash.Hash // its output 1 is the coin
	Heights int            // for how many heights it has seemed gone
	Err     error          // what the wallet says
}

// Error says what can be done.
func (e *LineGoneError) Error() string {
	text := fmt.Sprintf("the coin of the line of anchors, %v:1, has been gone "+
		"for %d blocks (%v)", e.After, e.Heights, e.Err)
	if e.Heights < giveUpAfter {
		return text + fmt.Sprintf("; it may be back: at %d it is taken to be "+
			"gone", giveUpAfter)
	}
	return text + "; a second line is begun only by the operator: stop econd, " +
		"then econd recover --reason TEXT"
}

// Unwrap gives what the wallet says.
func (e *LineGoneError) Unwrap() error { return e.Err }

// lineBefore returns the coin that the anchor must spend, nil if it is the first
// of a line: because there is none before it, or because the coin is gone and the
// log announces another line.
func (p *Publisher) lineBefore(ctx context.Context, i int,
	best uint32) (*Coin, error) {

	line, err := p.leasedLine(ctx, i)
	if line == nil || !gone(err) {
		return line, err
	}
	r := p.records[i]
	doubts, changed := r.doubt(best, p.reached())
	if changed {
		if err := p.put(r); err != nil {
			return nil, err
		}
	}
	after := line.OutPoint.Hash
	size, announced := p.cfg.NewLine(after)
	switch {
	case doubts < giveUpAfter || !announced:
		return nil, &LineGoneError{After: after, Heights: doubts, Err: err}
	case r.checkpoint.Size < size:
		return nil, fmt.Errorf("a second line of anchors waits for a "+
			"checkpoint of %d entries, which announces it; this one is of %d: "+
			"econctl admin anchor asks for one", size, r.checkpoint.Size)
	}
	p.cfg.Logger.Warn("anchor: a second line begins, as the log announces",
		"after", after)
	return nil, nil
}

// reached is the highest block that the anchors tell of: at it the coins that they
// spend are there, unless they are spent.
func (p *Publisher) reached() (height uint32) {
	for _, r := range p.records {
		for _, v := range r.Versions {
			height = max(height, v.Height)
		}
		if r.Block != nil {
			height = max(height, r.Block.Height)
		}
	}
	for _, a := range p.lost {
		height = max(height, a.Height)
	}
	return height
}

// leasedLine returns the coin that record i must spend, leased anew; nil for
// none. Where it is gone, it comes with an error that says so.
func (p *Publisher) leasedLine(ctx context.Context, i int) (*Coin, error) {
	var prev *record
	for _, r := range p.records[:i] {
		if r.settled() {
			prev = r
		}
	}
	line, err := p.lineAfter(ctx, prev)
	if line != nil && err == nil {
		err = p.cfg.Wallet.Lease(ctx, line.OutPoint, p.lockID,
			p.cfg.LeaseFor)
	}
	return line, err
}

// gone tells whether a wallet's error says that it has not got a coin.
func gone(err error) bool {
	return errors.Is(err, ErrUnknownCoin) || errors.Is(err, ErrSpent)
}

// LineGone returns the anchor whose line output has been gone for so long that
// the operator may let a second line begin; nil if it is there, or no anchor waits
// for it. *LineGoneError: it is gone, and not for long enough. Do not call it while
// Run runs.
func (p *Publisher) LineGone(ctx context.Context) (*chainhash.Hash, error) {
	i := len(p.records) - 1
	if i < 0 || p.records[i].State != StateJournaled || p.pendingBefore(i) {
		return nil, nil
	}
	line, err := p.leasedLine(ctx, i)
	if line == nil || !gone(err) {
		return nil, err
	}
	after, doubts := line.OutPoint.Hash, p.records[i].Doubts
	if doubts < giveUpAfter {
		return nil, &LineGoneError{After: after, Heights: doubts, Err: err}
	}
	return &after, nil
}
