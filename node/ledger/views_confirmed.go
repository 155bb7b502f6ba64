package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// Whose word it is that a hold is locked.
const (
	confirmedByAgent    = "agent"
	confirmedByRenewal  = "renewal"
	confirmedByOperator = "operator"
)

// HoldConfirmations lists whose word it can be that a hold is locked.
func HoldConfirmations() []string {
	return []string{confirmedByAgent, confirmedByRenewal, confirmedByOperator}
}

// In what an agent's word contradicts the operator's.
const (
	contradictsLock   = "lock"   // it is not entered that the hold is locked
	contradictsAmount = "amount" // another amount is locked
	contradictsExpiry = "expiry" // its HTLCs end at another height
	contradictsEnd    = "end"    // it has ended, by the log
)

// HoldContradictions lists in what an agent's word can contradict the operator's.
func HoldContradictions() []string {
	return []string{contradictsLock, contradictsAmount, contradictsExpiry, contradictsEnd}
}

// tellConfirmed says in a view whose word the lock is, and what the agent says of it, where the
// rules know that agents say it.
func (s *State) tellConfirmed(h *hold, v *view.Hold, nowMs int64) {
	if s.constitution.Version < constitution.RulesConfirmed {
		return
	}
	v.Confirmed, v.Contradicts, v.LatestExpiry = h.confirmedBy(), h.contradicted(nowMs), s.latestExpiry(h)
	if x := h.said; x != nil {
		v.AgentSays = view.LockSaid{Seq: x.seq, TimeMs: x.ms, AmountSat: x.sat, ExpiryHeight: x.expiryHeight}
	}
}

// confirmedBy is whose word it is that the hold is locked; "" where it is not.
func (h *hold) confirmedBy() string {
	switch {
	case h.state != stake.Locked:
		return ""
	case h.vouched():
		return confirmedByAgent
	case h.confirmedSat > 0:
		return confirmedByRenewal
	}
	return confirmedByOperator
}

// contradicted is in what the agent's last word contradicts the operator's, or "". What it said
// before a lock was entered is not held against that: a part of the payment may have come anew.
func (h *hold) contradicted(nowMs int64) string {
	x := h.said
	switch {
	case x == nil:
		return ""
	case h.state == stake.Offered && nowMs >= x.ms+seenMs:
		return contradictsLock
	case x.in.Ended():
		return contradictsEnd
	case h.state != stake.Locked || x.in != stake.Locked:
		return ""
	}
	return h.beyondRoute()
}

// Contradictions lists the holds of which the agent's word contradicts the operator's at an instant,
// ended ones included, in order. It walks all holds.
func (s *State) Contradictions(nowMs int64) []view.Hold {
	nowMs = max(nowMs, s.clock.TimeMs)
	var list []view.Hold
	for i := range s.holds.list {
		if s.holds.list[i].contradicted(nowMs) != "" {
			v := s.holdView(i)
			s.tellConfirmed(&s.holds.list[i], &v, nowMs)
			list = append(list, v)
		}
	}
	return list
}

// ContradictionCount is of how many holds the agent's word contradicts the operator's in one thing.
type ContradictionCount struct {
	In    string // one of HoldContradictions
	Count int
}

// ContradictionCounts counts the holds of Contradictions, each kind of HoldContradictions. It walks all
// holds.
func (s *State) ContradictionCounts(nowMs int64) []ContradictionCount {
	var counts []ContradictionCount
	for _, in := range HoldContradictions() {
		counts = append(counts, ContradictionCount{In: in})
	}
	nowMs = max(nowMs, s.clock.TimeMs)
	for i := range s.holds.list {
		in := s.holds.list[i].contradicted(nowMs)
		for k := range counts {
			if counts[k].In == in {
				counts[k].Count++
			}
		}
	}
	return counts
}
