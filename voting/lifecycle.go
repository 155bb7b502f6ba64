package voting

// Phase is the state of a proposal. It is derived from the record and the
// entry clock by Life.Phase and never stored.
type Phase uint8

// The life of a proposal, in order. Ended lasts from the deadline to the entry
// that closes the vote, which the log must bring before anything else.
const (
	Draft      Phase = iota // waits for its collateral to be locked
	Pending                 // waits for the vote to start
	Active                  // ballots count
	Ended                   // deadline passed, the closing entry is due
	Defeated                // quorum or pass rule not met
	Succeeded               // passed and carries no action
	Queued                  // passed, in its timelock or due for execution
	Executed                // all actions carried out
	Failed                  // an action was refused; state untouched by it
	Vetoed                  // stopped by a guardian, with a reason
	Expired                 // not executed within its grace
	Cancelled               // withdrawn, or its collateral was never locked
	Disputed                // challenged: frozen until the ruling
	Evaluating              // executed, its criteria are being measured
	Rewarded                // every criterion was met
	Penalised               // a criterion was not met: collateral forfeited
	Overturned              // a challenge was upheld
)

var phaseNames = [...]string{"draft", "pending", "active", "ended", "defeated", "succeeded",
	"queued", "executed", "failed", "vetoed", "expired", "cancelled",
	"disputed", "evaluating", "rewarded", "penalised", "overturned"}

// Phases lists the names of all phases, in the order of a proposal's life.
func Phases() []string { return append([]string{}, phaseNames[:]...) }

// String returns the phase's name in lower case.
func (p Phase) String() string { return phaseNames[p] }

// Final tells whether the proposal has left its course: only the ruling on a
// challenge of what was executed can still change that.
func (p Phase) Final() bool {
	switch p {
	case Defeated, Succeeded, Executed, Failed, Vetoed, Expired, Cancelled, Rewarded, Penalised, Overturned:
		return true
	}
	return false
}

// End says how a proposal left the queue, or that it did not.
type End uint8

// Ways in which a proposal ends by an entry of its own.
const (
	NotEnded End = iota
	EndCancelled
	EndVetoed
	EndExecuted
	EndFailed
	EndExpired
	EndOverturned
)

// Verdict is the result of an evaluation.
type Verdict uint8

// Verdicts.
const (
	NoVerdict    Verdict = iota // not evaluated, or not yet
	Met                         // every criterion
	Missed                      // at least one criterion
	Undetermined                // too few reports to tell
)

// Life is what the log recorded of a proposal's course; all times are unix
// milliseconds, 0 means not yet.
type Life struct {
	LockedMs   int64 // collateral locked (proposed, where none is asked)
	DeadlineMs int64 // last instant at which a ballot counts; set with LockedMs
	Extended   bool  // the late-quorum extension was used
	Early      bool  // decided before the deadline, which is now the instant of that
	ClosedMs   int64 // entry time of the close
	Passed     bool  // outcome of the close
	ExtraMs    int64 // what opposition added to the timelock
	PausedMs   int64 // the timelock lasts at least until then
	HasActions bool  // there is something to execute
	Disputed   bool  // a challenge is open
	EvaluateMs int64 // end of the evaluation that execution began; 0: none
	Verdict    Verdict
	End        End
}

// Start begins the life of a proposal whose collateral was locked at lockedMs.
func (l *Life) Start(t *Track, lockedMs int64) {
	l.LockedMs = lockedMs
	l.DeadlineMs = l.VoteStart(t) + t.VoteS()*1000
}

// VoteStart is the first instant at which a ballot counts. Weights are taken
// from everything entered strictly before it.
func (l *Life) VoteStart(t *Track) int64 { return l.LockedMs + t.VotingDelayS*1000 }

// ExecuteAfter is the end of the timelock: a veto counts up to and including
// this instant, execution is due strictly after it, so that a veto wins over
// execution in the same instant.
func (l *Life) ExecuteAfter(t *Track) int64 {
	return max(l.ClosedMs+t.TimelockS*1000+l.ExtraMs, l.PausedMs)
}

// GraceEnd is the last instant at which the proposal may be executed.
func (l *Life) GraceEnd(t *Track) int64 { return l.ExecuteAfter(t) + t.GraceS*1000 }

// Phase derives the state at nowMs. The deadline is inclusive.
func (l *Life) Phase(t *Track, nowMs int64) Phase {
	switch l.End {
	case EndCancelled:
		return Cancelled
	case EndVetoed:
		return Vetoed
	case EndExecuted:
		return l.afterExecution()
	case EndFailed:
		return Failed
	case EndExpired:
		return Expired
	case EndOverturned:
		return Overturned
	}
	switch {
	case l.LockedMs == 0:
		return Draft
	case l.ClosedMs != 0 && !l.Passed:
		return Defeated
	case l.ClosedMs != 0 && !l.HasActions:
		return Succeeded
	case l.ClosedMs != 0 && l.Disputed:
		return Disputed
	case l.ClosedMs != 0:
		return Queued
	case nowMs < l.VoteStart(t):
		return Pending
	case VoteOpen(l.VoteStart(t), l.DeadlineMs, nowMs):
		return Active
	}
	return Ended
}

func (l *Life) afterExecution() Phase {
	switch {
	case l.Disputed:
		return Disputed
	case l.Verdict == Met:
		return Rewarded
	case l.Verdict == Missed:
		return Penalised
	case l.EvaluateMs != 0 && l.Verdict == NoVerdict:
		return Evaluating
	}
	return Executed
}

// ExtendLate applies the late-quorum rule at the entry that first reached
// quorum: deadline = max(deadline, now + extension), once.
func (l *Life) ExtendLate(t *Track, nowMs int64) {
	if t.LateQuorumS == 0 || l.Extended || l.Early {
		return
	}
	l.Extended = true
	l.DeadlineMs = ExtendDeadline(l.DeadlineMs, nowMs, t.LateQuorumS*1000)
}

// DecideEarly ends the vote now: what has been cast decides, whatever follows.
func (l *Life) DecideEarly(nowMs int64) {
	l.Early = true
	l.DeadlineMs = min(l.DeadlineMs, nowMs)
}
