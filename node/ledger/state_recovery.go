package ledger

import "github.com/econd/econd/node/op"

// recovery is what the operator decided after a restore.
type recovery struct {
	ahead       []paidAhead
	decided     map[op.Hash]string // by payment hash or txid: what the log did not know
	restored    []Restoration
	lostAnchors []LostAnchor // until the log goes on
}
