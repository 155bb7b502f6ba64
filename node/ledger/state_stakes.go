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

// raise notes that a stake was raised.
func (s *stakes) raise(r raise) { s.raises = append(s.raises, r) }

// change follows a change of an agent's locked stake.
func (s *stakes) change(nowMs int64, was, now uint64) {
	s.locked.Record(nowMs, s.locked.Current-was+now, voting.MaxHighWaterS*1000)
	s.lockedSat.Set(nowMs, s.locked.Current)
	s.changes++
	s.lockedChanges++
}

// moveBehind keeps the stake behind the proposals of a track, and its high-water mark.
func (s *stakes) moveBehind(nowMs int64, track string, was, now uint64) {
	h := s.behind[track]
	if h == nil {
		h = new(voting.HighWater)
		s.behind[track] = h
	}
	h.Record(nowMs, h.Current-was+now, voting.MaxHighWaterS*1000)
	s.changes++
	s.behindChanges[track]++
}
