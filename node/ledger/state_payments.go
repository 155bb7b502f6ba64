package ledger

import "github.com/econd/econd/node/op"

// payments are those that receipts and payouts used up, and claims that others made
// to them.
type payments struct {
	hashes map[op.Hash]hashUse
	claims map[paymentKey][]claim
}
