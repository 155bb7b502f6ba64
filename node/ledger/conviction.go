package ledger

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Limits of conviction tracks: what one change of stake may cause is bounded by
// them.
const (
	maxSupports  = 16  // proposals that one agent's stake is behind
	maxGathering = 100 // proposals on their course on all conviction tracks, drafts apart
)

// asking is an action that asks for sats of a pool.
type asking interface {
	asks() (pool string, sat int64)
}

func (a *Pay) asks() (string, int64)   { return a.Pool, a.Sat }
func (a *Grant) asks() (string, int64) { return a.Pool, a.Sat }

// request sums up what the actions ask for; all must ask the same pool.
func (s *State) request(list []action) (pool int, sat int64, err error) {
	var name string
	for i, x := range list {
		a, ok := x.(asking)
		if !ok {
			return 0, 0, refusal.New(refusal.ErrRule, "content.actions", "conviction-request", "%s asks for no sats of a pool", x.kind())
		}
		from, ask := a.asks()
		if i > 0 && from != name {
			return 0, 0, refusal.New(refusal.ErrRule, "content.actions", "conviction-request", "ask pool %s and pool %s; one proposal asks one pool", name, from)
		}
		name, sat = from, sat+ask
	}
	pool, err = s.poolByName("content.actions", name)
	return pool, sat, err
}

// mayGather refuses a proposal that no conviction could pass as things stand.
func (s *State) mayGather(t *voting.Track, list []action) error {
	if t.Conviction == nil {
		return nil
	}
	if full := s.gatheringFull(t.Name); full != "" {
		return refusal.New(refusal.ErrRule, "content.track", "conviction-open", "%s", full)
	}
	pool, sat, err := s.request(list)
	if err != nil {
		return err
	}
	if _, reachable := t.Conviction.Rule().Threshold(1, uint64(sat), uint64(s.treasury.poolSats[pool])); !reachable {
		return refusal.New(refusal.ErrRule, "content.actions", "conviction-request", "ask for %d sat of the %d in the pool; it must be less than %d ppm",
			sat, s.treasury.poolSats[pool], t.Conviction.BetaPPM)
	}
	return nil
}

// gatheringFull says why no further proposal can start on a conviction track; "": one
// can. Each such track of the constitution has an equal part of all places, rounded
// down, so that none is shut by what is open on another; those that were open when
// the constitution brought another track count still.
func (s *State) gatheringFull(track string) string {
	tracks := 0
	for i := range s.constitution.Tracks {
		if s.constitution.Tracks[i].Conviction != nil {
			tracks++
		}
	}
	places := int64(maxGathering / max(1, tracks))
	if n := s.proposals.startedOn[track]; n >= places {
		return fmt.Sprintf("%d proposals are open on track %s, at most %d are allowed: %d for all %d conviction tracks", n, track, places, maxGathering, tracks)
	}
	if n := len(s.proposals.gathering); n >= maxGathering {
		return fmt.Sprintf("%d proposals are open on all conviction tracks, at most %d are allowed", n, maxGathering)
	}
	return ""
}

// newConvictionVote begins the course of a proposal that mayGather let through.
func (s *State) newConvictionVote(t *voting.Track, list []action) *convictionVote {
	if t.Conviction == nil {
		return nil
	}
	pool, sat, _ := s.request(list)
	return &convictionVote{pool: pool, requested: sat, course: voting.Course{Decay: t.Conviction.Decay}}
}

// stepAt is the step in which an instant lies: step n begins n steps after the
// vote started.
func (p *proposal) stepAt(ms int64) uint64 {
	return uint64(max(0, ms-p.life.VoteStart(p.track)) / (p.track.Conviction.StepS * 1000))
}

func (p *proposal) stepMs(step uint64) int64 {
	return p.life.VoteStart(p.track) + int64(step)*p.track.Conviction.StepS*1000
}

// gatheringEnd is the last instant of the vote if the proposal does not pass: its
// last step. What comes in the rest of a period that is no multiple of a step could
// not make it pass, and must not move what its outcome says.
func (p *proposal) gatheringEnd() int64 { return p.stepMs(p.lastStep()) }

func (p *proposal) lastStep() uint64 {
	return uint64(p.track.VotingPeriodS / p.track.Conviction.StepS)
}

// support puts an amount of the signer's locked stake behind a proposal, in
// place of what was there: all that is not behind others, or the sats named.
func (s *State) support(e *op.Entry, i int, at slot, c Choice, raw op.Raw, when signed) error {
	p, a := &s.proposals.list[i], &s.agents.list[at]
	s.dropSupports(at)
	if basis := s.basisNow(a); !p.track.Weight.Admits(basis) {
		return refusal.New(refusal.ErrRule, "pubkey", "vote-bond", "has %d sat staked and a score of %d; the track asks for %d sat and %d",
			p.track.Weight.CountedSat(basis), basis.Reputation, p.track.Weight.BondSat, p.track.Weight.LeastReputation)
	}
	if _, there := p.ballotAt[at]; !there && len(a.supports) >= maxSupports {
		return refusal.New(refusal.ErrRule, "content.proposal", "max-supports", "its stake is behind %d proposals, at most %d are allowed", len(a.supports), maxSupports)
	}
	sat, err := s.supportSat(i, at, c, raw)
	if err != nil {
		return err
	}
	s.setSupport(i, at, sat, e.Seq)
	p.ballots[p.ballotAt[at]].sign(when)
	return nil
}

// supportSat reads how much stake a ballot puts behind a proposal.
func (s *State) supportSat(i int, at slot, c Choice, raw op.Raw) (uint64, error) {
	a := &s.agents.list[at]
	most := s.proposals.list[i].track.Weight.CountedSat(s.basisNow(a))
	free := most
	for _, k := range a.supports {
		if k != i {
			free -= min(free, s.proposals.supported(k, at))
		}
	}
	if (c == Filled) != (len(raw) > 0) {
		return 0, refusal.New(refusal.ErrInvalid, "content.ballot", "ballot", `the choice "ballot" and the member ballot go together`)
	}
	switch c {
	case For:
		if free == 0 {
			return 0, refusal.New(refusal.ErrRule, "pubkey", "support-stake", "has %d sat staked, all of it behind other proposals", most)
		}
		return free, nil
	case Filled:
		var amount struct {
			Sat int64 `json:"1"`
		}
		if err := op.Unmarshal(raw, "content.ballot", &amount); err != nil {
			return 0, err
		}
		if amount.Sat < 0 || uint64(amount.Sat) > free {
			return 0, refusal.New(refusal.ErrRule, "content.ballot.1", "support-stake", "is %d, must be between 0 and %d: %d sat are staked, the rest is behind other proposals",
				amount.Sat, free, most)
		}
		return uint64(amount.Sat), nil
	}
	return 0, refusal.New(refusal.ErrRule, "content.choice", "conviction-choice", `is %s; on a conviction track stake is put behind a proposal with "for", or with "ballot" and {"1": SATS}, and taken away with 0`, c)
}

// supported is what an agent has behind a proposal.
func (s *proposals) supported(i int, at slot) uint64 {
	p := &s.list[i]
	return p.ballots[p.ballotAt[at]].weight
}

func (s *State) setSupport(i int, at slot, sat uint64, seq uint64) {
	p := &s.proposals.list[i]
	was, there := p.support(at, sat, seq, s.clock.TimeMs, s.agents.keys)
	if !there {
		s.agents.list[at].support(i)
	}
	s.stakes.moveBehind(s.clock.TimeMs, p.track.Name, was, sat)
}

// support puts an agent's stake behind the proposal in place of what was there.
func (p *proposal) support(at slot, sat, seq uint64, nowMs int64, keys [][32]byte) (was uint64, there bool) {
	n, there := p.ballotAt[at]
	if !there {
		n = len(p.ballots)
		p.order = nil
		p.ballotAt[at] = n
		p.voters.Add(keys, at)
		p.ballots = append(p.ballots, ballot{voter: at, choice: For})
	}
	b := &p.ballots[n]
	was = b.weight
	b.weight, b.seq = sat, seq
	p.counts.For += sat - was
	p.conviction.course.Set(p.stepAt(nowMs), p.counts.For)
	p.conviction.fresh = false
	return was, there
}

// changesOn counts the changes that thresholds of a track may follow: of the stake
// behind its proposals, and of all locked stake.
func (s *stakes) changesOn(track string) uint64 {
	return s.lockedChanges + s.behindChanges[track]
}

// noteStake follows a change of an agent's locked stake. Stake behind proposals
// may be withdrawn; then it no longer stands behind them, and those that it was
// put behind last lose it first. What is confirmed no more counts for less where the
// track has that so.
func (s *State) noteStake(at slot, was, now uint64) {
	s.stakes.change(s.clock.TimeMs, was, now)
	a := &s.agents.list[at]
	s.dropSupports(at)
	var behind uint64
	for _, i := range a.supports {
		behind += s.proposals.supported(i, at)
	}
	basis := s.basisNow(a)
	for k := len(a.supports) - 1; k >= 0; k-- {
		i := a.supports[k]
		p := &s.proposals.list[i]
		over := behind - min(behind, p.track.Weight.CountedSat(basis))
		if over == 0 {
			continue
		}
		have := s.proposals.supported(i, at)
		less := min(have, over)
		s.setSupport(i, at, have-less, p.ballots[p.ballotAt[at]].seq)
		behind -= less
	}
}

// dropSupports lets go of the agent's stake behind proposals whose vote is over.
// Their ballots stay as they were counted.
func (s *State) dropSupports(at slot) {
	s.agents.list[at].dropSupports(func(i int) bool { return !s.proposals.list[i].binds() })
}

// thresholdStake is the S of the threshold at an instant that is not before the
// present: the high-water mark of the stake behind proposals of the track, or
// the least share of all locked stake.
func (s *stakes) thresholdStake(t *voting.Track, atMs int64) uint64 {
	window := t.Conviction.HighWaterWindowS * 1000
	var behind uint64
	if h := s.behind[t.Name]; h != nil {
		behind = h.Max(atMs, window)
	}
	return t.Conviction.Rule().EffectiveStake(behind, s.locked.Max(atMs, window))
}

// thresholdFalls lists the steps at which the threshold may fall by itself, in
// order.
func (s *State) thresholdFalls(p *proposal) []uint64 {
	window := p.track.Conviction.HighWaterWindowS * 1000
	var at []int64
	if h := s.stakes.behind[p.track.Name]; h != nil {
		at = h.Falls(s.clock.TimeMs, window)
	}
	at = append(at, s.stakes.locked.Falls(s.clock.TimeMs, window)...)
	steps := make([]uint64, len(at))
	for i, ms := range at {
		steps[i] = p.stepFrom(ms)
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// stepFrom is the first step that begins at an instant or after it.
func (p *proposal) stepFrom(ms int64) uint64 { return p.stepAt(ms + p.track.Conviction.StepS*1000 - 1) }

// foreseeConviction keeps the instants at which proposals pass by conviction:
// the close is due then. It follows every entry; those that changed neither
// stake nor pool cost one comparison for each open proposal. What an instant
// that has passed brought stands, whatever facts come before its close.
func (s *State) foreseeConviction() {
	if len(s.proposals.gathering) == 0 {
		return
	}
	s.proposals.dropGathered()
	for _, i := range s.proposals.gathering {
		p := &s.proposals.list[i]
		g := p.conviction
		funds := s.treasury.poolSats[g.pool]
		same := g.fresh && g.fundsSat == funds && (g.changes == s.stakes.changes || g.onTrack == s.stakes.changesOn(p.track.Name))
		if same {
			g.seen(s.stakes.changes)
		}
		if same || p.life.DeadlineMs < s.clock.TimeMs {
			continue
		}
		g.foresaw(s.foresee(p), funds, s.stakes.changes, s.stakes.changesOn(p.track.Name))
		was := p.life.DeadlineMs
		if p.gatherUntil(); p.life.DeadlineMs != was {
			s.agenda.add(p.life.DeadlineMs, op.KindClose, i)
		}
	}
}

// foresee finds the first step, from the present on, at which the conviction is
// above the threshold if nothing else happens.
func (s *State) foresee(p *proposal) foreseen {
	g, rule := p.conviction, p.track.Conviction.Rule()
	funds := s.treasury.poolSats[g.pool]
	last := p.lastStep()
	bar := rule.Bar(uint64(g.requested), uint64(funds))
	looks := 0
	above := func(step uint64, y *big.Int) bool {
		looks++
		return bar.Passes(y, s.stakes.thresholdStake(p.track, p.stepMs(step)))
	}
	f := foreseen{step: last, fundsSat: funds}
	if step, ok := g.course.FirstAbove(p.stepFrom(s.clock.TimeMs), last, func() []uint64 { return s.thresholdFalls(p) }, above); ok {
		f.passes, f.step = true, step
	}
	s.entry.count(workForesee + units(looks, stepsPerUnit))
	f.y = g.course.AtKept(f.step)
	f.stakeSat = s.stakes.thresholdStake(p.track, p.stepMs(f.step))
	return f
}

// convictionFact computes the entry that ends the vote: passed at the step that
// was foreseen, or not in the time that there was.
func (s *State) convictionFact(p *proposal) op.Close {
	g := p.conviction
	f := op.Close{Proposal: p.id, Passed: g.ahead.passes, Reason: "conviction", For: op.Weight(p.counts.For), Eligible: op.Weight(s.eligible(p)),
		Ballots: uint64(len(p.ballots)), BallotRoot: merkle.Of(s.ballotLeaves(p)).Root(),
		Conviction: op.CloseConviction{Step: g.ahead.step, Conviction: g.ahead.y.String(),
			StakeSat: op.Weight(g.ahead.stakeSat), RequestedSat: g.requested, FundsSat: g.ahead.fundsSat}}
	if g.ahead.passes {
		f.Reason = "passed"
	}
	least, reachable := p.track.Conviction.Rule().Threshold(g.ahead.stakeSat, uint64(g.requested), uint64(g.ahead.fundsSat))
	if reachable {
		f.Conviction.Threshold = least.String()
	}
	return f
}
