// Package stake holds the life of one hold: the sats that an agent locks with
// an LND hold invoice, from the request to their release or forfeiture.
//
// It guarantees that a hold ends exactly once, and that it is settled only
// after a rule declared it forfeited. It refuses to know Lightning, the clock
// and why a hold is wanted. All functions are pure.
package stake

import (
	"errors"
	"fmt"
)

// State of a hold. The zero value is Requested.
type State uint8

// The life of a hold:
//
//	Requested -> Offered -> Locked -> Releasing  -> Released
//	                               -> Forfeiting -> Forfeited
//	Forfeiting -> Releasing          (too close to its expiry to be settled)
//	Requested, Offered -> Expired
//	Locked, Forfeiting -> Lapsed     (LND cancelled the HTLCs by itself)
//	Offered, Locked, Releasing -> Taken  (LND settled, and no rule asked for it)
const (
	Requested  State = iota // econd was asked for an invoice
	Offered                 // the hold invoice exists and waits to be paid
	Locked                  // all HTLCs accepted: the sats count
	Releasing               // to be cancelled; the sats no longer count
	Forfeiting              // to be settled; the sats no longer count
	Released                // cancelled: the sats are back with the agent
	Forfeited               // settled: the sats are the operator's
	Expired                 // ended without ever being locked
	Lapsed                  // LND cancelled a locked hold before the ledger did
	Taken                   // settled though no rule forfeited it: owed back
)

var stateNames = [...]string{"requested", "offered", "locked", "releasing", "forfeiting",
	"released", "forfeited", "expired", "lapsed", "taken"}

// States lists the names of all states, in the order of a hold's life.
func States() []string { return append([]string{}, stateNames[:]...) }

// String returns the state's name in lower case.
func (s State) String() string { return stateNames[s] }

// Ended tells whether nothing can happen to the hold any more.
func (s State) Ended() bool { return s >= Released }

// Event is something that happens to a hold.
type Event uint8

// Events of a hold. Offer, Accept, Settle, Cancel and Take are facts from LND;
// Release and Forfeit are decisions of the ledger.
const (
	Offer   Event = iota // LND made the invoice
	Accept               // LND reports the invoice ACCEPTED
	Release              // a rule gives the sats back
	Forfeit              // a rule takes the sats
	Settle               // LND reports the invoice SETTLED
	Cancel               // LND reports the invoice CANCELED
	Take                 // LND reports the invoice SETTLED, and no rule took the sats
)

var eventNames = [...]string{"offer", "accept", "release", "forfeit", "settle", "cancel", "take"}

// String returns the event's name in lower case.
func (e Event) String() string { return eventNames[e] }

// ErrTransition is the kind of every refused event.
var ErrTransition = errors.New("hold cannot do that in its state")

// Next returns the state after an event, or ErrTransition. In particular a
// hold that was never declared forfeited cannot be settled, only taken: the log
// says for ever that no rule asked for it.
func (s State) Next(e Event) (State, error) {
	switch {
	case s == Requested && e == Offer:
		return Offered, nil
	case s == Offered && e == Accept:
		return Locked, nil
	case e == Release && (s <= Locked || s == Forfeiting):
		return Releasing, nil
	case s == Locked && e == Forfeit:
		return Forfeiting, nil
	case s == Forfeiting && e == Settle:
		return Forfeited, nil
	case (s == Offered || s == Locked || s == Releasing) && e == Take:
		return Taken, nil
	case e == Cancel:
		return s.cancelled()
	}
	return s, fmt.Errorf("%w: %s while %s", ErrTransition, e, s)
}

func (s State) cancelled() (State, error) {
	switch s {
	case Requested, Offered:
		return Expired, nil
	case Releasing:
		return Released, nil
	case Locked, Forfeiting:
		return Lapsed, nil
	}
	return s, fmt.Errorf("%w: %s while %s", ErrTransition, Cancel, s)
}

// Limits that LND sets. lnd cancels an ACCEPTED hold 12 blocks before its
// lowest HTLC expiry (18 from lnd 0.21 on) and force-closes when an HTLC is
// unresolved within its broadcast delta of 10 (16); SettleInvoice checks
// neither. Twenty-four blocks keep clear of all of these.
const (
	SafetyBlocks  = 24
	MinCltvBlocks = 2 * SafetyBlocks // below this a hold could lapse at birth
	MaxCltvBlocks = 1008             // LDK senders refuse more; lnd senders more than 2016
)

// LapseHeight is the first height at which a locked hold whose lowest HTLC
// expires at expiryHeight must be settled or cancelled, whatever else is
// pending.
func LapseHeight(expiryHeight uint32) uint32 {
	if expiryHeight < SafetyBlocks {
		return 0
	}
	return expiryHeight - SafetyBlocks
}

// ForfeitBlocks is how long before the HTLC's expiry a hold must be forfeited
// that a rule takes because it was not renewed: 12 blocks, about two hours, are
// left to settle it before LapseHeight, from which it is cancelled.
const ForfeitBlocks = SafetyBlocks + 12

// ForfeitHeight is the last moment of a hold whose lowest HTLC expires at
// expiryHeight: at it a rule still takes the sats that were bound and not
// renewed.
func ForfeitHeight(expiryHeight uint32) uint32 {
	if expiryHeight < ForfeitBlocks {
		return 0
	}
	return expiryHeight - ForfeitBlocks
}
