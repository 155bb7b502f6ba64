package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// payment is what a BOLT11 invoice says, which its payee's node signed. With its
// preimage it was acknowledged by the payee; that anybody paid it shows nowhere.
type payment struct {
	prefix      string // of the networks that it is for, see networks
	hash        op.Hash
	payee       op.NodeKey
	customer    op.PublicKey // whom the description names, see op.CustomerOf; zero for nobody
	amountMsat  int64
	amountSat   int64 // rounded down
	issuedUnix  int64
	expiresUnix int64
	cltvBlocks  uint32 // that its HTLCs must have left at least when they arrive
}

// decodeInvoice is readInvoice of one for the economy's network, that is not dated in
// the future. That of the entry being applied was read before.
func (s *State) decodeInvoice(field, text string) (payment, error) {
	var p payment
	if s.entry.read != nil && text != "" && s.entry.read.text == text {
		p = s.entry.read.invoice
	} else {
		var err error
		if p, err = readInvoice(field, text); err != nil {
			return p, err
		}
	}
	if p.prefix != InvoicePrefix(s.network) {
		return payment{}, refusal.New(refusal.ErrPayment, field, "bolt11", "is an invoice for %s, this economy is on %s", networksOf(p.prefix), s.network)
	}
	if ahead, most := p.issuedUnix-s.clock.TimeMs/1000, s.constitution.Operations.MaxFutureS; ahead > most {
		return payment{}, refusal.New(refusal.ErrRule, field, "invoice-future", "is dated %d s in the future, at most %d s are allowed", ahead, most)
	}
	return p, nil
}

// checkHoldInvoice holds the operator's claim about a hold invoice against the
// invoice itself, and returns what that says.
func (s *State) checkHoldInvoice(h *hold, c *op.HoldOffered) (payment, error) {
	p, err := s.decodeInvoice("content.invoice", c.Invoice)
	if err != nil {
		return p, err
	}
	if p.hash != c.PaymentHash || p.amountSat != h.amountSat {
		return p, refusal.New(refusal.ErrFact, "content.invoice", "hold-invoice", "is over %d sat for payment hash %s; the hold asks for %d sat, the fact says %s",
			p.amountSat, p.hash, h.amountSat, c.PaymentHash)
	}
	if s.nodeKey != (op.NodeKey{}) && p.payee != s.nodeKey {
		return p, refusal.New(refusal.ErrFact, "content.invoice", "hold-payee", "is signed by node %s; the node of this economy is %s, and whatever another holds is nobody's stake", p.payee, s.nodeKey)
	}
	return p, nil
}
