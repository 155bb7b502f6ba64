package ledger

import "github.com/econd/econd/node/op"

// recovery is what the operator decided after a restore.
type recovery struct {
	ahead       []paidAhead
	decided     map[op.Hash]string // by payment hash or txid: what the log did not know
	restored    []Restoration
	lostAnchors []LostAnchor // until the log goes on
}

// paidAhead is a payment that LND made for a payout which the log has not made
// yet, because the decision was lost with the end of the log.
type paidAhead struct {
	id         string
	preimage   op.Hash
	amountMsat int64
	feeMsat    int64
}
