package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// holds are all that were ever asked for.
type holds struct {
	list        []hold
	at          map[op.ID]int
	offeredAt   map[op.Hash]int // by payment hash
	unpaid      int64           // those that nobody paid yet, renewals apart
	unpaidOrder []int           // they, in order, and some that were paid since
}

type hold struct {
	id           op.ID
	agent        slot
	purpose      purpose
	subject      int    // index of what it is for: proposal, pool, ...; -1 for a stake
	amountSat    int64  // asked for
	paidSat      int64  // locked or settled, whole; 0 before
	restMsat     int64  // beside it, less than a sat
	unpaid       bool   // counts as one that nobody paid yet
	forfeited    bool   // a rule took the sats, even where it came too late to settle
	settle       string // pending effect that settles it
	state        stake.State
	paymentHash  op.Hash
	invoice      string
	leastExpiry  uint32 // lowest that an HTLC for the invoice can have
	expiryHeight uint32
	requestedMs  int64
	lockedMs     int64
	lockedHeight uint32
	reason       string
	seq          uint64
	renews       int // index + 1 of the hold that it is to take the place of
	renewal      int // index of the last hold asked for to take its place
}
