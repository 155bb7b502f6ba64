package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// recovery is what the operator decided where the log could not go on by itself.
type recovery struct {
	ahead       []paidAhead
	decided     map[op.Hash]string // by payment hash or txid: what the log did not know
	recoveries  []view.Recovery
	lostAnchors []view.LostAnchor // until the log goes on
}

// paidAhead is a payment that LND made for a payout which the log has not made
// yet, because the decision was lost with the end of the log.
type paidAhead struct {
	id         string
	preimage   op.Hash
	amountMsat int64
	feeMsat    int64
}

// goOn records that the log goes on: after a restore with the anchors that were found.
func (s *recovery) goOn(r view.Recovery) {
	if r.Decision == op.DecidedRestored {
		r.Anchors, s.lostAnchors = s.lostAnchors, nil
	}
	s.recoveries = append(s.recoveries, r)
}

// by lists the recoveries of one kind.
func (s *recovery) by(decision string) (list []view.Recovery) {
	for _, r := range s.recoveries {
		if r.Decision == decision {
			list = append(list, r)
		}
	}
	return list
}

// newLine finds the second line that begins because the coin of an anchor is gone.
func (s *recovery) newLine(after op.Hash) (view.Recovery, bool) {
	for _, r := range s.recoveries {
		if r.Decision == op.DecidedNewLine && r.After == after {
			return r, true
		}
	}
	return view.Recovery{}, false
}

// lost tells whether an anchor is on the record as one of an end that was lost.
func (s *recovery) lost(txid op.Hash) bool { return s.decided[txid] == op.DecidedAnchored }

// findAnchor keeps an anchor of what was lost until the log goes on.
func (s *recovery) findAnchor(a view.LostAnchor) { s.lostAnchors = append(s.lostAnchors, a) }

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
