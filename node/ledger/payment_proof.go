package ledger

import (
	"github.com/econd/econd/node/op"
)

// payment is what a BOLT11 invoice says, which its payee's node signed. With its
// preimage it was acknowledged by the payee; that anybody paid it shows nowhere.
type payment struct {
	hash        op.Hash
	payee       op.NodeKey
	customer    op.PublicKey // whom the description names, see op.CustomerOf; zero for nobody
	amountMsat  int64
	amountSat   int64 // rounded down
	issuedUnix  int64
	expiresUnix int64
	cltvBlocks  uint32 // that its HTLCs must have left at least when they arrive
}

// decodeInvoice is readInvoice for the economy's network, of an invoice that is not
// dated in the future. That of the entry being applied was read before.
func (s *State) decodeInvoice(field, text string) (payment, error) {
	var p payment
	prefix := invoicePrefix(s.network)
	if s.read != nil && s.read.text == text && s.read.prefix == prefix {
		p = s.read.invoice
	} else {
		var err error
		if p, err = readInvoice(field, prefix, text); err != nil {
			return p, err
		}
	}
	if ahead, most := p.issuedUnix-s.clock.TimeMs/1000, s.constitution.Operations.MaxFutureS; ahead > most {
		return payment{}, refuse(ErrRule, field, "invoice-future", "is dated %d s in the future, at most %d s are allowed", ahead, most)
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
		return p, refuse(ErrFact, "content.invoice", "hold-invoice", "is over %d sat for payment hash %s; the hold asks for %d sat, the fact says %s",
			p.amountSat, p.hash, h.amountSat, c.PaymentHash)
	}
	return p, nil
}
