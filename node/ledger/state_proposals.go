package ledger

import (
	"slices"

	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/ledger/internal/passing"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// proposals are all that were ever made, and the counts that bound them.
type proposals struct {
	list         []proposal
	at           map[op.ID]int
	openOn       map[string]int         // by track, those on their course, drafts included
	openBy       map[agentTrack]ownOpen // the same of one agent
	startedOn    map[string]int64       // by track, those with their collateral locked
	crowds       map[string]*crowding   // by track
	gathering    []int                  // those that gather conviction
	awaiting     passing.List           // decisions that wait for their execution
	undoable     deadlines.Heap         // decisions that ended and may still be undone
	phaseChanges []occurrence           // those that changed their phase
}

func newProposals() proposals {
	return proposals{at: map[op.ID]int{}, openOn: map[string]int{}, openBy: map[agentTrack]ownOpen{},
		startedOn: map[string]int64{}, crowds: map[string]*crowding{}}
}

// agentTrack is one agent on one track.
type agentTrack struct {
	agent slot
	track string
}

// ownOpen is what an agent has on its course on a track, and the stake that it must
// keep for that.
type ownOpen struct {
	count    int64
	stakeSat int64
}

// crowding is how crowded a track is. Proposals whose vote has not started wait:
// their proposer can still cancel them and lose nothing, so they move nothing
// that outlasts them.
type crowding struct {
	level   voting.Ask
	running int64 // those whose vote has started
	waiting []int // the others, collateral locked, in order of their start
}

// dropCrowd forgets how crowded a track was that is gone.
func (s *proposals) dropCrowd(track string) { delete(s.crowds, track) }

// dropGathered lets go of those that gather no more.
func (s *proposals) dropGathered() {
	s.gathering = slices.DeleteFunc(s.gathering, func(i int) bool {
		l := &s.list[i].life
		return l.ClosedMs != 0 || l.End != 0
	})
}

// endCourse counts a proposal of a track out, which leaves it as crowded as c.
func (s *proposals) endCourse(track string, c crowding) {
	s.startedOn[track]--
	*s.crowds[track] = c
}

// add records a proposal and returns its place.
func (s *proposals) add(p proposal) int {
	i := len(s.list)
	s.list = append(s.list, p)
	s.at[p.id] = i
	s.openOn[p.track.Name]++
	return i
}

// offTrack counts a proposal out of those on their course.
func (s *proposals) offTrack(track string) { s.openOn[track]-- }

// gather adds one that gathers conviction.
func (s *proposals) gather(i int) { s.gathering = append(s.gathering, i) }

// await adds one that waits for its execution.
func (s *proposals) await(i int) {
	s.awaiting.Add(i, func(k int) bool { return s.list[k].life.End != voting.NotEnded })
}

// undoableUntil notes until when one may still be undone, and undone takes one out whose
// time is over; false if there is none.
func (s *proposals) undoableUntil(ms int64, i int) {
	s.undoable.Push(deadlines.Deadline{At: ms, Index: i})
}

func (s *proposals) undone(nowMs int64) (i int, ok bool) {
	if len(s.undoable) == 0 || s.undoable[0].At >= nowMs {
		return 0, false
	}
	i = s.undoable[0].Index
	s.undoable.Pop()
	return i, true
}

// turned records a change of phase.
func (s *proposals) turned(i int, t turn) {
	s.list[i].turns = append(s.list[i].turns, t)
	s.phaseChanges = append(s.phaseChanges, occurrence{t.seq, i, 0})
}

// actionDone records what an action led to.
func (s *proposals) actionDone(r actionRef, ref string) {
	s.list[r.proposal].results[r.action] = actionResult{state: actionDone, ref: ref}
}
