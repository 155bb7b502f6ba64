package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// entry is what is kept while an entry is applied.
type entry struct {
	read     *prepared
	touched  []int // proposals whose phase it may have changed
	work     int64 // units that it cost so far
	workMost int64 // that it may cost; 0: no bound
	ready    ready // see Due
}

// ready is what Due computed of a close or an epoch, kept for the entry that states
// it: the state is the same until an entry is applied. An entry with another stamp
// computes it anew.
type ready struct {
	seq   uint64
	stamp op.Stamp

	proposal int
	close    *op.Close
	said     representation

	epoch   *op.Epoch
	book    *reputation.Book
	results []reputation.Result
}

// begin forgets the entry before.
func (s *entry) begin() { s.touched = s.touched[:0] }

// end lets go of what was prepared for the entry.
func (s *entry) end() { s.ready = ready{} }

// keep keeps what an event says by itself while its rule is at work; nil for no more.
func (s *entry) keep(read *prepared) { s.read = read }

// prepare starts the computation of a due fact, which has no bound, for an entry.
func (s *entry) prepare(seq uint64, stamp op.Stamp) {
	s.workMost = 0
	s.ready = ready{seq: seq, stamp: stamp}
}

// resume takes back the counts from before prepare.
func (s *entry) resume(was entry) { s.work, s.workMost = was.work, was.workMost }

func (s *entry) readyClose(proposal int, f *op.Close, said representation) {
	s.ready.proposal, s.ready.close, s.ready.said = proposal, f, said
}

func (s *entry) readyEpoch(f *op.Epoch, book *reputation.Book, results []reputation.Result) {
	s.ready.epoch, s.ready.book, s.ready.results = f, book, results
}
