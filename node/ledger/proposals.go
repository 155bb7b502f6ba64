package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// Limits of a proposal's text, bytes.
const (
	maxTitle  = 200
	maxText   = 16 << 10
	maxReason = 2000
)

// propose opens a proposal. Its actions are tried now, so that what can never
// be executed is refused before anybody votes on it.
func (s *State) propose(e *op.Entry, c *op.Propose) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	track := s.constitution.Track(c.Track)
	if track == nil {
		return refusal.New(refusal.ErrNotFound, "content.track", "track", "no track %+q in the constitution", c.Track)
	}
	if err := refusal.TextWithin("content.title", c.Title, 1, maxTitle); err != nil {
		return err
	}
	if err := refusal.TextWithin("content.text", c.Text, 0, maxText); err != nil {
		return err
	}
	if err := optionsFit(track, c.Options); err != nil {
		return err
	}
	if err := termsFit(track, c); err != nil {
		return err
	}
	list := s.entry.read.actions
	eval, err := s.newEvaluation(at, track, c.Evaluation)
	if err != nil {
		return err
	}
	if err := s.mayPropose(at, track, list, eval); err != nil {
		return err
	}
	s.openProposal(e, at, track, c, list, eval)
	return nil
}

// mayPropose holds the proposer and the actions against the track.
func (s *State) mayPropose(at slot, t *voting.Track, list []action, eval *evaluation) error {
	a := &s.agents.list[at]
	if t.Proposers == voting.ProposersGuardians && !s.guardian(a.key) && !removal(list, eval) {
		return refusal.New(refusal.ErrForbidden, "pubkey", "proposers", "track %s is for the guardians and the operator", t.Name)
	}
	if until := s.pausedUntil(t.Name); until != 0 && !shields(list, eval) && !disarms(list, eval) {
		return refusal.New(refusal.ErrRule, "content.track", "paused", "track %s is paused until %s, it is %s", t.Name, atText(until), atText(s.clock.TimeMs))
	}
	if err := s.mayWaste(at); err != nil {
		return err
	}
	if err := actionsAllowed(t, list); err != nil {
		return err
	}
	if score := a.score.Now(); score < t.ProposeReputation {
		return refusal.New(refusal.ErrRule, "pubkey", "propose-reputation", "score is %d, track %s asks for %d", score, t.Name, t.ProposeReputation)
	}
	if sat := a.stakeSat.Now(); sat < uint64(t.ProposeStakeSat) {
		return refusal.New(refusal.ErrRule, "pubkey", "propose-stake", "%d sat are staked, track %s asks for %d", sat, t.Name, t.ProposeStakeSat)
	}
	if n := s.proposals.openBy[agentTrack{at, t.Name}].count; t.MaxOpenPerAgent > 0 && n >= t.MaxOpenPerAgent {
		return refusal.New(refusal.ErrRule, "pubkey", "max-open-proposals", "%d are open on track %s, it allows %d", n, t.Name, t.MaxOpenPerAgent)
	}
	if t.CollateralSat > 0 {
		if err := s.holdRoom(at); err != nil {
			return err
		}
	}
	if _, err := s.tryProposal(list, eval); err != nil {
		return err
	}
	return s.mayGather(t, list)
}

// actionsAllowed holds actions against those of a track.
func actionsAllowed(t *voting.Track, list []action) error {
	for _, x := range list {
		if !t.Allows(x.kind()) {
			return refusal.New(refusal.ErrRule, "content.actions", "track-actions", "track %s allows %v, not %s", t.Name, t.Actions, x.kind())
		}
		if b, ok := x.(bounded); ok {
			if err := b.within(t); err != nil {
				return err
			}
		}
	}
	if len(list) == 0 && len(t.Actions) > 0 {
		return refusal.New(refusal.ErrRule, "content.actions", "track-actions", "track %s needs at least one of %v", t.Name, t.Actions)
	}
	return nil
}

func (s *State) openProposal(e *op.Entry, at slot, t *voting.Track, c *op.Propose, list []action, eval *evaluation) {
	ask := s.askSat(t, at, s.clock.TimeMs)
	i := s.proposals.add(proposal{id: e.Event.ID, seq: e.Seq, proposer: at, track: t,
		title: c.Title, text: c.Text, actions: list, raw: c.Actions, options: c.Options, hold: -1, ballotAt: map[slot]int{},
		class: s.weights.openBallot(t), eval: eval, template: c.Template, terms: c.Terms, conviction: s.newConvictionVote(t, list),
		life: voting.Life{HasActions: len(list) > 0 || eval != nil}})
	if eval != nil {
		s.agents.speak(eval.Reporters...)
	}
	s.agents.list[at].countProposals(1)
	s.proposals.countOpen(at, t)
	s.entry.touch(i)
	if t.CollateralSat == 0 {
		s.startProposal(i)
		return
	}
	s.proposals.list[i].setHold(s.openHold(e, at, ask, forCollateral, i))
}

// collateralLocked starts a draft, unless its track has filled meanwhile.
func (s *State) collateralLocked(hold int) error {
	i := s.holds.list[hold].subject
	p := &s.proposals.list[i]
	if p.conviction != nil {
		if full := s.gatheringFull(p.track.Name); full != "" {
			s.endProposal(i, voting.EndCancelled, full)
			return s.returnCollateral(i, "its track is full")
		}
	}
	s.startProposal(i)
	return nil
}

// startProposal begins the life of a proposal whose collateral is locked.
func (s *State) startProposal(i int) {
	p := &s.proposals.list[i]
	p.start(s.clock.TimeMs)
	s.entry.touch(i)
	s.proposals.startCourse(i)
	if p.conviction != nil {
		s.proposals.gather(i)
	}
	s.agenda.add(p.life.DeadlineMs, op.KindClose, i)
}

// proposalByID finds a proposal that an operation names.
func (s *proposals) proposalByID(id op.ID) (int, error) {
	i, ok := s.at[id]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, "content.proposal", "proposal", "no proposal %s", id)
	}
	return i, nil
}

func (s *State) phase(p *proposal) voting.Phase { return p.life.Phase(p.track, s.clock.TimeMs) }

// cancel withdraws a proposal: its proposer before the vote starts, guardians
// until it is executed. Cancelled by its proposer the collateral returns, by
// guardians too: a veto is the way to forfeit.
func (s *State) cancel(e *op.Entry, c *op.Cancel) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, maxReason); err != nil {
		return err
	}
	p := &s.proposals.list[i]
	phase := s.phase(p)
	proposer := s.agents.proposerKey(p) == e.Event.PubKey
	own := proposer && (phase == voting.Draft || phase == voting.Pending)
	switch {
	case phase.Final() || p.life.End != voting.NotEnded:
		return refusal.New(refusal.ErrPhase, "content.proposal", "cancel", "it is %s; only what is not ended can be cancelled", phase)
	case own || s.guardian(e.Event.PubKey):
	case !proposer:
		return refusal.New(refusal.ErrForbidden, "pubkey", "cancel", "only its proposer or a guardian may cancel it")
	default:
		return refusal.New(refusal.ErrPhase, "content.proposal", "cancel", "it is %s; its proposer may cancel it until the vote starts", phase)
	}
	if err := s.holds.collateralReady(p); err != nil {
		return err
	}
	if !own {
		if p.close != nil && p.track.CancelUntil == voting.CancelUntilClose && !p.unstoppable() {
			return refusal.New(refusal.ErrRule, "content.proposal", "cancel-closed", "its vote was closed at %s, track %s lets guardians cancel until then", atText(p.life.ClosedMs), p.track.Name)
		}
		if agreed, err := s.agree(p, p.cancels, p.setCancels, e, c.Reason); err != nil || !agreed {
			return err
		}
	}
	if own {
		s.waste(p)
	}
	s.endProposal(i, voting.EndCancelled, c.Reason)
	return s.returnCollateral(i, "proposal cancelled")
}

// collateralReady refuses while the invoice of the collateral is being made:
// there is nothing to cancel at LND yet.
func (s *holds) collateralReady(p *proposal) error {
	if p.hold >= 0 && s.list[p.hold].state == stake.Requested {
		return refusal.New(refusal.ErrPhase, "content.proposal", "hold-life", "the invoice of its collateral is being made; try again in a moment")
	}
	return nil
}

// veto stops a proposal in its timelock once enough guardians ask for it. By the track's rule the collateral is
// forfeited or returned.
func (s *State) veto(e *op.Entry, c *op.Veto) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, maxReason); err != nil {
		return err
	}
	p := &s.proposals.list[i]
	if !s.guardian(e.Event.PubKey) {
		return refusal.New(refusal.ErrForbidden, "pubkey", "veto", "%s is neither the operator nor a guardian", e.Event.PubKey)
	}
	if !p.track.Vetoable {
		return refusal.New(refusal.ErrRule, "content.proposal", "veto", "track %s cannot be vetoed", p.track.Name)
	}
	phase := s.phase(p)
	stopped := phase == voting.Disputed && p.life.End == voting.NotEnded
	if !stopped && (phase != voting.Queued || s.clock.TimeMs > p.life.ExecuteAfter(p.track)) {
		return refusal.New(refusal.ErrPhase, "content.proposal", "veto", "it is %s; a veto is possible from the close of the vote to the end of the timelock", phase)
	}
	if agreed, err := s.agree(p, p.vetoes, p.setVetoes, e, c.Reason); err != nil || !agreed {
		return err
	}
	s.endProposal(i, voting.EndVetoed, c.Reason)
	if p.track.VetoForfeitPpm > 0 {
		return s.forfeitCollateral(i, "proposal vetoed")
	}
	return s.returnCollateral(i, "proposal vetoed")
}

// endProposal records how a proposal left its course.
func (s *State) endProposal(i int, end voting.End, reason string) {
	p := &s.proposals.list[i]
	p.end(end, reason)
	s.entry.touch(i)
	s.voidOthers(i, -1)
	if end != voting.EndExecuted {
		s.endExits(i, false)
	}
	s.offCourse(p)
	if p.close == nil {
		s.voteOver(i)
	}
}

// offCourse counts a proposal out of those that are open.
func (s *State) offCourse(p *proposal) {
	if p.proposer != nobody {
		s.agents.list[p.proposer].countProposals(-1)
		s.proposals.countEnded(agentTrack{p.proposer, p.track.Name})
	}
	s.proposals.offTrack(p.track.Name)
	if p.life.LockedMs != 0 {
		s.endCourse(p)
	}
}

// countOpen counts a proposal on its course, with the stake that it asked for. On a
// conviction track stake is free to go at any time.
func (s *proposals) countOpen(at slot, t *voting.Track) {
	by := agentTrack{at, t.Name}
	o := s.openBy[by]
	if o.count++; t.Conviction == nil {
		o.stakeSat = max(o.stakeSat, t.ProposeStakeSat)
	}
	s.openBy[by] = o
}

func (s *proposals) countEnded(by agentTrack) {
	o := s.openBy[by]
	if o.count--; o.count == 0 {
		delete(s.openBy, by)
		return
	}
	s.openBy[by] = o
}

// stakeToKeep is what an agent must keep locked: the most that a track asked it for,
// of those on which proposals of its own are on their course.
func (s *State) stakeToKeep(at slot) (sat int64, track string) {
	if s.agents.list[at].openProps == 0 {
		return 0, ""
	}
	for i := range s.constitution.Tracks {
		name := s.constitution.Tracks[i].Name
		if o := s.proposals.openBy[agentTrack{at, name}]; o.stakeSat > sat {
			sat, track = o.stakeSat, name
		}
	}
	return sat, track
}

func (s *State) returnCollateral(i int, reason string) error {
	h := s.proposals.list[i].hold
	if h < 0 || s.holds.list[h].state != stake.Locked && s.holds.list[h].state != stake.Offered {
		return nil
	}
	return s.releaseHold(h, reason)
}

func (s *State) forfeitCollateral(i int, reason string) error {
	h := s.proposals.list[i].hold
	if h < 0 || s.holds.list[h].state != stake.Locked {
		return nil
	}
	return s.forfeitHold(h, reason)
}

// collateralGone withdraws a proposal whose collateral ended before its course
// did: never paid, lapsed, or cancelled by LND itself. That is the operator's word,
// so it ends nothing that does without collateral.
func (s *State) collateralGone(hold int) {
	i := s.holds.list[hold].subject
	if s.proposals.list[i].hold != hold || s.evaluationGone(i, hold) {
		return // renewed
	}
	if s.proposals.list[i].life.End != 0 || s.phase(&s.proposals.list[i]).Final() || s.needsNone(&s.proposals.list[i]) {
		return
	}
	if s.proposals.list[i].life.LockedMs == 0 {
		s.waste(&s.proposals.list[i])
	}
	s.endProposal(i, voting.EndCancelled, "its collateral is no longer locked: "+s.holds.list[hold].reason)
}

// needsNone tells whether a proposal on its course goes on without its collateral:
// it is decided and no end can forfeit that any more, or it changes who guards and
// is voted on, which nobody can stop.
func (s *State) needsNone(p *proposal) bool {
	switch phase := s.phase(p); {
	case phase == voting.Draft, phase == voting.Pending:
		return false
	case p.close == nil:
		return p.shielded()
	}
	return !p.mayForfeit(s.clock.TimeMs)
}
