package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// receipt records a rating of a payment that the payee acknowledged, and takes
// back what it contradicts.
func (s *State) receipt(e *op.Entry, c *op.Receipt) error {
	consumer, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	provider, ok := s.agents.at[c.Provider]
	if !ok {
		return refusal.New(refusal.ErrNotFound, "content.provider", "registered", "%s is not registered", c.Provider)
	}
	if c.Rating < -reputation.MaxRating || c.Rating > reputation.MaxRating || c.Rating == 0 {
		return refusal.New(refusal.ErrInvalid, "content.rating", "rating-range", "is %d, must be -10 to 10 and not 0", c.Rating)
	}
	if err := s.agents.praisable(provider, c.Rating); err != nil {
		return err
	}
	p, err := s.decodeInvoice("content.invoice", c.Invoice) // Prepare held the preimage against it
	if err != nil {
		return err
	}
	if err := s.checkPayment(p, c.Provider, provider); err != nil {
		return err
	}
	if err := s.checkAge(p, c.Rating); err != nil {
		return err
	}
	day := reputation.Day(s.clock.TimeMs)
	made := claim{agent: consumer, day: int32(day), seq: e.Seq, praise: c.Rating > 0, named: s.agents.same(p.customer, s.agents.list[consumer].key)}
	v, err := s.judge(paymentKey{p.hash, provider}, p, made)
	if err != nil {
		return err
	}
	r := reputation.Receipt{Consumer: consumer, Provider: provider, Sats: uint64(p.amountSat),
		Rating: int8(c.Rating), TimeMs: s.clock.TimeMs, Discount: uint16(reputation.PartOne) - v.claim.part}
	if err := s.scores.add(r); err != nil {
		return refusal.New(refusal.ErrRule, "content", "receipt-book", "%v", err)
	}
	s.enterClaim(paymentKey{p.hash, provider}, v)
	s.agents.list[provider].earn(earned{consumer, int32(day), e.Seq, !made.praise})
	return nil
}

// checkPayment holds an acknowledged payment against the binding and the rules.
func (s *State) checkPayment(p payment, key op.PublicKey, provider slot) error {
	if use, ok := s.payments.hashes[p.hash]; ok && use.payout {
		return refusal.New(refusal.ErrDuplicate, "content.invoice", "one-receipt-per-payment", "payment hash %s was used by entry %d", p.hash, use.seq)
	}
	if i, ok := s.holds.offeredAt[p.hash]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.invoice", "receipt-hold", "payment hash %s is that of hold %s, which buys no service", p.hash, s.holds.list[i].id)
	}
	if owner, ok := s.agents.nodeAt[p.payee]; !ok || owner != provider {
		return refusal.New(refusal.ErrPayment, "content.invoice", "payee-binding", "was issued by node %s, which is not bound to provider %s", p.payee, key)
	}
	rules := s.constitution.Receipts
	if p.amountSat < rules.MinSat {
		return refusal.New(refusal.ErrRule, "content.invoice", "receipt-min", "is over %d sat, at least %d are needed", p.amountSat, rules.MinSat)
	}
	return nil
}

// checkAge refuses what is rated too late. The payee dates its invoice, and can
// date one that is paid today a week back: so a complaint is not too late while
// the invoice could still be paid within the age.
func (s *State) checkAge(p payment, rating int64) error {
	most := s.constitution.Receipts.MaxAgeS
	if rating < 0 {
		most += max(0, p.expiresUnix-p.issuedUnix)
	}
	if age := s.clock.TimeMs/1000 - p.issuedUnix; age > most {
		return refusal.New(refusal.ErrRule, "content.invoice", "receipt-age", "was issued %d s ago, at most %d s are allowed", age, most)
	}
	return nil
}
