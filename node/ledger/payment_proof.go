package ledger

import (
	"crypto/sha256"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/lightningnetwork/lnd/zpay32"

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
}

// chainParams names the network that invoices must be written for.
func chainParams(network string) *chaincfg.Params {
	switch network {
	case "mainnet":
		return &chaincfg.MainNetParams
	case "testnet":
		return &chaincfg.TestNet3Params
	case "signet":
		return &chaincfg.SigNetParams
	}
	return &chaincfg.RegressionNetParams
}

// decodeInvoice reads a BOLT11 invoice with an amount and recovers the node
// that signed it.
func (s *State) decodeInvoice(field, text string) (payment, error) {
	inv, err := zpay32.Decode(text, chainParams(s.network))
	if err != nil {
		return payment{}, refuse(ErrPayment, field, "bolt11", "no valid BOLT11 invoice for %s: %v", s.network, err)
	}
	if inv.MilliSat == nil || inv.Destination == nil || inv.PaymentHash == nil {
		return payment{}, refuse(ErrPayment, field, "bolt11", "must name an amount, a payment hash and be signed by the payee")
	}
	issued := inv.Timestamp.Truncate(time.Second).Unix()
	if ahead, most := issued-s.clock.TimeMs/1000, s.constitution.Operations.MaxFutureS; ahead > most {
		return payment{}, refuse(ErrRule, field, "invoice-future", "is dated %d s in the future, at most %d s are allowed", ahead, most)
	}
	var customer op.PublicKey
	if inv.Description != nil {
		customer, _ = op.CustomerOf(*inv.Description)
	}
	return payment{
		hash:        *inv.PaymentHash,
		customer:    customer,
		payee:       op.NodeKey(inv.Destination.SerializeCompressed()),
		amountMsat:  int64(*inv.MilliSat),
		amountSat:   int64(inv.MilliSat.ToSatoshis()),
		issuedUnix:  issued,
		expiresUnix: issued + int64(max(inv.Expiry(), 0)/time.Second), // a wrapped expiry is none
	}, nil
}

// acknowledged checks that the payee let the preimage of an invoice out: the
// invoice is signed by the payee's node, the preimage hashes to its payment hash
// (BOLT 11, BOLT 2).
func (s *State) acknowledged(invoice string, preimage op.Hash) (payment, error) {
	p, err := s.decodeInvoice("content.invoice", invoice)
	if err != nil {
		return p, err
	}
	if got := op.Hash(sha256.Sum256(preimage[:])); got != p.hash {
		return p, refuse(ErrPayment, "content.preimage", "preimage", "hashes to %s, the invoice's payment hash is %s", got, p.hash)
	}
	return p, nil
}

// checkHoldInvoice holds the operator's claim about a hold invoice against the
// invoice itself.
func (s *State) checkHoldInvoice(h *hold, c *op.HoldOffered) error {
	p, err := s.decodeInvoice("content.invoice", c.Invoice)
	if err != nil {
		return err
	}
	if p.hash != c.PaymentHash || p.amountSat != h.amountSat {
		return refuse(ErrFact, "content.invoice", "hold-invoice", "is over %d sat for payment hash %s; the hold asks for %d sat, the fact says %s",
			p.amountSat, p.hash, h.amountSat, c.PaymentHash)
	}
	return nil
}
