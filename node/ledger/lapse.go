package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// A hold that is settled close to the expiry of its HTLC costs the operator the
// channel: LND goes to the chain. So no entry stamped at stake.LapseHeight or
// above leaves a hold locked or waiting to be settled, whatever it is for.

// mustFree tells whether the chain is too close to the expiry of the hold's HTLC
// for anything but cancelling it.
func (s *State) mustFree(h *hold) bool {
	return s.clock.Height >= stake.LapseHeight(h.expiryHeight)
}

// tooLate says why a hold is cancelled by its height.
func (s *State) tooLate(h *hold) string {
	return fmt.Sprintf("at height %d its HTLC, which expires at %d, can only be cancelled", s.clock.Height, h.expiryHeight)
}

// watchHeights makes the heights due at which the hold that was just locked ends
// if nothing ended it before.
func (s *State) watchHeights(i int) {
	h := &s.holds.list[i]
	s.agenda.addHeight(stake.LapseHeight(h.expiryHeight), op.KindHoldLapse, i)
	if h.rule().atRisk != nil {
		s.agenda.addHeight(h.endHeight(), op.KindHoldLapse, i)
	}
}

// lapses tells whether a hold must end at a height that was made due.
func (s *holds) lapses(i int, height int64) bool {
	h := &s.list[i]
	return h.state == stake.Locked || h.state == stake.Forfeiting && height == int64(stake.LapseHeight(h.expiryHeight))
}

// holdLapse: the chain came too close to the expiry of a hold's HTLC. A stake is
// released; collateral and bonds end while they can still be settled. A hold that
// was forfeited and is not settled yet is cancelled instead.
func (s *State) holdLapse(e *op.Entry, c *op.HoldLapse) error {
	i, err := s.holds.holdByID(c.Hold)
	if err != nil {
		return err
	}
	h := &s.holds.list[i]
	switch {
	case h.state == stake.Forfeiting:
		s.effects.answer(h.settle)
		return s.releaseHold(i, h.reason+"; not settled in time: "+s.tooLate(h))
	case h.rule().atRisk == nil:
		return s.releaseHold(i, "lapsed: "+s.tooLate(h))
	}
	return s.endUnrenewed(i)
}
