package ledger

import "slices"

// jurors are all offers that agents ever made.
type jurors struct {
	list     []juror
	at       map[slot]int // the last offer of each
	roll     []int        // offers, by rising index; some are gone
	struck   int          // of them, those that are gone
	askedOut []int        // offers of who asked to leave; some are gone
}

// juror is an agent's offer to sit on juries. It counts while its bond is
// locked.
type juror struct {
	agent  slot
	hold   int
	fields []string
	seq    uint64 // entry of the first lock; 0 before

	sinceMs int64 // instant of the first lock
	sits    []int // disputes that it sits on, in the order of the draws
	leaves  bool  // asked to leave, and is bound still
	leftMs  int64 // when
	gone    bool  // left, slashed, or its bond ended

	signed signed // its offer, or that it leaves

	slashedIn int // dispute in which its bond was forfeited, or -1
}

// add records an offer.
func (s *jurors) add(j juror) {
	i := len(s.list)
	s.list = append(s.list, j)
	s.roll = append(s.roll, i)
	s.at[j.agent] = i
}

// sortAskedOut puts those who asked to leave in order of their offers, and dropAskedOut
// lets go of those who left.
func (s *jurors) sortAskedOut() { slices.Sort(s.askedOut) }

func (s *jurors) dropAskedOut() {
	s.askedOut = slices.DeleteFunc(s.askedOut, func(i int) bool { return s.list[i].gone })
}

// lock records that the bond is locked by entry seq.
func (j *juror) lock(seq uint64, nowMs int64) { j.seq, j.sinceMs = seq, nowMs }

func (j *juror) setHold(hold int) { j.hold = hold }

// sit notes a seat in a dispute.
func (j *juror) sit(d int) {
	if !slices.Contains(j.sits, d) {
		j.sits = append(j.sits, d)
	}
}

// leave records that the juror asked to leave.
func (j *juror) leave(nowMs int64, when signed) { j.leftMs, j.signed = nowMs, when }

// slash records the dispute in which the bond is forfeited, or -1.
func (j *juror) slash(d int) { j.slashedIn = d }
