package ledger

import (
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// What ended for good leaves the state but for what rules still read: counts,
// sums, ids, and a title of at most maxTitle bytes. Texts, terms, options and
// actions stand in the log, and views are filled from there (Recalled).

// forget lets go of what a dispute that ended says, and its appeals.
func (x *dispute) forget() {
	x.text, x.forgotten = "", true
	for _, list := range [][]partyBond{x.bonds, x.appeals} {
		for i := range list {
			list[i].textBytes += int32(len(list[i].text))
			list[i].text = ""
		}
	}
}

// keptReason is the longest reason that stays in the state, bytes. The node's own
// are shorter or quote a refusal.
const keptReason = 100

// forget lets go of what the entry in work ended.
func (s *State) forget(e *op.Entry) {
	for _, i := range s.entry.touched {
		if p := &s.proposals.list[i]; s.phase(p).Final() {
			s.forgetProposal(i, e)
		}
	}
	for i, ok := s.proposals.undone(s.clock.TimeMs); ok; i, ok = s.proposals.undone(s.clock.TimeMs) {
		s.entry.count(1)
		s.forgetActions(i)
	}
}

// forgetProposal lets go of the texts of a proposal that ended. One that a rule
// opened shares them with the rule.
func (s *State) forgetProposal(i int, e *op.Entry) {
	p := &s.proposals.list[i]
	if p.byRule != "" {
		return
	}
	p.forgetTexts(e)
	s.forgetActions(i)
}

func cloned(list []string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.Clone(text)
	}
	return out
}

// forgetActions lets go of the actions of a proposal that ended, unless a challenge
// may still undo them: then once that is over.
func (s *State) forgetActions(i int) {
	p := &s.proposals.list[i]
	if p.actions == nil || !p.forgotten || p.close != nil && p.shielded() {
		return // whom it removed says by which rules it was decided
	}
	if until := s.undoableUntil(p); until >= s.clock.TimeMs {
		s.proposals.undoableUntil(until, i)
		return
	}
	_, reversible := p.undoing()
	p.forgetActions(reversible)
}

// again is how long after the end of its window a decision is looked at once more
// while a challenge of it is open, ms.
const again = 24 * 3600 * 1000

// undoableUntil is the instant up to which rules may still read the actions of a
// proposal that ended.
func (s *State) undoableUntil(p *proposal) int64 {
	for _, d := range p.standing {
		if st := s.disputes.list[d].state; st == disputeOpen || st == disputeUnbonded {
			return s.clock.TimeMs + again
		}
	}
	r := p.track.Dispute
	if s.phase(p) != voting.Executed || r == nil || r.AfterS == 0 {
		return -1
	}
	if _, can := p.undoing(); !can {
		return -1
	}
	return p.executedMs + r.AfterS*1000
}

// actionKinds lists the types of a proposal's actions.
func (p *proposal) actionKinds() []string {
	if p.kinds != nil {
		return p.kinds
	}
	kinds := make([]string, len(p.actions))
	for i, a := range p.actions {
		kinds[i] = a.kind()
	}
	return kinds
}
