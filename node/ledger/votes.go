package ledger

import (
	"encoding/binary"

	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// Choice is what a ballot says.
type Choice uint8

// Choices. Single-choice ballots have the first three.
const (
	For Choice = iota + 1
	Against
	Abstain
	Filled // a filled-in ballot, see op.Vote
)

var choiceNames = [...]string{"", "for", "against", "abstain", "ballot"}

// Choices lists what a ballot can say.
func Choices() []string { return append([]string{}, choiceNames[For:]...) }

// String returns the choice as ballots spell it.
func (c Choice) String() string { return choiceNames[c] }

func parseChoice(text string) (Choice, error) {
	for c := For; c <= Filled; c++ {
		if choiceNames[c] == text {
			return c, nil
		}
	}
	return 0, refusal.New(refusal.ErrInvalid, "content.choice", "choice", "is %+q, must be for, against, abstain or ballot", text)
}

// vote casts or replaces a ballot. Its weight is that of the snapshot at the
// start of the vote.
func (s *State) vote(e *op.Entry, c *op.Vote) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	choice, err := parseChoice(c.Choice)
	if err != nil {
		return err
	}
	p := &s.proposals.list[i]
	if err := s.voteOpen(p); err != nil {
		return err
	}
	when, err := s.latest(e, p.lastBallot(at))
	if err != nil {
		return err
	}
	if p.conviction != nil {
		return s.support(e, i, at, choice, c.Ballot, when)
	}
	weight, err := s.votingWeight(p, at)
	if err != nil {
		return err
	}
	filled, err := p.fill(choice, c.Ballot, weight)
	if err != nil {
		return err
	}
	b := ballot{voter: at, choice: choice, weight: weight, seq: e.Seq, signed: when}
	if err := s.place(i, b, filled); err != nil {
		return err
	}
	s.noteQuorum(i)
	s.noteDecision(i)
	return nil
}

// lastBallot is when the agent's ballot that counts was signed.
func (p *proposal) lastBallot(at slot) signed {
	if n, ok := p.ballotAt[at]; ok {
		return p.ballots[n].signed
	}
	return signed{}
}

func (s *State) voteOpen(p *proposal) error {
	switch phase := s.phase(p); {
	case phase == voting.Active:
		return nil
	case phase == voting.Pending:
		return refusal.New(refusal.ErrPhase, "content.proposal", "vote-start", "the vote starts at %s, it is %s", atText(p.life.VoteStart(p.track)), atText(s.clock.TimeMs))
	case phase == voting.Draft:
		return refusal.New(refusal.ErrPhase, "content.proposal", "vote-start", "its collateral is not locked yet")
	default:
		return refusal.New(refusal.ErrPhase, "content.proposal", "voting-deadline", "it is %s; the last ballot counted at %s, now it is %s", phase, atText(p.life.DeadlineMs), atText(s.clock.TimeMs))
	}
}

// snapshotWeight is the agent's weight in the snapshot at vote start; with none
// it cannot vote.
func (s *State) snapshotWeight(p *proposal, at slot) uint64 {
	rule, start := p.track.Weight, p.life.VoteStart(p.track)
	if s.agents.list[at].registeredMs >= start || s.agents.list[at].leftBefore(start) {
		return 0
	}
	w := rule.Weight(s.basisBefore(&s.agents.list[at], start))
	return rule.Capped(w, s.weights.classes[p.class].total.Before(start))
}

// votingWeight is the agent's weight in the snapshot, or why it has none.
func (s *State) votingWeight(p *proposal, at slot) (uint64, error) {
	if w := s.snapshotWeight(p, at); w > 0 {
		return w, nil
	}
	rule, start := p.track.Weight, p.life.VoteStart(p.track)
	if s.agents.list[at].registeredMs >= start {
		return 0, refusal.New(refusal.ErrRule, "pubkey", "snapshot", "registered at %s, the snapshot is of before %s", atText(s.agents.list[at].registeredMs), atText(start))
	}
	basis := s.basisBefore(&s.agents.list[at], start)
	if !rule.Admits(basis) {
		return 0, refusal.New(refusal.ErrRule, "pubkey", "vote-bond", "had %d sat staked and a score of %d before the vote started; the track asks for %d sat and %d",
			rule.CountedSat(basis), basis.Reputation, rule.BondSat, rule.LeastReputation)
	}
	return 0, refusal.New(refusal.ErrRule, "pubkey", "vote-weight", "has no weight by the rule %s: %d sat staked, score %d before the vote started",
		rule.Kind, rule.CountedSat(basis), basis.Reputation)
}

// eligible is the weight of the whole snapshot. With a cap it is an upper
// bound: the capped weights add up to no more. On a conviction track there is no
// snapshot, it is all that is locked.
func (s *State) eligible(p *proposal) uint64 {
	switch {
	case p.close != nil:
		return uint64(p.close.Eligible)
	case p.conviction != nil:
		return s.stakes.locked.Current
	}
	return s.weights.classes[p.class].total.Before(p.life.VoteStart(p.track))
}

// place counts a ballot, taking the voter's earlier one out.
func (s *State) place(i int, b ballot, filled filling) error {
	p := &s.proposals.list[i]
	_, replaced := p.ballotAt[b.voter]
	if replaced && p.track.FinalVotes {
		return refusal.New(refusal.ErrRule, "content.proposal", "final-votes", "track %s does not let a ballot be replaced", p.track.Name)
	}
	p.place(b, filled, s.agents.keys)
	if !replaced {
		s.bind(b.voter, i)
	}
	return nil
}

// place counts a ballot, taking the voter's earlier one out.
func (p *proposal) place(b ballot, filled filling, keys [][32]byte) {
	at, replaced := p.ballotAt[b.voter]
	if replaced {
		old := p.answers(at, p.ballots[at].weight)
		p.counts.For -= old.For
		p.counts.Against -= old.Against
		p.counts.Abstain -= old.Abstain
		p.ballots[at] = b
		if p.filled != nil {
			p.filled[at] = filled
		}
	} else {
		at = len(p.ballots)
		p.order = nil
		p.ballotAt[b.voter] = at
		p.voters.Add(keys, b.voter)
		p.ballots = append(p.ballots, b)
		if p.track.Method() != voting.SingleChoice {
			p.filled = append(p.filled, filled)
		}
	}
	p.counts = plus(p.counts, p.answers(at, b.weight))
}

// noteQuorum extends the deadline the first time that quorum is reached.
func (s *State) noteQuorum(i int) {
	p := &s.proposals.list[i]
	if p.quorate || !s.quorumMet(p) {
		return
	}
	before := p.life.DeadlineMs
	if p.reachQuorum(s.clock.TimeMs); p.life.DeadlineMs != before {
		s.agenda.add(p.life.DeadlineMs, op.KindClose, i)
	}
}

// noteDecision ends the vote in this instant if the track decides early and no
// ballot still to come can change the result. Ballots alone count here:
// whoever delegates can still vote.
func (s *State) noteDecision(i int) {
	p := &s.proposals.list[i]
	if p.track.Pass.Early == voting.EarlyNever || p.life.Early {
		return
	}
	poll := s.poll(p, false)
	poll.MinPeriodOver = true
	if s.participation.threshold(p).Decide(poll.Wide()) == voting.Open {
		return
	}
	p.decideEarly(s.participation.turnoutFor(p), s.clock.TimeMs)
	s.agenda.add(p.life.DeadlineMs, op.KindClose, i)
}

func (s *State) poll(p *proposal, closed bool) voting.Poll {
	return voting.Poll{Cast: p.counts, Direct: p.counts, Eligible: s.eligible(p), Closed: closed,
		MinPeriodOver: closed, Replaceable: !p.track.FinalVotes}
}

func (s *participation) threshold(p *proposal) voting.Threshold {
	quorum, pass := p.rules()
	return voting.NewThreshold(quorum, pass, s.turnoutFor(p))
}

// turnoutFor is the average turnout that a vote's quorum follows: that of its
// track, or what it was when the vote ended early. What an early end decided is
// decided: another vote that closes first, or a track that is taken away, must
// not move it.
func (s *participation) turnoutFor(p *proposal) uint32 {
	if p.life.Early {
		return p.turnout
	}
	return s.turnout[p.track.Name]
}

func (s *State) quorumMet(p *proposal) bool {
	return s.participation.threshold(p).QuorumMet(s.poll(p, false).Wide())
}

// closeFact computes the entry that ends the vote.
func (s *State) closeFact(p *proposal) op.Close {
	f, _ := s.decide(p)
	return f
}

// decide computes the outcome, and what the ballots spoke for.
func (s *State) decide(p *proposal) (op.Close, representation) {
	p.setOrder(s.ballotOrder(p))
	if p.conviction != nil {
		return s.convictionFact(p), representation{}
	}
	poll := s.poll(p, true)
	votes := s.represent(p)
	poll.Cast = p.count(votes.weight)
	f := op.Close{Proposal: p.id, For: op.Weight(poll.Cast.For), Against: op.Weight(poll.Cast.Against),
		Abstain: op.Weight(poll.Cast.Abstain), Eligible: op.Weight(poll.Eligible),
		Ballots: uint64(len(p.ballots)), BallotRoot: merkle.Of(s.ballotLeaves(p)).Root(), Delegation: votes.delegation}
	t := s.participation.threshold(p)
	quorate := t.QuorumMet(poll.Wide())
	if p.track.Method().HasOptions() {
		p.decideOptions(votes, quorate, &f)
		return f, votes
	}
	switch {
	case t.IsPassed(poll.Wide()):
		f.Passed, f.Reason = true, "passed"
	case !quorate:
		f.Reason = "quorum"
	default:
		f.Reason = "pass-rule"
	}
	return f, votes
}

// outcome is decide, unless Due did that for this very entry.
func (s *State) outcome(i int) (op.Close, representation) {
	if r := &s.entry.ready; r.close != nil && r.isFor(s) && r.proposal == i {
		return *r.close, r.said
	}
	return s.decide(&s.proposals.list[i])
}

// closeVote ends the vote on the proposal that is due, with the outcome that
// anybody can recompute.
func (s *State) closeVote(e *op.Entry, c *op.Close) error {
	i, err := s.proposals.proposalByID(c.Proposal)
	if err != nil {
		return err
	}
	p := &s.proposals.list[i]
	want, said := s.outcome(i)
	s.entry.count(units(len(p.ballots)+said.looked, ballotsPerUnit) + p.answerUnits())
	if *c != want {
		return refusal.New(refusal.ErrFact, "content", "close", "states %+v, recomputed %+v", *c, want)
	}
	p.closeVote(*c, s.ballotOrder(p), e.Seq, s.clock.TimeMs)
	s.entry.touch(i)
	s.participation.setTurnout(p.track.Name, voting.NextTurnout(s.participation.turnout[p.track.Name],
		uint64(c.For+c.Against+c.Abstain), uint64(c.Eligible)))
	s.voteOver(i)
	s.noteParticipation(i, said)
	s.startExits(p)
	return s.afterClose(i)
}

// afterClose queues what passed and decides on the collateral of what did not:
// it returns if at least the honest share of for and against was in favour.
func (s *State) afterClose(i int) error {
	p := &s.proposals.list[i]
	switch phase := s.phase(p); {
	case phase == voting.Queued:
		if !p.unstoppable() {
			p.pausedUntil(s.pausedUntil(p.track.Name))
		}
		s.agenda.add(p.life.ExecuteAfter(p.track), op.KindExecute, i)
		s.proposals.await(i)
		return nil
	case phase == voting.Succeeded || s.honest(p):
		s.offCourse(p)
		return s.returnCollateral(i, "proposal "+phase.String())
	}
	s.offCourse(p)
	return s.forfeitCollateral(i, "defeated below the honest share")
}

// honest tells whether a defeated proposal had at least the honest share of
// for in for and against, delegated weight included, or, where the track says so, in
// a least turnout: else a proposal that nobody looks at costs nothing. On a conviction track, which has room for so many, the share is of
// the stake that its threshold was taken of: a place costs who wants no more than
// the place.
func (s *State) honest(p *proposal) bool {
	if p.conviction != nil {
		return atLeastShare(uint64(p.close.For), uint64(p.close.Conviction.StakeSat), p.track.HonestForPpm)
	}
	c := voting.Counts{For: uint64(p.close.For), Against: uint64(p.close.Against)}
	return p.track.Honest(c, uint64(p.close.Eligible))
}

// defeatedHonestly tells whether a proposal was defeated and keeps its collateral.
func (s *State) defeatedHonestly(p *proposal) bool {
	return p.close != nil && !p.close.Passed && s.honest(p)
}

// ballotLeaves lists the ballots as they count, in order of the keys that their voters
// registered; a leaf is key || choice || weight || seq of the vote entry, big-endian, with the
// key that signed the ballot.
func (s *State) ballotLeaves(p *proposal) [][]byte {
	order := s.ballotOrder(p)
	leaves := make([][]byte, len(order))
	for n, i := range order {
		b := p.ballots[i]
		leaves[n] = BallotLeaf(s.agents.keyNumbered(b.voter, b.signed.by), b.choice, b.weight, b.seq)
	}
	return leaves
}

// ballotOrder lists the ballots' indices in order of voter key: that which a
// close keeps, or one of its own while ballots come and go.
func (s *State) ballotOrder(p *proposal) []int {
	if p.order != nil {
		return p.order
	}
	order := make([]int, 0, len(p.ballots))
	for voter := range p.voters.All() {
		order = append(order, p.ballotAt[voter])
	}
	return order
}

// BallotLeaf is the leaf of one counted ballot under a close entry's root.
func BallotLeaf(voter op.PublicKey, c Choice, weight, seq uint64) []byte {
	b := make([]byte, 0, 49)
	b = append(b, voter[:]...)
	b = append(b, byte(c))
	b = binary.BigEndian.AppendUint64(b, weight)
	return binary.BigEndian.AppendUint64(b, seq)
}
