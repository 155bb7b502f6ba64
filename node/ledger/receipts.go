package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// receipt records a rated payment, once it is proved.
func (s *State) receipt(e *op.Entry, c *op.Receipt) error {
	consumer, err := s.signer(e)
	if err != nil {
		return err
	}
	provider, ok := s.agentAt[c.Provider]
	if !ok {
		return refuse(ErrNotFound, "content.provider", "registered", "%s is not registered", c.Provider)
	}
	if c.Rating < -reputation.MaxRating || c.Rating > reputation.MaxRating || c.Rating == 0 {
		return refuse(ErrInvalid, "content.rating", "rating-range", "is %d, must be -10 to 10 and not 0", c.Rating)
	}
	if err := s.praisable(provider, c.Rating); err != nil {
		return err
	}
	p, err := s.provePayment(c.Invoice, c.Preimage)
	if err != nil {
		return err
	}
	if err := s.checkPayment(p, c.Provider, provider); err != nil {
		return err
	}
	r := reputation.Receipt{Consumer: consumer, Provider: provider, Sats: uint64(p.amountSat),
		Rating: int8(c.Rating), TimeMs: s.clock.TimeMs}
	if err := s.book.Add(r); err != nil {
		return refuse(ErrRule, "content", "receipt-book", "%v", err)
	}
	s.paid[p.hash] = e.Seq
	s.agents[provider].receipts++
	s.agents[provider].earned = append(s.agents[provider].earned, earned{consumer, int32(reputation.Day(r.TimeMs)), e.Seq})
	return nil
}

// checkPayment holds a proved payment against the binding and the rules.
func (s *State) checkPayment(p payment, key op.PublicKey, provider slot) error {
	if seq, ok := s.paid[p.hash]; ok {
		return refuse(ErrDuplicate, "content.invoice", "one-receipt-per-payment", "payment hash %s was used by entry %d", p.hash, seq)
	}
	if owner, ok := s.nodeAt[p.payee]; !ok || owner != provider {
		return refuse(ErrPayment, "content.invoice", "payee-binding", "was issued by node %s, which is not bound to provider %s", p.payee, key)
	}
	rules := s.constitution.Receipts
	if p.amountSat < rules.MinSat {
		return refuse(ErrRule, "content.invoice", "receipt-min", "is over %d sat, at least %d are needed", p.amountSat, rules.MinSat)
	}
	if age := s.clock.TimeMs/1000 - p.issuedUnix; age > rules.MaxAgeS {
		return refuse(ErrRule, "content.invoice", "receipt-age", "was issued %d s ago, at most %d s are allowed", age, rules.MaxAgeS)
	}
	return nil
}
