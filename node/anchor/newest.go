package anchor

import (
	"context"
	"fmt"
)

// waiting returns the checkpoint that waits if record i may commit to it in
// place of its own, and "": only the last may, for the line never goes back to
// fewer entries.
func (p *Publisher) waiting(i int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i != len(p.records)-1 {
		return ""
	}
	return string(p.next)
}

// taken forgets the checkpoint that waited, now that a record commits to it; a
// newer one that came meanwhile stays.
func (p *Publisher) taken(body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if string(p.next) == body {
		p.next = nil
	}
}

// refresh gives a record that has no transaction yet the newest checkpoint.
func (p *Publisher) refresh(r *record) error {
	body := p.waiting(int(r.Seq))
	if body == "" {
		return nil
	}
	r.commitTo(body)
	if err := p.put(r); err != nil {
		return err
	}
	p.taken(body)
	return nil
}

// bump adds a version with a higher fee, if the bound allows one, over the newest
// checkpoint: so no checkpoint waits behind an older one for longer than that.
func (p *Publisher) bump(ctx context.Context, i int, best uint32) error {
	rate, err := p.rate(ctx)
	if err != nil {
		return err
	}
	r := p.records[i]
	weight := weightOf(r.draft())
	fee := replacementFee(weight, r.latest().FeeSat, rate)
	if p.aboveBound(weight, fee) {
		return fmt.Errorf("%w: %v has waited since block %d and pays %d sat, "+
			"more is above %d sat per vbyte", errFeeBound,
			r.latest().msg.TxHash(), r.latest().Height,
			r.latest().FeeSat, p.cfg.MaxSatPerVByte)
	}
	return p.version(ctx, i, best, fee)
}

// aboveBound tells whether a fee may not be paid.
func (p *Publisher) aboveBound(weight, fee int64) bool {
	return fee > feeFor(weight, p.cfg.MaxSatPerVByte*250)
}

// remake adds a version over the newest checkpoint at the fee of the latest,
// which the network has dropped and would not take at its bound. Nothing is
// replaced by that, so nothing more has to be paid; once the network takes this
// fee again, it gets the newest checkpoint. Without a newer one it does nothing.
func (p *Publisher) remake(ctx context.Context, i int, best uint32) error {
	r := p.records[i]
	if p.waiting(i) == "" || best < r.latest().Height+p.cfg.BumpAfter {
		return nil
	}
	return p.version(ctx, i, best, r.latest().FeeSat)
}

// version adds a version of record i with this fee over the newest checkpoint.
func (p *Publisher) version(ctx context.Context, i int, best uint32,
	fee int64) error {

	r := p.records[i]
	draft, err := withFee(r.draft(), fee)
	if err != nil {
		return err
	}
	body := p.waiting(i)
	if body == "" {
		return p.signAndStore(ctx, r, draft, best)
	}
	draft.Tx.TxOut[0].PkScript = NewPayload(p.cfg.Origin,
		[]byte(body)).Script()
	before := r.Body
	r.nameBodies()
	r.commitTo(body)
	if err := p.signAndStore(ctx, r, draft, best); err != nil {
		r.commitTo(before) // nothing was stored
		return err
	}
	p.taken(body)
	return nil
}

// settle makes the record commit to what its confirmed version n does. A newer
// checkpoint, which a later version was over, waits again.
func (p *Publisher) settle(r *record, n int) {
	newest := r.Body
	if newest == r.bodyOf(n) {
		return
	}
	r.commitTo(r.bodyOf(n))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = []byte(newest)
	}
}

// commitTo makes a checkpoint the record's. It was parsed before.
func (r *record) commitTo(body string) {
	if c, err := ParseCheckpoint([]byte(body)); err == nil {
		r.Body, r.checkpoint = body, c
	}
}

// nameBodies notes with each version which checkpoint it is over, before the
// record's own changes.
func (r *record) nameBodies() {
	for n := range r.Versions {
		r.Versions[n].Body = r.bodyOf(n)
	}
}

// bodyOf is the checkpoint that version n is over.
func (r *record) bodyOf(n int) string {
	if body := r.Versions[n].Body; body != "" {
		return body
	}
	return r.Body
}

// Waiting says how long the anchor has waited that is not in a block.
type Waiting struct {
	Blocks  uint32 // since its first transaction was made; 0: none waits, or it is new
	Entries int64  // under its checkpoint; 0: none waits
	AtBound bool   // its fee may not be raised any more
}

// Waiting tells of the oldest anchor that waits for its block.
func (p *Publisher) Waiting() Waiting {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wait
}

// noteWaiting keeps what Waiting tells.
func (p *Publisher) noteWaiting(best uint32) {
	var w Waiting
	for _, r := range p.records {
		if !r.pending() {
			continue
		}
		w.Entries = r.checkpoint.Size
		if at := r.Versions[0].Height; best > at {
			w.Blocks = best - at
		}
		weight := weightOf(r.draft())
		w.AtBound = w.Blocks >= p.cfg.BumpAfter &&
			p.aboveBound(weight, replacementFee(weight, r.latest().FeeSat, 0))
		break
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.AtBound && !p.wait.AtBound {
		p.cfg.Logger.Error("anchor: it waits at the highest fee that the "+
			"configuration allows", "entries", w.Entries, "blocks", w.Blocks)
	}
	p.wait = w
}
