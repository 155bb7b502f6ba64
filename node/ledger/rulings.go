package ledger

import (
	"slices"
	"strconv"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// Verdicts of a ruling.
const (
	verdictUpheld  = "upheld"
	verdictRefused = "refused"
)

// rulingFact counts the revealed votes of the present round.
func (s *disputes) rulingFact(d int) op.Ruling {
	x := &s.list[d]
	f := op.Ruling{Dispute: x.id, Round: int64(len(x.rounds) - 1), Verdict: verdictRefused, Final: int64(len(x.rounds)) >= x.rule.MaxRounds}
	for _, t := range x.last().seats {
		switch t.vote {
		case uphold:
			f.Uphold += t.seats
		case against:
			f.Refuse += t.seats
		default:
			f.Absent += t.seats
		}
	}
	if voting.Upholds(f.Uphold, f.Uphold+f.Refuse+f.Absent) {
		f.Verdict = verdictUpheld
	}
	return f
}

// ruling ends a round: the dispute, if no further one is possible.
func (s *State) ruling(e *op.Entry, c *op.Ruling) error {
	d, err := s.disputes.openDispute(c.Dispute)
	if err != nil {
		return err
	}
	if want := s.disputes.rulingFact(d); want != *c {
		return refusal.New(refusal.ErrFact, "content", "ruling", "states %+v, recomputed %+v", *c, want)
	}
	x := &s.disputes.list[d]
	r := x.last()
	r.rule(c)
	if c.Final {
		s.endDispute(d, c.Verdict)
		return nil
	}
	r.appealUntil(s.clock.TimeMs + x.rule.AppealS*1000)
	s.agenda.add(r.appealEnd, op.KindDisputeClose, d)
	return nil
}

func (s *disputes) disputeCloseFact(d int) op.DisputeClose {
	return op.DisputeClose{Dispute: s.list[d].id, Verdict: s.list[d].last().ruling.Verdict}
}

// disputeClose: nobody appealed in time.
func (s *State) disputeClose(e *op.Entry, c *op.DisputeClose) error {
	d, err := s.disputes.openDispute(c.Dispute)
	if err != nil {
		return err
	}
	if want := s.disputes.disputeCloseFact(d); want != *c {
		return refusal.New(refusal.ErrFact, "content", "dispute-close", "states %+v, recomputed %+v", *c, want)
	}
	s.endDispute(d, c.Verdict)
	return nil
}

// openRound is the last round of a dispute that is open, else nil.
func (s *disputes) openRound(d int) *round {
	if x := &s.list[d]; x.state == disputeOpen {
		return x.last()
	}
	return nil
}

// endDispute carries a final ruling out.
func (s *State) endDispute(d int, verdict string) {
	x := &s.disputes.list[d]
	x.end(verdict == verdictUpheld, s.clock.TimeMs)
	s.settleParties(d)
	s.settleJurors(d)
	s.hasJury(d)
	s.thaw(x.proposal)
	if x.state == disputeUpheld {
		s.overturn(x.proposal, d)
	}
	s.shareOut(d)
}

// settleParties returns the bonds of the winning side and forfeits the others.
func (s *State) settleParties(d int) {
	x := &s.disputes.list[d]
	won := x.state == disputeUpheld
	for i := range x.bonds {
		b := &x.bonds[i]
		switch {
		case s.holds.list[b.hold].state != stake.Locked:
		case b.uphold == won:
			s.releaseIfHeld(b.hold, "the dispute was won")
		default:
			x.forfeit(b)
			s.mustHold(s.forfeitHold(b.hold, "the dispute was lost"))
		}
	}
	for _, b := range x.appeals {
		s.releaseIfHeld(b.hold, "the dispute ended")
	}
}

// coherent tells whether a juror voted as the dispute ended.
func (x *dispute) coherent(t seat) bool {
	return t.vote == uphold && x.state == disputeUpheld || t.vote == against && x.state == disputeRefused
}

// settleJurors frees those who voted as the final ruling and takes the bonds of
// the others, absent ones included. Of who sat in several rounds the vote in the
// last one counts: who learns better may vote better.
func (s *State) settleJurors(d int) {
	x := &s.disputes.list[d]
	for _, t := range x.lastSeats() {
		s.jurors.rises(t.juror, d)
		switch {
		case t.gone:
		case x.coherent(t):
			s.letGo(t.juror)
		default:
			s.slash(t.juror, d, "the juror was absent or voted against the ruling")
		}
	}
}

// lastSeats lists what each juror had in the last round that it sat in, in the
// order in which they were drawn first.
func (x *dispute) lastSeats() []seat {
	var list []seat
	for _, r := range x.rounds {
		for _, t := range r.seats {
			if i := slices.IndexFunc(list, func(y seat) bool { return y.juror == t.juror }); i >= 0 {
				list[i] = t
				continue
			}
			list = append(list, t)
		}
	}
	return list
}

// rises takes a juror's seats of a dispute that ends.
func (s *jurors) rises(i, d int) {
	j := &s.list[i]
	if k := slices.Index(j.sits, d); k >= 0 {
		j.sits = slices.Delete(j.sits, k, k+1)
	}
}

// slash forfeits a juror's bond in a dispute, if it is locked still. Where else it
// sits it has no vote any more.
func (s *State) slash(i, d int, reason string) {
	j := &s.jurors.list[i]
	if s.holds.list[j.hold].state != stake.Locked {
		return
	}
	j.slash(d)
	s.jurors.strike(i)
	s.disputes.list[d].expect()
	s.emptySeats(i)
	s.mustHold(s.forfeitHold(j.hold, reason))
}

// overturn ends a proposal whose challenge was upheld. What was executed is
// undone; where that is not possible any more, the record says why.
func (s *State) overturn(i, d int) {
	p := &s.proposals.list[i]
	if p.life.End == voting.NotEnded {
		s.endProposal(i, voting.EndOverturned, "a challenge was upheld: "+s.disputes.list[d].ground)
		s.endCollateral(i)
		return
	}
	evaluating := p.evaluating()
	p.end(voting.EndOverturned, "a challenge was upheld: "+s.disputes.list[d].ground)
	s.entry.touch(i)
	if evaluating {
		s.offCourse(p)
		s.treasury.put(p.eval.pool, p.eval.takeAside())
		s.endCollateral(i)
	}
	s.voidOthers(i, d)
	undoing, _ := p.undoing()
	plan, err := s.tryActions(undoing)
	if err != nil {
		s.disputes.list[d].undone(err.Error())
		return
	}
	s.settle(plan, p.id)
	for _, do := range plan.then {
		do(s, actionRef{proposal: i})
	}
	s.disputes.list[d].undone("undone")
}

// endCollateral forfeits or returns the collateral of an overturned proposal, by
// the track's rule for vetoes.
func (s *State) endCollateral(i int) {
	if s.proposals.list[i].track.VetoForfeitPpm > 0 {
		s.mustHold(s.forfeitCollateral(i, "challenge upheld"))
		return
	}
	s.mustHold(s.returnCollateral(i, "challenge upheld"))
}

// voidDispute ends a dispute without a ruling: bonds return, jurors go free.
func (s *State) voidDispute(d int, reason string) {
	x := &s.disputes.list[d]
	open := x.state == disputeOpen
	x.void(reason, s.clock.TimeMs)
	s.proposals.list[x.proposal].voided(d)
	for _, b := range slices.Concat(x.bonds, x.appeals) {
		s.releaseIfHeld(b.hold, reason)
	}
	for _, t := range x.lastSeats() {
		s.jurors.rises(t.juror, d)
		s.letGo(t.juror)
	}
	s.emptyPot(x)
	if open {
		s.hasJury(d)
		s.thaw(x.proposal)
	}
}

// voidOthers ends the other disputes about a proposal that has ended; d is -1
// for all.
func (s *State) voidOthers(i, d int) {
	for _, other := range slices.Clone(s.proposals.list[i].standing) {
		if st := s.disputes.list[other].state; other != d && (st == disputeOpen || st == disputeUnbonded) {
			s.voidDispute(other, "the proposal ended")
		}
	}
}

// disputeBondGone: the hold of a bond ended without being settled.
func (s *State) disputeBondGone(hold int) {
	d := s.holds.list[hold].subject
	x := &s.disputes.list[d]
	if _, ok := x.takeAppeal(hold); ok {
		return
	}
	i := slices.IndexFunc(x.bonds, func(b partyBond) bool { return b.hold == hold })
	switch {
	case i < 0:
	case x.bonds[i].forfeited && s.holds.list[hold].state.Ended():
		x.bonds[i].lose()
		s.arrived(d, 0)
	case i == 0 && (x.state == disputeOpen || x.state == disputeUnbonded):
		s.voidDispute(d, "its bond is no longer locked")
	}
}

// jurorBondGone: the hold of a juror's bond ended without being settled.
func (s *State) jurorBondGone(hold int) {
	i := s.holds.list[hold].subject
	j := &s.jurors.list[i]
	if j.hold != hold {
		return // renewed
	}
	if j.slashedIn >= 0 && s.holds.list[hold].state.Ended() {
		d := j.slashedIn
		j.slash(-1)
		s.arrived(d, 0)
		return
	}
	s.jurors.strike(i)
	s.emptySeats(i)
}

// arrived counts a forfeited hold of a dispute as ended, with what it brought.
func (s *State) arrived(d int, sat int64) {
	x := &s.disputes.list[d]
	x.arrive(sat)
	if x.state == disputeVoid {
		x.settle(x.unpaid == 0)
		s.emptyPot(x)
		return
	}
	s.shareOut(d)
}

// Purposes of the payouts of a dispute.
const (
	purposeWon = "won a dispute"
	purposeSat = "sat on a jury"
)

// emptyPot gives what was forfeited in a dispute that has no winner to all
// pools, as brought in by nobody.
func (s *State) emptyPot(x *dispute) {
	s.fillPools(nobody, x.takePot())
}

// shareOut divides what the losers forfeited, once all of it has arrived: the
// winner's part to the winning parties by their bonds, or to the proposer where
// nobody locked one on the winning side; the rest to the jurors who voted as the
// ruling, by their seats. Each share is rounded down, and what is left goes to the first
// pool. Where an appeal was not heard nobody won.
func (s *State) shareOut(d int) {
	x := &s.disputes.list[d]
	if x.settled || x.unpaid > 0 || x.state == disputeOpen {
		return
	}
	x.settle(true)
	if x.unheard {
		s.emptyPot(x)
		return
	}
	before := s.treasury.poolSats[0]
	s.treasury.put(0, x.potSat)
	part := x.rule.Winner(x.potSat)
	s.shareAmong(d, s.winners(d), part, purposeWon)
	s.shareAmong(d, s.coherentJurors(d), x.potSat-part, purposeSat)
	rest := s.treasury.poolSats[0] - before
	s.treasury.draw(0, rest)
	s.bring(0, nobody, rest)
}

// sharer gets a part of a sum, in proportion to its weight.
type sharer struct {
	agent  slot
	weight int64
	round  int // of a juror's seat
}

// shareAmong owes each its share out of the first pool; what the route may cost
// comes out of the share. A share that the route would eat up stays there.
func (s *State) shareAmong(d int, list []sharer, sat int64, purpose string) {
	var total int64
	for _, x := range list {
		total += x.weight
	}
	for _, x := range list {
		share := muldiv.Floor(sat, x.weight, total)
		fee := s.constitution.Payouts.FeeLimitSat(share)
		if share <= fee {
			continue
		}
		s.treasury.draw(0, share)
		id := stableID("dispute", s.disputes.list[d].id.String(), purpose, strconv.Itoa(x.round), op.PublicKey(s.agents.keys[x.agent]).String())
		s.owe(id, x.agent, 0, share-fee, fee, purpose, actionRef{proposal: -1}, op.NodeKey{})
	}
}

// winners lists the parties of the winning side, each once.
func (s *State) winners(d int) []sharer {
	x := &s.disputes.list[d]
	var list []sharer
	for _, b := range x.bonds {
		if b.uphold != (x.state == disputeUpheld) || b.forfeited {
			continue // lost, or not renewed
		}
		i := slices.IndexFunc(list, func(w sharer) bool { return w.agent == b.agent })
		if i < 0 {
			i, list = len(list), append(list, sharer{agent: b.agent})
		}
		list[i].weight += s.holds.list[b.hold].paidSat
	}
	if proposer := s.proposals.list[x.proposal].proposer; len(list) == 0 && proposer != nobody {
		list = append(list, sharer{agent: proposer, weight: 1})
	}
	return list
}

func (s *State) coherentJurors(d int) []sharer {
	x := &s.disputes.list[d]
	var list []sharer
	for r := range x.rounds {
		for _, t := range x.rounds[r].seats {
			if x.coherent(t) && s.jurors.list[t.juror].slashedIn != d {
				list = append(list, sharer{s.jurors.list[t.juror].agent, t.seats, r})
			}
		}
	}
	return list
}
