package ledger

import "github.com/econd/econd/node/op"

// payments are those that receipts and payouts used up, and claims that others made
// to them.
type payments struct {
	hashes map[op.Hash]hashUse
	claims map[paymentKey][]claim
}

// claim is a receipt that speaks for a payment and counts.
type claim struct {
	agent  slot
	day    int32 // UTC; with agent and provider it names the receipt in the book
	seq    uint64
	praise bool
	named  bool   // its invoice names the agent
	part   uint16 // of it that counts, in units of 1/reputation.PartOne
}

// hashUse is the first entry that used a payment hash; payout: as an invoice that
// a payout is to pay, which makes no receipt.
type hashUse struct {
	seq    uint64
	payout bool
}

// paymentKey is what claims are about. A payment hash alone would let another
// payee's invoice over the same hash speak in this one's affairs.
type paymentKey struct {
	hash     op.Hash
	provider slot
}

// rated keeps the claims that stand to a payment, and that an entry used it.
func (s *payments) rated(key paymentKey, standing []claim, seq uint64) {
	s.claims[key] = standing
	if _, ok := s.hashes[key.hash]; !ok {
		s.hashes[key.hash] = hashUse{seq: seq}
	}
}

// paidOut records that a payout is paid by a payment.
func (s *payments) paidOut(hash op.Hash, seq uint64) { s.hashes[hash] = hashUse{seq, true} }
