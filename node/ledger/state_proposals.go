package ledger

import (
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/ledger/internal/keyorder"
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

type proposal struct {
	id         op.ID
	seq        uint64
	proposer   slot
	track      *voting.Track
	title      string
	text       string
	actions    []action
	raw        []op.Raw // the actions as proposed
	life       voting.Life
	hold       int      // index, or -1 without collateral
	class      int      // weight class of its track
	options    []string // of a vote between options
	ballots    []ballot
	filled     []filling // parallel to ballots where the track counts otherwise than single-choice
	ballotAt   map[slot]int
	voters     keyorder.Order // while the vote runs
	exits      exits
	conviction *convictionVote // on a conviction track
	counts     voting.Counts
	vetoes     []assent
	cancels    []assent
	quorate    bool           // quorum was reached at some point
	turnout    uint32         // average that its quorum follows, once the vote ended early
	reason     string         // of veto, cancel or failure
	results    []actionResult // parallel to actions, once executed
	close      *op.Close

	disputes     []int
	standing     []int // of them, those that are not void
	openDisputes int
	frozenMs     int64 // when the first of them stopped it
	executedMs   int64

	order    []int // of the ballots by voter key, once the close was computed of them
	closeSeq uint64
	eval     *evaluation // nil: its effect is not measured
	template string      // "": none
	terms    op.Raw
	byRule   string  // the rule that opened it; then proposer is nobody
	firing   *firing // and when
	turns    []turn

	forgotten    bool     // its texts are in the log alone
	reasonSeq    uint64   // entry that has the reason, where it is too long to keep
	kinds        []string // of the actions, once executed
	irreversible bool     // what is let go of could not be undone
	saidBytes    int32    // of the texts that are in the log alone
}

// ballot is one agent's vote as it counts.
type ballot struct {
	voter  slot
	choice Choice
	weight uint64
	seq    uint64 // entry of the vote
	signed signed
}
