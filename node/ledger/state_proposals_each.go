package ledger

import (
	"math/big"
	"slices"
	"strings"

	"github.com/econd/econd/node/ledger/internal/keyorder"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

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

// assent is one guardian's signature under a veto, a cancel or a pause.
type assent struct {
	key    op.PublicKey
	reason string
	seq    uint64
}

// convictionVote is the conviction of one proposal, and where it leads as things
// stand.
type convictionVote struct {
	pool      int
	requested int64
	course    voting.Course
	ahead     foreseen
	fundsSat  int64  // of the pool, ahead was computed with
	changes   uint64 // likewise, see State.stakeChanges
	onTrack   uint64 // likewise, see changesOn
	fresh     bool   // ahead holds for all this
}

// foreseen is the first step at which the proposal passes, or its last one.
type foreseen struct {
	passes   bool
	step     uint64
	y        *big.Int // conviction at the step
	stakeSat uint64   // S of the threshold at the step
	fundsSat int64
}

// evaluation is a proposer's bet and what was reported on it.
type evaluation struct {
	op.Evaluation
	pool     int
	reports  []report // by metric, then reporter
	asideSat int64    // taken from the pool at the execution and still kept for the reward
	feeSat   int64    // of it, for the route
	beganMs  int64    // the execution
	results  []op.EvaluatedResult
	payout   string // of the reward
}

// exits is what those take along who leave when a decision is executed.
type exits struct {
	count        int
	leftSat      uint64 // their stakes, as far as they count
	elsewhereSat uint64 // of those who left by others, once the proposal has ended
	markSat      uint64 // high-water mark of all locked stake from the start of the vote to its close
	leavers      []slot // in order of their announcements
	blocked      bool   // it failed because of these alone
}

// filling is what a filled-in ballot says, as read and as sent.
type filling struct {
	choice voting.Choice
	raw    op.Raw
}

// firing is one time that a rule opened a proposal.
type firing struct {
	proposal op.ID
	seq      uint64
	timeMs   int64
	values   []ruleValue
}

type actionResult struct {
	state  actionState
	reason string // of a failure
	ref    string // payout, effect or other id that the action led to
}

// turn is a change of a proposal's phase by an entry. Phases that begin by time
// alone, active and ended, have none: they follow from pending.
type turn struct {
	seq    uint64
	timeMs int64
	phase  voting.Phase
}

// add counts an agent that announces to leave by the proposal's execution.
func (x *exits) add(agent slot, ownSat uint64) {
	x.leavers = append(x.leavers, agent)
	x.count++
	x.leftSat += ownSat
}

// end settles the announcements: who they are of, and what leaves elsewhere is kept.
func (x *exits) end(elsewhereSat uint64) (leavers []slot) {
	x.elsewhereSat, leavers, x.leavers = elsewhereSat, x.leavers, nil
	return leavers
}

// undo says that nobody left by it.
func (x *exits) undo() { x.count, x.leftSat = 0, 0 }

// block says that it failed because too many leave.
func (x *exits) block() { x.blocked = true }

// sign records when a ballot was signed.
func (b *ballot) sign(when signed) { b.signed = when }

// seen notes the changes of stake that left what was foreseen as it is.
func (g *convictionVote) seen(changes uint64) { g.changes = changes }

// foresaw keeps what was foreseen, and what it rests on.
func (g *convictionVote) foresaw(f foreseen, fundsSat int64, changes, onTrack uint64) {
	g.fresh, g.ahead, g.fundsSat, g.changes, g.onTrack = true, f, fundsSat, changes, onTrack
}

// gatherUntil moves the deadline to the step that was foreseen.
func (p *proposal) gatherUntil() {
	p.life.DeadlineMs = p.gatheringEnd()
	if p.conviction.ahead.passes {
		p.life.DeadlineMs = p.stepMs(p.conviction.ahead.step)
	}
}

func (p *proposal) setHold(hold int) { p.hold = hold }

// start begins its life: its collateral is locked.
func (p *proposal) start(nowMs int64) { p.life.Start(p.track, nowMs) }

// end records how it left its course.
func (p *proposal) end(end voting.End, reason string) { p.life.End, p.reason = end, reason }

func (p *proposal) setVetoes(list []assent) { p.vetoes = list }

func (p *proposal) setCancels(list []assent) { p.cancels = list }

// reachQuorum notes that quorum was reached, which extends a vote that is nearly over.
func (p *proposal) reachQuorum(nowMs int64) {
	p.quorate = true
	p.life.ExtendLate(p.track, nowMs)
}

// decideEarly ends the vote now, by the turnout that its quorum follows.
func (p *proposal) decideEarly(turnout uint32, nowMs int64) {
	p.turnout = turnout
	p.life.DecideEarly(nowMs)
}

// setOrder keeps the ballots' order until one comes or goes.
func (p *proposal) setOrder(order []int) { p.order = order }

// closeVote ends the vote by entry seq: no ballot comes or goes any more.
func (p *proposal) closeVote(c op.Close, order []int, seq uint64, nowMs int64) {
	p.close, p.closeSeq = &c, seq
	p.order, p.voters = order, keyorder.Order{}
	p.life.ClosedMs, p.life.Passed = nowMs, c.Passed
	p.life.ExtraMs = p.track.OppositionMs(uint64(c.Against), uint64(c.Eligible))
}

func (p *proposal) pausedUntil(ms int64) { p.life.PausedMs = ms }

// startExits lets agents leave by it from now on.
func (p *proposal) startExits(markSat uint64) { p.exits = exits{markSat: markSat} }

// execute records when it was executed.
func (p *proposal) execute(nowMs int64) { p.executedMs = nowMs }

// carriedOut records its actions as done.
func (p *proposal) carriedOut() {
	p.results = make([]actionResult, len(p.actions))
	for i := range p.results {
		p.results[i].state = actionDone
	}
}

// evaluate begins its evaluation.
func (p *proposal) evaluate(nowMs, feeSat int64) {
	v := p.eval
	v.beganMs, v.feeSat, v.asideSat = nowMs, feeSat, v.RewardSat+feeSat
	p.life.EvaluateMs = nowMs + v.PeriodS*1000
}

// conclude records its verdict.
func (p *proposal) conclude(v voting.Verdict, reason string) { p.life.Verdict, p.reason = v, reason }

// take takes a reporter's value of a metric in place of an earlier one.
func (v *evaluation) take(metric, reporter int, r report) {
	v.reports[metric*len(v.Reporters)+reporter] = r
}

// takeAside takes what was set aside for the reward and its route.
func (v *evaluation) takeAside() (sat int64) {
	sat, v.asideSat = v.asideSat, 0
	return sat
}

func (v *evaluation) setPayout(id string) { v.payout = id }

func (v *evaluation) setResults(results []op.EvaluatedResult) { v.results = results }

// disputed notes a challenge of it.
func (p *proposal) disputed(d int) {
	p.disputes, p.standing = append(p.disputes, d), append(p.standing, d)
}

// voided notes that a challenge is void.
func (p *proposal) voided(d int) {
	p.standing = slices.DeleteFunc(p.standing, func(k int) bool { return k == d })
}

// freeze counts a challenge that stops it, and tells whether it is the first.
func (p *proposal) freeze(nowMs int64) bool {
	if p.openDisputes++; p.openDisputes > 1 {
		return false
	}
	p.life.Disputed, p.frozenMs = true, nowMs
	return true
}

// thaw counts one out, and tells whether it was the last.
func (p *proposal) thaw() bool {
	if p.openDisputes--; p.openDisputes > 0 {
		return false
	}
	p.life.Disputed = false
	return true
}

// resume gives it back the time for which it was stopped.
func (p *proposal) resume(nowMs int64) { p.life.ExtraMs += nowMs - p.frozenMs }

// forgetActions lets go of its actions.
func (p *proposal) forgetActions(reversible bool) { p.actions, p.irreversible = nil, !reversible }

// forgetTexts lets go of its texts, and of what the entry says that ended it.
func (p *proposal) forgetTexts(e *op.Entry) {
	if !p.forgotten {
		p.forgotten, p.saidBytes = true, int32(p.said())
		p.title = strings.Clone(p.title) // it may be a part of the whole content
		p.text, p.raw, p.terms = "", nil, nil
		if p.results != nil {
			p.kinds = p.actionKinds()
		}
		if p.options = cloned(p.options); p.close == nil {
			p.options = nil
		}
		if len(p.ballotAt) == 0 {
			p.ballotAt = nil
		}
	}
	if k := e.Event.Kind; (k == op.KindCancel || k == op.KindVeto) && len(p.reason) > keptReason {
		p.reason, p.reasonSeq = "", e.Seq
	}
	for _, list := range [][]assent{p.vetoes, p.cancels} {
		for i := range list {
			list[i].reason = ""
		}
	}
}
