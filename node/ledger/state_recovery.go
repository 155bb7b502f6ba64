package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
)

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

// goOn records that the log goes on after a restore, with the anchors that were found.
func (s *recovery) goOn(r Restoration) {
	r.Anchors, s.lostAnchors = s.lostAnchors, nil
	s.restored = append(s.restored, r)
}

// findAnchor keeps an anchor of what was lost until the log goes on.
func (s *recovery) findAnchor(a LostAnchor) { s.lostAnchors = append(s.lostAnchors, a) }

// decide records what was decided of a payment hash or txid.
func (s *recovery) decide(hash op.Hash, decision string) { s.decided[hash] = decision }

// payAhead keeps a payment of a payout that is still to be made, and takeAhead takes it
// out again.
func (s *recovery) payAhead(a paidAhead) { s.ahead = append(s.ahead, a) }

func (s *recovery) takeAhead(k int) paidAhead {
	a := s.ahead[k]
	s.ahead = slices.Delete(s.ahead, k, k+1)
	return a
}
