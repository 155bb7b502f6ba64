package ledger

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// Recoveries lists when the operator went on with the log where it could not go on by
// itself, oldest first. The caller must not change it.
func (s *State) Recoveries() []view.Recovery { return s.recovery.recoveries }

// Restorations lists when the log went on from an older backup, in order.
func (s *State) Restorations() []view.Recovery { return s.recovery.by(op.DecidedRestored) }

// NewLines lists where a second line of anchors begins, in order.
func (s *State) NewLines() []view.Recovery { return s.recovery.by(op.DecidedNewLine) }

// NewLine is the entry by which a second line of anchors begins, since the coin of the
// anchor with this txid is gone; false if there is none.
func (s *State) NewLine(after op.Hash) (view.Recovery, bool) { return s.recovery.newLine(after) }

// Decided tells what the operator decided about a payment hash, or the txid of an
// anchor, that the log did not know, or "".
func (s *State) Decided(hash op.Hash) string { return s.recovery.decided[hash] }

// reconciled takes a decision of the operator about what the log does not know.
func (s *State) reconciled(e *op.Entry, c *op.Reconciled) error {
	if len(c.Note) > maxReason {
		return refusal.New(refusal.ErrInvalid, "content.note", "length", "has %d bytes, may have %d", len(c.Note), maxReason)
	}
	switch {
	case c.Decision == op.DecidedRestored:
		if err := s.goesOnFor(c.Note); err != nil {
			return err
		}
		s.recovery.goOn(view.Recovery{Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Decision: c.Decision, Note: c.Note, Size: c.Size, Root: c.Root})
		return nil
	case c.Decision == op.DecidedNewLine && s.constitution.Version >= 2:
		return s.beginLine(e, c)
	}
	if was := s.recovery.decided[c.Hash]; was != "" {
		return refusal.New(refusal.ErrDuplicate, "content.hash", "decided-once", "it was decided that %s is %s", c.Hash, was)
	}
	if i, ok := s.holds.offeredAt[c.Hash]; ok && c.Decision != op.DecidedCancelled && !s.holds.list[i].state.Ended() {
		return refusal.New(refusal.ErrPhase, "content.hash", "known-hold", "hold %s is %s: what LND did with it is entered by rule", s.holds.list[i].id, s.holds.list[i].state)
	}
	if most := int64(1000 * maxPayoutSat); c.AmountMsat < 0 || c.AmountMsat > most || c.FeeMsat < 0 || c.FeeMsat > most {
		return refusal.New(refusal.ErrInvalid, "content.amount_msat", "range", "is %d with a fee of %d, must be between 0 and %d", c.AmountMsat, c.FeeMsat, most)
	}
	var err error
	switch c.Decision {
	case op.DecidedPaid:
		err = s.decidePaid(c)
	case op.DecidedFound:
		err = s.decideFound(c)
	case op.DecidedAnchored:
		s.recovery.findAnchor(view.LostAnchor{Seq: e.Seq, Txid: c.Hash, Digest: c.Digest, Height: c.Height})
	case op.DecidedCancelled, op.DecidedNoted:
	default:
		return refusal.New(refusal.ErrInvalid, "content.decision", "decision", "%+q is none", c.Decision)
	}
	if err != nil {
		return err
	}
	s.recovery.decide(c.Hash, c.Decision)
	if _, ok := s.anchors.at[c.Hash]; ok && c.Decision == op.DecidedNoted {
		// What version 1 has for new-line.
		s.recovery.goOn(view.Recovery{Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Decision: op.DecidedNewLine, Note: c.Note, After: c.Hash})
	}
	return nil
}

// goesOnFor holds the reason that the operator gives against its rule, from version 2 of
// the rules on.
func (s *State) goesOnFor(reason string) error {
	if s.constitution.Version < 2 {
		return nil
	}
	if reason == "" {
		return refusal.New(refusal.ErrInvalid, "content.note", "recovery-reason", "is empty, must have 1 to %d bytes", maxReason)
	}
	if i := strings.IndexFunc(reason, unicode.IsControl); i >= 0 {
		return refusal.New(refusal.ErrInvalid, "content.note", "recovery-reason", "has a control character at byte %d, must have none", i)
	}
	return nil
}

// beginLine records that a second line of anchors begins.
func (s *State) beginLine(e *op.Entry, c *op.Reconciled) error {
	if err := s.goesOnFor(c.Note); err != nil {
		return err
	}
	if l, ok := s.recovery.newLine(c.Hash); ok {
		return refusal.New(refusal.ErrDuplicate, "content.hash", "decided-once", "entry %d says that the line of anchors ends with %s", l.Seq, c.Hash)
	}
	if last, ok := s.anchors.last(); !s.recovery.lost(c.Hash) && (!ok || last != c.Hash) {
		return refusal.New(refusal.ErrFact, "content.hash", "new-line-anchor", "%s is not the last anchor of this log that is in a block, and none on the record as lost", c.Hash)
	}
	s.recovery.goOn(view.Recovery{Seq: e.Seq, TimeMs: e.Stamp.TimeMs, Decision: c.Decision, Note: c.Note, After: c.Hash})
	return nil
}

// decideFound books the sats of a hold that the log does not know into a pool.
func (s *State) decideFound(c *op.Reconciled) error {
	pool, err := s.poolByName("content.pool", c.Pool)
	if err != nil {
		return err
	}
	s.treasury.find(c.AmountMsat)
	s.bring(pool, nobody, c.AmountMsat/1000)
	s.keepDust(c.AmountMsat % 1000)
	return nil
}

// decidePaid records that LND has paid a payout, by whichever invoice. It is never
// paid again, also where the decision that makes it is still to come.
func (s *State) decidePaid(c *op.Reconciled) error {
	if err := s.proves(c); err != nil {
		return err
	}
	if i, ok := s.wallets.spendAt[c.Payout]; ok {
		return s.decideSpent(i, c)
	}
	i, ok := s.treasury.payoutAt[c.Payout]
	if !ok {
		if c.Payout == "" || s.recovery.aheadOf(c.Payout) >= 0 {
			return refusal.New(refusal.ErrDuplicate, "content.payout", "paid-once", "payout %+q is paid ahead already", c.Payout)
		}
		s.recovery.payAhead(paidAhead{c.Payout, c.Preimage, c.AmountMsat, c.FeeMsat})
		return nil
	}
	p := &s.treasury.payouts[i]
	if c.AmountMsat != 1000*p.amountSat {
		return refusal.New(refusal.ErrFact, "content.amount_msat", "payout-amount", "is %d, payout %s is over %d", c.AmountMsat, p.id, 1000*p.amountSat)
	}
	switch p.state {
	case payoutPaid:
		return refusal.New(refusal.ErrPhase, "content.payout", "paid-once", "payout %s is paid already", p.id)
	case payoutFailed:
		if err := s.takeBack(p); err != nil {
			return err
		}
	case payoutSending:
		for _, e := range s.PendingEffects() {
			if e.Payout == p.id {
				s.effects.answer(e.ID)
			}
		}
	}
	s.sent(p, c.Preimage, c.FeeMsat)
	return nil
}

// proves holds the evidence of a payment against itself: the preimage, and the
// invoice unless it was a keysend.
func (s *State) proves(c *op.Reconciled) error {
	if got := op.Hash(sha256.Sum256(c.Preimage[:])); got != c.Hash {
		return refusal.New(refusal.ErrFact, "content.preimage", "preimage", "hashes to %s, the payment hash is %s", got, c.Hash)
	}
	if i, ok := s.treasury.payoutAt[c.Payout]; c.Invoice == "" && ok && s.treasury.payouts[i].node == (op.NodeKey{}) {
		return refusal.New(refusal.ErrFact, "content.invoice", "paid-invoice", "is empty; payout %s is paid by an invoice that its agent names", c.Payout)
	}
	if c.Invoice == "" {
		return nil
	}
	inv, err := s.decodeInvoice("content.invoice", c.Invoice)
	if err != nil {
		return err
	}
	if inv.hash != c.Hash || inv.amountMsat != c.AmountMsat {
		return refusal.New(refusal.ErrFact, "content.invoice", "paid-invoice", "is over %d msat for payment hash %s; the decision says %d and %s", inv.amountMsat, inv.hash, c.AmountMsat, c.Hash)
	}
	return nil
}

// takeBack takes the sats of a payout that had failed from where they returned to.
func (s *State) takeBack(p *payout) error {
	need := p.amountSat + p.feeSat
	if p.grant > 0 {
		g := &s.treasury.grants[p.grant-1]
		if free := g.ceilingSat() - g.drawnSat; free < p.amountSat+p.ownFeeSat {
			return refusal.New(refusal.ErrRule, "content.payout", "grant-funds", "grant %s has %d sat left, %d were paid", g.id, free, p.amountSat+p.ownFeeSat)
		}
		need = p.feeSat - p.ownFeeSat
	}
	if s.treasury.poolSats[p.pool] < need {
		return refusal.New(refusal.ErrRule, "content.payout", "pool-funds", "the pool holds %d sat, %d are needed", s.treasury.poolSats[p.pool], need)
	}
	if p.grant > 0 {
		s.treasury.grants[p.grant-1].draw(p.amountSat + p.ownFeeSat)
	}
	s.treasury.draw(p.pool, need)
	if p.ofPool() {
		p.setPaidBack(s.payBack(p.agent, p.pool, p.amountSat+p.feeSat))
	}
	return nil
}

// aheadOf finds a payment that was made before its payout, or -1.
func (s *recovery) aheadOf(payout string) int {
	return slices.IndexFunc(s.ahead, func(a paidAhead) bool { return a.id == payout })
}

// madeAhead settles a payout that was just made and that LND has paid already.
func (s *State) madeAhead(p *payout) bool {
	k := s.recovery.aheadOf(p.id)
	if k < 0 || s.recovery.ahead[k].amountMsat != 1000*p.amountSat {
		return false
	}
	a := s.recovery.takeAhead(k)
	s.sent(p, a.preimage, a.feeMsat)
	return true
}
