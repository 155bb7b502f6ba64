package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// purpose is what a hold is for.
type purpose uint8

const (
	forStake      purpose = iota // gives weight
	forCollateral                // of a proposal
	forDeposit                   // into a pool
	forBond                      // of a challenge or an appeal
	forJuror                     // of a juror
	purposeCount
)

// purposeRule is what the ledger does with holds of a purpose. Functions that are nil
// do nothing. A hold that no rule forfeits returns to its agent, whatever it is for.
type purposeRule struct {
	name string

	// askedBy are the operations that ask for one. Renew asks for the next of all that
	// can be renewed.
	askedBy []op.Kind

	// weighs tells whether its sats are the stake of its agent. Such a hold counts for
	// itself, so a renewal is for all that was paid, and counts even where what it renews
	// has ended.
	weighs bool

	// ofAgent tells whether it is released as soon as its invoice was made where its agent
	// left meanwhile.
	ofAgent bool

	// locked is what its sats bring about.
	locked func(*State, int) error

	// booked tells whether it is settled by the rules whenever it is settled; else only
	// where one forfeited it, and what LND took otherwise is owed back. settled says where
	// all that was paid goes.
	booked  bool
	settled func(*State, *hold)

	// gone is what follows when it ends without being settled.
	gone func(*State, int)

	// replaced puts a hold in the place of the one that it renews; nil where none can be
	// renewed.
	replaced func(s *State, old, next int)

	// atRisk tells whether it is forfeited if it ends by not being renewed, nil for never,
	// and unrenewed forfeits it and ends what it was for. Such holds end while they can
	// still be settled, see stake.ForfeitHeight.
	atRisk    func(*State, *hold, int64) bool
	unrenewed func(*State, int) error
}

// purposes is the table. It is complete from the start on and never changes; it is
// filled by init because rules look at it, too.
var purposes [purposeCount]purposeRule

func init() {
	purposes = [...]purposeRule{
		forStake: {
			name:    "stake",
			askedBy: []op.Kind{op.KindLockStake},
			weighs:  true, ofAgent: true,
			settled:  (*State).settledToPools,
			replaced: func(*State, int, int) {},
		},
		forCollateral: {
			name:    "collateral",
			askedBy: []op.Kind{op.KindPropose},
			locked:  (*State).collateralLocked, settled: (*State).collateralSettled, gone: (*State).collateralGone,
			replaced: func(s *State, _, next int) { s.proposals.list[s.holds.list[next].subject].setHold(next) },
			atRisk:   (*State).collateralAtRisk, unrenewed: (*State).collateralUnrenewed,
		},
		forDeposit: {
			name:    "deposit",
			askedBy: []op.Kind{op.KindDeposit},
			locked:  func(s *State, i int) error { return s.forfeitHold(i, "paid into a pool") },
			booked:  true,
			settled: func(s *State, h *hold) { s.bring(h.subject, h.agent, h.paidSat) },
		},
		forBond: {
			name:    "bond",
			askedBy: []op.Kind{op.KindDispute, op.KindAppeal},
			locked:  (*State).bondLocked, gone: (*State).disputeBondGone,
			settled:  func(s *State, h *hold) { s.arrived(h.subject, h.paidSat) },
			replaced: func(s *State, old, next int) { s.disputes.list[s.holds.list[next].subject].bondOf(old).setHold(next) },
			atRisk:   func(s *State, h *hold, _ int64) bool { return s.disputes.list[h.subject].state == disputeOpen }, unrenewed: (*State).bondUnrenewed,
		},
		forJuror: {
			name:    "juror-bond",
			askedBy: []op.Kind{op.KindJuror},
			ofAgent: true,
			locked:  (*State).jurorLocked, gone: (*State).jurorBondGone,
			settled:  func(s *State, h *hold) { s.arrived(s.jurors.list[h.subject].slashedIn, h.paidSat) },
			replaced: func(s *State, _, next int) { s.jurors.list[s.holds.list[next].subject].setHold(next) },
			atRisk:   func(s *State, h *hold, _ int64) bool { return len(s.jurors.list[h.subject].sits) > 0 }, unrenewed: (*State).jurorUnrenewed,
		},
	}
}

// HoldPurposes lists what a hold can be for.
func HoldPurposes() []string {
	var names []string
	for p := range purposes {
		names = append(names, purposes[p].name)
	}
	return names
}

// rule is the row of the hold's purpose.
func (h *hold) rule() *purposeRule { return &purposes[h.purpose] }

// endHeight is the height at which a locked hold ends that was not renewed.
func (h *hold) endHeight() uint32 {
	if h.rule().atRisk == nil {
		return stake.LapseHeight(h.expiryHeight)
	}
	return stake.ForfeitHeight(h.expiryHeight)
}

// takenUnrenewed tells whether a locked hold is forfeited if it ends at nowMs.
func (s *State) takenUnrenewed(h *hold, nowMs int64) bool {
	at := h.rule().atRisk
	return at != nil && at(s, h, nowMs)
}

// settledFor books all that was paid of a settled hold.
func (s *State) settledFor(h *hold) {
	s.keepDust(h.restMsat)
	h.rule().settled(s, h)
}

// goneFor does what follows when a hold ends without being settled.
func (s *State) goneFor(i int) {
	if gone := s.holds.list[i].rule().gone; gone != nil {
		gone(s, i)
	}
}

// lockedFor does what follows once the sats of a hold are locked.
func (s *State) lockedFor(i int) error {
	if locked := s.holds.list[i].rule().locked; locked != nil {
		return locked(s, i)
	}
	return nil
}

// settledToPools splits the sats among the pools.
func (s *State) settledToPools(h *hold) { s.fillPools(h.agent, h.paidSat) }
