package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// Moment is when a view is taken. Time and blocks go on where no entry comes, so
// what is due cannot be told by the last entry. What is before the last entry
// counts as that entry's.
type Moment struct {
	NowMs  int64
	Height uint32 // the best block known
}

// clockMoment is that of the last entry.
func (s *State) clockMoment() Moment { return Moment{s.clock.TimeMs, s.clock.Height} }

// since is the moment, but not before the last entry.
func (s *State) since(at Moment) Moment {
	return Moment{max(at.NowMs, s.clock.TimeMs), max(at.Height, s.clock.Height)}
}

func (s *State) renewalView(h *hold, at Moment) view.Renewal {
	if h.state != stake.Locked || h.rule().replaced == nil {
		return view.Renewal{}
	}
	due := stake.RenewHeight(h.lockedHeight, h.expiryHeight)
	left := due - min(due, at.Height)
	return view.Renewal{DueHeight: due, EndHeight: h.endHeight(), BlocksLeft: left,
		EstimateMs: at.NowMs + int64(left)*constitution.BlockS*1000, AtRisk: s.takenUnrenewed(h, at.NowMs)}
}

// HoldSeen returns one hold as it is at a moment, or false.
func (s *State) HoldSeen(id op.ID, at Moment) (view.Hold, bool) {
	i, ok := s.holds.at[id]
	if !ok {
		return view.Hold{}, false
	}
	return s.holdSeen(i, s.since(at)), true
}

// HoldOffered returns the entry that brought the invoice of a hold, 0 while there is none;
// false if there is no such hold.
func (s *State) HoldOffered(id op.ID) (seq uint64, ok bool) {
	i, ok := s.holds.at[id]
	if !ok {
		return 0, false
	}
	return s.holds.list[i].offeredSeq, true
}

// holdSeen is a hold's view at a moment that is not before the last entry.
func (s *State) holdSeen(i int, at Moment) view.Hold {
	v := s.holdView(i)
	v.Renewal = s.renewalView(&s.holds.list[i], at)
	s.tellConfirmed(&s.holds.list[i], &v, at.NowMs)
	return v
}

// HoldPage is a part of an agent's holds.
type HoldPage struct {
	Height uint32 // that they are seen at
	Holds  []view.Hold
	Next   uint64 // where the following page starts, or 0
}

// HoldsPage lists at most limit of an agent's holds that have not ended, as they
// are at a moment, in order of their entries, from entry from on; false if no agent
// has the key. It walks the holds of the agent.
func (s *State) HoldsPage(of op.PublicKey, at Moment, from uint64, limit int) (p HoldPage, ok bool) {
	at = s.since(at)
	p.Height = at.Height
	agent, ok := s.agents.at[of]
	if !ok {
		return p, false
	}
	open := slices.DeleteFunc(slices.Clone(s.agents.list[agent].holds), func(i int) bool { return s.holds.list[i].seq < from || s.holds.list[i].state.Ended() })
	var next int
	p.Holds, next = Listed(0, limit, len(open), func(n int) (view.Hold, bool) { return s.holdSeen(open[n], at), true })
	if next != 0 {
		p.Next = s.holds.list[open[next]].seq
	}
	return p, true
}

// HoldCount is how many holds are in one state.
type HoldCount struct {
	State string
	Count int
}

// HoldCounts counts the holds that have not ended, by state, in the order of their
// life.
func (s *State) HoldCounts() []HoldCount {
	var counts []HoldCount
	for state := stake.Requested; !state.Ended(); state++ {
		counts = append(counts, HoldCount{State: state.String()})
	}
	for i := range s.holds.list {
		if state := s.holds.list[i].state; !state.Ended() {
			counts[state].Count++
		}
	}
	return counts
}
