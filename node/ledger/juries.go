package ledger

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
)

// maxFields bounds the fields of one juror.
const maxFields = 16

// jurorOffer offers the signer as juror.
func (s *State) jurorOffer(e *op.Entry, c *op.Juror) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	terms := s.constitution.Disputes
	if len(c.Fields) == 0 || len(c.Fields) > maxFields {
		return refusal.New(refusal.ErrInvalid, "content.fields", "length", "has %d, must have 1 to %d", len(c.Fields), maxFields)
	}
	for i, f := range c.Fields {
		if !slices.Contains(terms.Fields, f) || slices.Contains(c.Fields[:i], f) {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("content.fields[%d]", i), "field", "is %+q; each must be another of %v", f, terms.Fields)
		}
	}
	if i, ok := s.jurors.at[at]; ok && !s.jurors.list[i].gone {
		return refusal.New(refusal.ErrRule, "pubkey", "juror-once", "offered itself in entry %d already; leave first", s.holds.heldAt(s.jurors.list[i].hold, 0).seq)
	}
	var stands signed
	if i, ok := s.jurors.at[at]; ok {
		stands = s.jurors.list[i].signed
	}
	when, err := s.latest(e, stands)
	if err != nil {
		return err
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	h := s.openHold(e, at, terms.JurorBondSat, forJuror, len(s.jurors.list))
	s.jurors.add(juror{agent: at, hold: h, fields: c.Fields, slashedIn: -1, signed: when})
	return nil
}

// jurorLocked: a juror may be drawn from now on.
func (s *State) jurorLocked(hold int) error {
	s.jurors.list[s.holds.list[hold].subject].lock(s.next, s.clock.TimeMs)
	return nil
}

// jurorLeave withdraws the offer; a seat is kept to its end, and so is a place
// among those of whom a jury will be drawn: else jurors could leave once they
// know the block, until the draw suits them.
func (s *State) jurorLeave(e *op.Entry, _ *op.JurorLeave) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	i, ok := s.jurors.at[at]
	if !ok || s.jurors.list[i].gone {
		return refusal.New(refusal.ErrNotFound, "pubkey", "juror", "%s is no juror", e.Event.PubKey)
	}
	j := &s.jurors.list[i]
	switch {
	case j.leaves:
		return refusal.New(refusal.ErrDuplicate, "pubkey", "juror-leave", "asked to leave at %s already; its bond returns when no dispute binds it", atText(j.leftMs))
	case s.holds.list[j.hold].state == stake.Requested:
		return refusal.New(refusal.ErrPhase, "pubkey", "hold-life", "the invoice of its bond is being made; try again in a moment")
	}
	when, err := s.latest(e, j.signed)
	if err != nil {
		return err
	}
	j.leave(s.clock.TimeMs, when)
	s.jurors.asksOut(i)
	s.letGo(i)
	return nil
}

// asksOut notes that a juror leaves once nothing binds it.
func (s *jurors) asksOut(i int) {
	s.list[i].leaves = true
	s.askedOut = append(s.askedOut, i)
}

// letGo returns the bond of a juror who asked to leave, once nothing binds it.
func (s *State) letGo(i int) {
	j := &s.jurors.list[i]
	if !j.leaves || j.gone || len(j.sits) > 0 {
		return
	}
	s.entry.count(units(len(s.disputes.juryless), jurorsPerUnit))
	if slices.ContainsFunc(s.disputes.juryless, func(d int) bool { return s.holds.awaits(j, &s.disputes.list[d]) }) {
		return
	}
	s.dismiss(i, "the juror left")
}

// awaits tells whether the jury of a dispute may be drawn of the juror by what
// it offered when the challenge came, or as long before as the track asks.
func (s *holds) awaits(j *juror, x *dispute) bool {
	h := &s.list[j.hold]
	return h.state == stake.Locked && j.sinceMs < x.knownMs() && slices.Contains(j.fields, x.rule.Field) && (!j.leaves || j.leftMs >= x.lockedMs)
}

// hasJury takes a dispute from those that wait for a jury, unless another round
// may draw from the same field: who could be drawn for it stays until the end, or
// the losers of a round could empty the field before the appeal.
func (s *State) hasJury(d int) {
	if x := &s.disputes.list[d]; x.state == disputeOpen && x.rule.ByWeight() && int64(len(x.rounds)) < x.rule.MaxRounds {
		return
	}
	if !s.disputes.hasJury(d) {
		return
	}
	s.entry.count(units(len(s.jurors.askedOut), jurorsPerUnit))
	s.jurors.sortAskedOut()
	if len(s.disputes.juryless) == 0 { // nearly all go: room for their bonds is made once
		s.effects.grow(len(s.jurors.askedOut))
	}
	for _, i := range s.jurors.askedOut {
		s.letGo(i)
	}
	s.jurors.dropAskedOut()
}

// strike marks an offer as gone, which takes it off the roll: one after the other
// there, and all of them from the list once they are more than the others.
func (s *jurors) strike(i int) {
	j := &s.list[i]
	if j.gone {
		return
	}
	j.gone = true
	if s.struck++; 2*s.struck > len(s.roll) {
		s.roll, s.struck = slices.DeleteFunc(s.roll, func(k int) bool { return s.list[k].gone }), 0
	}
}

// dismiss ends an offer and returns its bond.
func (s *State) dismiss(i int, reason string) {
	s.entry.count(workRelease)
	s.jurors.strike(i)
	s.releaseIfHeld(s.jurors.list[i].hold, reason)
}

// drawFact draws the jury of a round with its block, see drawBlock.
func (s *State) drawFact(d int) op.Draw { return s.juryFact(d, s.drawJury(d)) }

// juryFact states jurors that were drawn.
func (s *State) juryFact(d int, drawn []int) op.Draw {
	x := &s.disputes.list[d]
	f := op.Draw{Dispute: x.id, Round: int64(len(x.rounds) - 1), Jurors: []op.PublicKey{}}
	for _, i := range drawn {
		f.Jurors = append(f.Jurors, s.agents.list[s.jurors.list[i].agent].key)
	}
	return f
}

// drawJury returns the jurors of the seats in the order drawn, by index; none if
// the field is too small.
func (s *State) drawJury(d int) []int {
	x := &s.disputes.list[d]
	round := len(x.rounds) - 1
	f := s.fieldOf(d, x.last().openedMs, s.clock.Height)
	if f.shortAtDraw(x.rule, round) != "" {
		return nil
	}
	_, block := s.drawBlock(x.last())
	drawn := x.rule.DrawJury(jurySeed(block, x.id, round), f.weights, round)
	for i, k := range drawn {
		drawn[i] = f.able[k]
	}
	return drawn
}

// jurySeed binds the draw to its dispute and round.
func jurySeed(block [32]byte, dispute op.ID, round int) [32]byte {
	text := append([]byte("econd/draw"), block[:]...)
	return sha256.Sum256(append(append(text, dispute[:]...), byte(round)))
}

// draw seats the jurors. Where there are too few, a challenge is void and an
// appeal leaves nothing decided.
func (s *State) draw(e *op.Entry, c *op.Draw) error {
	d, err := s.disputes.openDispute(c.Dispute)
	if err != nil {
		return err
	}
	drawn := s.drawJury(d)
	if want := s.juryFact(d, drawn); op.EncodeContent(want) != op.EncodeContent(*c) {
		return refusal.New(refusal.ErrFact, "content", "draw", "states %s, recomputed %s", op.EncodeContent(*c), op.EncodeContent(want))
	}
	x := &s.disputes.list[d]
	r := x.last()
	if len(c.Jurors) == 0 {
		s.noJury(d)
		return nil
	}
	stamp := e.Stamp
	stamp.Height, stamp.BlockHash = s.drawBlock(r)
	r.draw(stamp, x.rule, drawn)
	for _, t := range r.seats {
		s.jurors.list[t.juror].sit(d)
	}
	s.hasJury(d)
	s.agenda.add(r.revealEnd, op.KindRuling, d)
	s.disputes.drawn(d, e.Seq)
	return nil
}

// seat gives a juror one seat more.
func (r *round) seat(juror int) {
	i := slices.IndexFunc(r.seats, func(t seat) bool { return t.juror == juror })
	if i < 0 {
		i, r.seats = len(r.seats), append(r.seats, seat{juror: juror})
	}
	r.seats[i].seats++
}

// noJury ends a dispute whose jury could not be drawn.
func (s *State) noJury(d int) {
	x := &s.disputes.list[d]
	round := len(x.rounds) - 1
	reason := s.fieldOf(d, x.last().openedMs, s.clock.Height).shortAtDraw(x.rule, round)
	if round == 0 {
		s.voidDispute(d, reason)
		return
	}
	s.unseated(d, reason)
}

func parseJuryVote(text string) juryVote {
	switch text {
	case "uphold":
		return uphold
	case "refuse":
		return against
	}
	return absent
}

// seatOf finds the signer's seat in the present round of a dispute.
func (s *State) seatOf(e *op.Entry, id op.ID) (int, *seat, error) {
	d, err := s.disputes.openDispute(id)
	if err != nil {
		return 0, nil, err
	}
	r := s.disputes.list[d].last()
	for i := range r.seats {
		if t := &r.seats[i]; s.agents.list[s.jurors.list[t.juror].agent].key == e.Event.PubKey && !t.gone {
			return d, t, nil
		}
	}
	return 0, nil, refusal.New(refusal.ErrForbidden, "pubkey", "seat", "%s has no seat in round %d", e.Event.PubKey, len(s.disputes.list[d].rounds)-1)
}

func (s *State) juryCommit(e *op.Entry, c *op.JuryCommit) error {
	d, t, err := s.seatOf(e, c.Dispute)
	if err != nil {
		return err
	}
	if end := s.disputes.list[d].last().commitEnd; s.clock.TimeMs > end {
		return refusal.New(refusal.ErrPhase, "content.dispute", "commit-window", "commitments were taken until %s, it is %s", atText(end), atText(s.clock.TimeMs))
	}
	when, err := s.latest(e, t.signed)
	if err != nil {
		return err
	}
	t.commitTo(c.Commitment, when)
	return nil
}

func (s *State) juryReveal(e *op.Entry, c *op.JuryReveal) error {
	d, t, err := s.seatOf(e, c.Dispute)
	if err != nil {
		return err
	}
	x := &s.disputes.list[d]
	r, now := x.last(), s.clock.TimeMs
	vote := parseJuryVote(c.Vote)
	switch {
	case vote == absent:
		return refusal.New(refusal.ErrInvalid, "content.vote", "vote", `is %+q, must be "uphold" or "refuse"`, c.Vote)
	case now <= r.commitEnd || now > r.revealEnd:
		return refusal.New(refusal.ErrPhase, "content.dispute", "reveal-window", "votes are revealed after %s and until %s, it is %s", atText(r.commitEnd), atText(r.revealEnd), atText(now))
	case !t.committed:
		return refusal.New(refusal.ErrRule, "content.dispute", "commitment", "no commitment was sent until %s", atText(r.commitEnd))
	case t.vote != absent:
		return refusal.New(refusal.ErrDuplicate, "content.dispute", "reveal-once", "was revealed already")
	}
	if got := op.JuryCommitment(x.id, int64(len(x.rounds)-1), s.agents.keyNumbered(s.jurors.list[t.juror].agent, t.signed.by), c.Vote, c.Salt); got != t.commit {
		return refusal.New(refusal.ErrRule, "content.salt", "commitment", "vote and salt give %s, the commitment is %s", got, t.commit)
	}
	t.reveal(vote)
	return nil
}
