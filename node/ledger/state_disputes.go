package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// disputes are all that were ever brought.
type disputes struct {
	list     []dispute
	at       map[op.ID]int
	draws    []occurrence // those whose juries were drawn, by round
	juryless []int        // those that wait for a jury
}

// dispute is one challenge of one proposal on one ground.
type dispute struct {
	id        op.ID
	seq       uint64
	proposal  int
	ground    string
	text      string
	forgotten bool // its texts are in the log alone
	rule      voting.DisputeRule
	nth       int // challenges of the proposal that stood before it
	state     disputeState
	reason    string      // why it is void, or no ruling counts
	bonds     []partyBond // the challenge's first, then those of appeals that brought a round about
	appeals   []partyBond // whose bonds are not locked
	rounds    []round
	lockedMs  int64
	endedMs   int64
	unheard   bool   // an appeal found no jury, so no ruling counts
	undoing   string // what came of undoing what was executed

	potSat  int64 // forfeited in it and arrived
	unpaid  int   // forfeited holds that have not arrived
	settled bool  // the pot was shared
}

// partyBond is the bond of the challenger or of somebody who appealed.
type partyBond struct {
	agent     slot
	hold      int
	uphold    bool // the side it is on
	round     int  // that it appeals against; -1 for the challenge
	text      string
	seq       uint64 // entry of the challenge or appeal
	forfeited bool
	textBytes int32 // of a text that is in the log alone
}

// round is one jury.
type round struct {
	openedMs   int64    // when its bond was locked
	drawHeight uint32   // drawn at the first entry of that height or above
	stamp      op.Stamp // of the draw; the zero value before
	seats      []seat
	commitEnd  int64
	revealEnd  int64
	appealEnd  int64
	ruling     *op.Ruling
}

// seat is what one juror has of a jury.
type seat struct {
	juror     int
	seats     int64 // at least 1; its vote counts as often
	committed bool
	commit    op.Hash
	signed    signed // the commitment
	vote      juryVote
	gone      bool // its bond ended meanwhile
}
