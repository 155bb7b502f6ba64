package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// disputes are all that were ever brought.
type disputes struct {
	list     []dispute
	at       map[op.ID]int
	draws    []occurrence // those whose juries were drawn, by round
	juryless []int        // those that wait for a jury
}

// dispute is one challenge of one proposal on one ground.
type dispute struct {
	id        op.ID
	seq       uint64
	proposal  int
	ground    string
	text      string
	forgotten bool // its texts are in the log alone
	rule      voting.DisputeRule
	nth       int // challenges of the proposal that stood before it
	state     disputeState
	reason    string      // why it is void, or no ruling counts
	bonds     []partyBond // the challenge's first, then those of appeals that brought a round about
	appeals   []partyBond // whose bonds are not locked
	rounds    []round
	lockedMs  int64
	endedMs   int64
	unheard   bool   // an appeal found no jury, so no ruling counts
	undoing   string // what came of undoing what was executed

	potSat  int64 // forfeited in it and arrived
	unpaid  int   // forfeited holds that have not arrived
	settled bool  // the pot was shared
}

// partyBond is the bond of the challenger or of somebody who appealed.
type partyBond struct {
	agent     slot
	hold      int
	uphold    bool // the side it is on
	round     int  // that it appeals against; -1 for the challenge
	text      string
	seq       uint64 // entry of the challenge or appeal
	forfeited bool
	textBytes int32 // of a text that is in the log alone
}

// round is one jury.
type round struct {
	openedMs   int64    // when its bond was locked
	drawHeight uint32   // drawn with the block of that height, before version 2 of the rules with that of the entry
	stamp      op.Stamp // of the draw, with the block that drew; the zero value before
	seats      []seat
	commitEnd  int64
	revealEnd  int64
	appealEnd  int64
	ruling     *op.Ruling
}

// seat is what one juror has of a jury.
type seat struct {
	juror     int
	seats     int64 // at least 1; its vote counts as often
	committed bool
	commit    op.Hash
	signed    signed // the commitment
	vote      juryVote
	gone      bool // its bond ended meanwhile
}

// add records a challenge and returns its place.
func (s *disputes) add(x dispute) int {
	d := len(s.list)
	s.list = append(s.list, x)
	s.at[x.id] = d
	return d
}

// nextRound opens a round, which waits for its jury.
func (s *disputes) nextRound(d int, r round) {
	s.list[d].rounds = append(s.list[d].rounds, r)
	if !slices.Contains(s.juryless, d) {
		s.juryless = append(s.juryless, d)
	}
}

// hasJury says that a dispute waits for none, and tells whether it did.
func (s *disputes) hasJury(d int) bool {
	k := slices.Index(s.juryless, d)
	if k >= 0 {
		s.juryless = slices.Delete(s.juryless, k, k+1)
	}
	return k >= 0
}

// drawn notes that entry seq drew the jury of the last round.
func (s *disputes) drawn(d int, seq uint64) {
	s.draws = append(s.draws, occurrence{seq, d, len(s.list[d].rounds) - 1})
}

func (x *dispute) lock(nowMs int64) { x.lockedMs = nowMs }
func (x *dispute) open()            { x.state = disputeOpen }
func (x *dispute) setNth(n int)     { x.nth = n }

// addBond adds the bond of a party that a round rests on.
func (x *dispute) addBond(b partyBond) { x.bonds = append(x.bonds, b) }

// addAppeal adds one whose bond is not locked yet, and takeAppeal takes it out by its
// hold; false if there is none.
func (x *dispute) addAppeal(b partyBond) { x.appeals = append(x.appeals, b) }

func (x *dispute) takeAppeal(hold int) (b partyBond, ok bool) {
	i := slices.IndexFunc(x.appeals, func(b partyBond) bool { return b.hold == hold })
	if i < 0 {
		return b, false
	}
	b = x.appeals[i]
	x.appeals = slices.Delete(x.appeals, i, i+1)
	return b, true
}

// forfeit notes that a bond is forfeited and has not arrived.
func (x *dispute) forfeit(b *partyBond) {
	b.forfeited = true
	x.unpaid++
}

// expect notes a forfeited bond of a juror that has not arrived.
func (x *dispute) expect() { x.unpaid++ }

// lose notes that a forfeited bond does not arrive.
func (b *partyBond) lose() { b.forfeited = false }

func (b *partyBond) setHold(hold int) { b.hold = hold }

// arrive counts a forfeited hold as ended, with what it brought.
func (x *dispute) arrive(sat int64) {
	x.potSat += sat
	x.unpaid--
}

// takePot takes what is in the pot.
func (x *dispute) takePot() (sat int64) {
	sat, x.potSat = x.potSat, 0
	return sat
}

// settle says whether the pot is shared.
func (x *dispute) settle(settled bool) { x.settled = settled }

// end ends it with a ruling.
func (x *dispute) end(upheld bool, nowMs int64) {
	x.state, x.endedMs = disputeRefused, nowMs
	if upheld {
		x.state = disputeUpheld
	}
	x.forget()
}

// void ends it without one.
func (x *dispute) void(reason string, nowMs int64) {
	x.state, x.reason, x.endedMs, x.settled = disputeVoid, reason, nowMs, x.unpaid == 0
	x.forget()
}

// unseat ends it since an appeal, whose bond is returned, found no jury.
func (x *dispute) unseat(reason string, nowMs int64) (unheard partyBond) {
	last := len(x.bonds) - 1
	unheard = x.bonds[last]
	x.bonds, x.rounds = x.bonds[:last], x.rounds[:last]
	x.state, x.unheard, x.endedMs = disputeRefused, true, nowMs
	x.forget()
	x.reason = reason
	return unheard
}

// undone says what came of undoing what was executed.
func (x *dispute) undone(how string) { x.undoing = how }

// draw seats a jury.
func (r *round) draw(stamp op.Stamp, rule voting.DisputeRule, jurors []int) {
	r.stamp = stamp
	r.commitEnd = stamp.TimeMs + rule.CommitS*1000
	r.revealEnd = r.commitEnd + rule.RevealS*1000
	for _, i := range jurors {
		r.seat(i)
	}
}

// rule records the ruling.
func (r *round) rule(c *op.Ruling) { r.ruling = c }

func (r *round) appealUntil(ms int64) { r.appealEnd = ms }

// commitTo records a juror's commitment, reveal its vote, and leave that it has none.
func (t *seat) commitTo(commitment op.Hash, when signed) {
	t.committed, t.commit, t.signed = true, commitment, when
}

func (t *seat) reveal(vote juryVote) { t.vote = vote }

func (t *seat) leave() { t.gone, t.vote = true, absent }
