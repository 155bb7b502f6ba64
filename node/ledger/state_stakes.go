package ledger

import (
	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/voting"
)

// stakes are all locked stake and that behind proposals on conviction tracks, with
// their past.
type stakes struct {
	lockedSat history.History              // all locked stake
	locked    voting.HighWater             // the same, its heights
	behind    map[string]*voting.HighWater // by track: behind its proposals
	changes   uint64                       // of the two

	lockedChanges uint64            // of all locked stake
	behindChanges map[string]uint64 // of that behind the proposals of each track
	raises        []raise           // of stakes, in order
}

func newStakes() stakes {
	return stakes{behind: map[string]*voting.HighWater{}, behindChanges: map[string]uint64{}}
}

// raise is that an agent's stake grew.
type raise struct {
	atMs int64
	at   slot
}
