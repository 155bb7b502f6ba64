package anchor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

// fundLock is how long coins chosen by the wallet stay reserved before the
// transaction that spends them is out.
const fundLock = 10 * time.Minute

// watchDepth is how many blocks deep, its own included, an anchor is watched, also when
// it is final.
const watchDepth = 100

// errFeeBound: an anchor waits for its block, and its fee may not be raised.
var errFeeBound = errors.New("the fee is at its bound")

// step brings every anchor as far as it can get now. It looks at the world
// anew each time, so it does not matter which notifications were missed.
func (p *Publisher) step(ctx context.Context) error {
	if err := p.promote(); err != nil {
		return err
	}
	if len(p.records) == 0 {
		return nil
	}
	if err := p.report(ctx); err != nil {
		return err
	}
	best, _, err := p.cfg.Chain.Best(ctx)
	if err != nil {
		return err
	}
	var all []error
	for i, r := range p.records {
		if r.State == StateFinal {
			if err := p.checkFinal(ctx, i, best); err != nil {
				all = append(all, fmt.Errorf("anchor of %d entries: %w",
					r.checkpoint.Size, err))
				break
			}
			r = p.records[i]
		}
		if r.State == StateFinal || r.State == StateAbandoned {
			continue
		}
		if err := p.advance(ctx, i, best); err != nil {
			all = append(all, fmt.Errorf("anchor of %d entries: %w",
				r.checkpoint.Size, err))
			break // later ones build on it
		}
	}
	p.noteWaiting(best)
	if err := p.promote(); err != nil {
		return err
	}
	all = append(all, p.keepLease(ctx), p.report(ctx),
		p.proveLost(ctx, best))
	return errors.Join(all...)
}

// promote turns the checkpoint that waits into a record, once no other one
// waits for its block. It is stored in both places for a moment; load knows.
func (p *Publisher) promote() error {
	for _, r := range p.records {
		if r.pending() || r.State == StateJournaled {
			return nil
		}
	}
	p.mu.Lock()
	body := p.next
	p.next = nil
	p.mu.Unlock()
	if body == nil {
		return nil
	}
	return p.newRecord(string(body))
}

func (p *Publisher) newRecord(body string) error {
	r, err := newRecord(uint64(len(p.records)), body)
	if err != nil {
		return err
	}
	p.records = append(p.records, r)
	return p.put(r)
}

// report hands over the events that are due, and forgets each only once it
// has been taken.
func (p *Publisher) report(ctx context.Context) error {
	for _, r := range p.records {
		for len(r.Pending) > 0 {
			if err := p.cfg.Facts.Report(ctx, r.Pending[0]); err != nil {
				return fmt.Errorf("report %s: %w", r.Pending[0].Kind, err)
			}
			r.Pending = r.Pending[1:]
			if err := p.put(r); err != nil {
				return err
			}
			r.compact()
		}
	}
	return nil
}

// advance moves one anchor on by as many states as it can.
func (p *Publisher) advance(ctx context.Context, i int, best uint32) error {
	r := p.records[i]
	if r.State == StateConfirmed {
		if err := p.checkReorg(ctx, r, best); err != nil {
			return err
		}
	}
	if r.State == StateJournaled && !p.pendingBefore(i) {
		if err := p.build(ctx, i, best); err != nil {
			return err
		}
	}
	if r.pending() {
		if err := p.push(ctx, i, best); err != nil {
			return err
		}
	}
	if r.State == StateConfirmed &&
		best+1 >= r.Block.Height+p.cfg.Confirmations {

		return p.finalize(ctx, r)
	}
	return nil
}

// pendingBefore tells whether an earlier anchor waits for a block, as after a
// reorganisation: which coin the next one spends is open until it has one.
func (p *Publisher) pendingBefore(i int) bool {
	return slices.ContainsFunc(p.records[:i], (*record).pending)
}

// checkReorg puts an anchor back to pending if its block has left the chain. A
// chain that is shorter than it was says nothing: the node may be catching up.
func (p *Publisher) checkReorg(ctx context.Context, r *record,
	best uint32) error {

	if best < r.Block.Height {
		return nil
	}
	hash, err := p.cfg.Chain.BlockHash(ctx, r.Block.Height)
	if err != nil || hash == r.Block.hash() {
		return err
	}
	p.cfg.Logger.Warn("anchor: block was reorganised away",
		"block", r.Block.hash(), "height", r.Block.Height)
	r.event(EventReorged, r.Block.Version)
	r.State, r.Block, r.Proof = StatePublished, nil, nil
	r.commitTo(r.bodyOf(len(r.Versions) - 1))
	return p.put(r)
}

// checkFinal puts a final anchor back to pending if its block has left the chain all
// the same, and so starts it anew in its old place in the line. Deeper than
// watchDepth nobody looks any more.
func (p *Publisher) checkFinal(ctx context.Context, i int,
	best uint32) error {

	r := p.records[i]
	if best >= r.Block.Height+watchDepth || len(r.Pending) > 0 {
		return nil
	}
	if best < r.Block.Height {
		return nil // the node may be catching up
	}
	hash, err := p.cfg.Chain.BlockHash(ctx, r.Block.Height)
	if err != nil || hash == r.Block.hash() {
		return err
	}
	whole, err := p.stored(r.Seq) // the one in memory is compacted
	if err != nil {
		return err
	}
	p.records[i] = whole
	return p.checkReorg(ctx, whole, best)
}

// build makes the first version of an anchor's transaction and stores it.
func (p *Publisher) build(ctx context.Context, i int, best uint32) error {
	r := p.records[i]
	if err := p.refresh(r); err != nil {
		return err
	}
	rate, err := p.rate(ctx)
	if err != nil {
		return err
	}
	script := NewPayload(p.cfg.Origin, []byte(r.Body)).Script()
	draft, err := p.draft(ctx, i, best, script, rate)
	if err != nil {
		return err
	}
	return p.signAndStore(ctx, r, draft, best)
}

// rate is the estimated fee rate, within bounds.
func (p *Publisher) rate(ctx context.Context) (satPerKW int64, err error) {
	rate, err := p.cfg.Wallet.FeeRate(ctx, p.cfg.TargetBlocks)
	if err != nil {
		return 0, err
	}
	// 1 sat per vbyte, the relay minimum, is 250 sat per 1,000 weight
	// units; 253 is what survives every rounding.
	return min(max(rate, 253), p.cfg.MaxSatPerVByte*250), nil
}

// draft decides what the next anchor spends: the line's coin if that will do,
// the line's coin and more of the wallet's if it runs low, the wallet's alone
// if there is no line.
func (p *Publisher) draft(ctx context.Context, i int, best uint32,
	script []byte, rate int64) (Draft, error) {

	line, err := p.lineBefore(ctx, i, best)
	if err != nil {
		return Draft{}, err
	}
	var alone Draft
	if line != nil {
		fee := feeFor(weightOf(nextInLine(*line, script, 0)), rate)
		alone = nextInLine(*line, script, fee)
		// Room for this fee and three times as much by replacement.
		if line.Value >= 4*fee+minOutputSat {
			return alone, nil
		}
	}
	req := FundRequest{Script: script, LineSat: p.cfg.LineSat, Line: line,
		SatPerKW: rate, LockID: p.lockID, LockFor: fundLock}
	draft, err := p.cfg.Wallet.Fund(ctx, req)
	if errors.Is(err, ErrFunds) && line != nil &&
		alone.Tx.TxOut[1].Value >= minOutputSat {

		p.cfg.Logger.Warn("anchor: cannot top up the line, going on with "+
			"what it has", "sat", line.Value, "err", err)
		return alone, nil
	}
	if err != nil {
		return Draft{}, err
	}
	if err := checkFunded(draft, req); err != nil {
		return Draft{}, err
	}
	for _, in := range draft.Tx.TxIn {
		in.Sequence = replaceable
	}
	return draft, nil
}

// lineAfter returns the coin that the anchor after the record prev spends: that
// of the newest adopted anchor if there is one since, else the record's own. Nil
// without an error means that there is no line.
func (p *Publisher) lineAfter(ctx context.Context,
	prev *record) (*Coin, error) {

	if tips := p.lostTips(prev); len(tips) > 0 {
		return p.lostLine(ctx, tips)
	}
	if prev == nil {
		return nil, nil
	}
	line := prev.line()
	return &line, nil
}

// signAndStore adds a version. Nothing has left the house before it is stored.
func (p *Publisher) signAndStore(ctx context.Context, r *record, d Draft,
	best uint32) error {

	tx, err := p.cfg.Wallet.Sign(ctx, d)
	if err != nil {
		return err
	}
	if !sameTx(tx, d) {
		return errors.New("wallet signed another transaction than the one " +
			"it was given")
	}
	r.Coins = d.Coins
	if err := r.add(tx, feeOf(d), best); err != nil {
		return err
	}
	r.State = StateBuilt
	r.clearDoubt()
	return p.put(r)
}

// push gets an anchor that has a transaction into a block: it looks whether
// any version is in one, publishes the latest, and raises the fee in time.
func (p *Publisher) push(ctx context.Context, i int, best uint32) error {
	r := p.records[i]
	if found, err := p.findBlock(ctx, r); found || err != nil {
		return err
	}
	err := p.publish(ctx, r)
	switch {
	case errors.Is(err, ErrSpent):
		return p.suspect(ctx, i, best, err)
	case errors.Is(err, ErrFeeTooLow) &&
		(len(r.Versions) == 1 || r.latest().Height < best):

		bumpErr := p.bump(ctx, i, best)
		if errors.Is(bumpErr, errFeeBound) {
			bumpErr = errors.Join(bumpErr, p.remake(ctx, i, best))
		}
		if bumpErr != nil {
			return errors.Join(err, bumpErr)
		}
		return p.publish(ctx, r)
	case err != nil:
		return err
	}
	if best < r.latest().Height+p.cfg.BumpAfter {
		return nil
	}
	if err := p.bump(ctx, i, best); err != nil {
		return fmt.Errorf("raise the fee: %w", err)
	}
	return p.publish(ctx, r)
}

// publish hands the latest version to the network and notes that.
func (p *Publisher) publish(ctx context.Context, r *record) error {
	v := r.latest()
	label := fmt.Sprintf("econd anchor %d", r.checkpoint.Size)
	if err := p.cfg.Wallet.Publish(ctx, v.msg, label); err != nil {
		return fmt.Errorf("publish %v: %w", v.msg.TxHash(), err)
	}
	if r.State == StatePublished && r.Doubts == 0 {
		return nil
	}
	if r.State == StateBuilt {
		r.event(EventPublished, len(r.Versions)-1)
	}
	r.State = StatePublished
	r.clearDoubt()
	return p.put(r)
}

// suspect deals with a latest version that cannot be published because its
// coins are spent, though no version is in a block that the wallet knows. For
// a while that may be its being late. Then somebody else has the coins: the
// record is abandoned and its checkpoint taken up by a new one.
func (p *Publisher) suspect(_ context.Context, i int, best uint32,
	cause error) error {

	r := p.records[i]
	doubts, changed := r.doubt(best, p.reached())
	if doubts < giveUpAfter {
		if changed {
			if err := p.put(r); err != nil {
				return err
			}
		}
		return cause
	}
	p.cfg.Logger.Error("anchor: its coins were spent by somebody else; "+
		"making it anew", "txid", r.latest().msg.TxHash())
	// The new record first: a crash between the two is found by load as
	// two records for one checkpoint, the first of which is given up
	// again in this place.
	if i == len(p.records)-1 {
		if err := p.newRecord(r.Body); err != nil {
			return err
		}
	}
	r.State = StateAbandoned
	return p.put(r)
}

// findBlock looks for a block that holds any version, and stores the proof.
func (p *Publisher) findBlock(ctx context.Context,
	r *record) (found bool, err error) {

	for n := range r.Versions {
		v := &r.Versions[n]
		txid := v.msg.TxHash()
		c, err := p.cfg.Chain.Confirmation(ctx, txid,
			v.msg.TxOut[1].PkScript, r.Versions[0].Height)
		if errors.Is(err, ErrUnconfirmed) {
			continue
		}
		if err != nil {
			return false, err
		}
		proof, err := BuildProof(p.cfg.Params, c.Height, c.RawBlock, txid,
			nil)
		if err != nil {
			return false, err
		}
		if r.State == StateBuilt && n == len(r.Versions)-1 {
			// It was published by a run that could not note it.
			r.event(EventPublished, n)
		}
		r.State, r.Proof = StateConfirmed, proof
		r.Block = &blockRef{Hash: c.BlockHash[:], Height: c.Height,
			Version: n}
		r.event(EventConfirmed, n)
		r.clearDoubt()
		p.settle(r, n)
		return true, p.put(r)
	}
	return false, nil
}

// finalize adds the headers that make the proof final.
func (p *Publisher) finalize(ctx context.Context, r *record) error {
	headers, err := p.headersAfter(ctx, r.Block.Height)
	if err != nil {
		return err
	}
	// A reorganisation in between shows as headers that do not connect.
	proof, err := r.Proof.Extend(p.cfg.Params, headers)
	if err != nil {
		return err
	}
	_, err = Verify(proof, p.cfg.Origin, []byte(r.Body), Options{
		Params:           p.cfg.Params,
		MinConfirmations: int(p.cfg.Confirmations),
		Trusted: []TrustedHeader{{Height: r.Block.Height,
			Hash: chainhash.Hash(r.Block.Hash)}},
	})
	if err != nil {
		return fmt.Errorf("own proof does not verify: %w", err)
	}
	r.State, r.Proof = StateFinal, proof
	r.event(EventFinal, r.Block.Version)
	return p.put(r)
}

// headersAfter are the headers of the blocks after a height that make an anchor in
// it final.
func (p *Publisher) headersAfter(ctx context.Context,
	height uint32) (headers [][]byte, err error) {

	for n := uint32(1); n < p.cfg.Confirmations; n++ {
		hash, err := p.cfg.Chain.BlockHash(ctx, height+n)
		if err != nil {
			return nil, err
		}
		raw, err := p.cfg.Chain.Header(ctx, hash)
		if err != nil {
			return nil, err
		}
		headers = append(headers, raw)
	}
	return headers, nil
}
