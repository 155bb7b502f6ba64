package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// The scores of an epoch are the same bits for any number of workers; two
// suit the machines econd is meant for.
const epochWorkers = 2

// nextBook recomputes flow and evidence as of atMs on a copy of the book.
func (s *State) nextBook(atMs int64) (*reputation.Book, []reputation.Result, error) {
	stakes := make([]uint64, len(s.agents.list))
	for i := range s.agents.list {
		stakes[i] = s.agents.list[i].stakeSat.Now()
	}
	var seeds []uint32
	for _, k := range s.constitution.Seeds {
		if at, ok := s.agents.at[k]; ok {
			seeds = append(seeds, at)
		}
	}
	book := s.scores.book.Clone()
	err := book.Epoch(reputation.Snapshot{Params: s.constitution.Reputation, Day: reputation.Day(atMs),
		Keys: s.agents.keys, Stakes: stakes, Seeds: seeds, Workers: epochWorkers})
	if err != nil {
		return nil, nil, err
	}
	results := make([]reputation.Result, len(s.agents.list))
	for i := range results {
		results[i] = book.Result(slot(i))
	}
	return book, results, nil
}

// epochFact is what the operator has to state at the end of an epoch.
func (s *State) epochFact() op.Epoch {
	f, book, results, err := s.nextEpoch()
	if err != nil {
		panic("ledger: epoch over recorded receipts: " + err.Error())
	}
	s.entry.readyEpoch(&f, book, results)
	return f
}

// nextEpoch computes the epoch that ends now, unless Due did that for this very
// entry.
func (s *State) nextEpoch() (op.Epoch, *reputation.Book, []reputation.Result, error) {
	if r := &s.entry.ready; r.epoch != nil && r.isFor(s) {
		return *r.epoch, r.book, r.results, nil
	}
	book, results, err := s.nextBook(s.clock.TimeMs)
	if err != nil {
		return op.Epoch{}, nil, nil, err
	}
	return op.Epoch{Number: s.scores.epoch, Agents: uint64(len(s.agents.list)), ScoresRoot: scoresTree(s.constitution.Version, s.agents.spokenBy(s.next), results).Root()}, book, results, nil
}

// ratedPerUnit is how many agents and receipts an epoch looks at for one unit of
// work.
const ratedPerUnit = 1

// closeEpoch recomputes every score and takes them into force.
func (s *State) closeEpoch(e *op.Entry, c *op.Epoch) error {
	s.entry.count(units(len(s.agents.list)+s.scores.book.Receipts(), ratedPerUnit))
	want, book, results, err := s.nextEpoch()
	if err != nil {
		return refusal.New(refusal.ErrFact, "", "epoch", "%v", err)
	}
	if *c != want {
		return refusal.New(refusal.ErrFact, "content", "epoch", "states %+v, recomputed %+v", *c, want)
	}
	s.scores.close(book, epochRecord{e.Seq, e.Stamp.TimeMs, len(results), s.constitution.Version})
	s.agents.keepStandings(s.scores.epoch, results)
	for i := range results {
		a := &s.agents.list[i]
		a.setPraised(s.clock.TimeMs, juryScore(results[i]))
		if results[i].Score != a.score.Now() {
			before := s.basisNow(a)
			a.setScore(s.clock.TimeMs, results[i].Score)
			if a.leftSeq == 0 {
				s.reweigh(slot(i), before, s.basisNow(a))
			}
		}
	}
	s.scores.next(e.Stamp.TimeMs, s.constitution.EpochS*1000)
	s.agenda.add(s.scores.epochMs, op.KindEpoch, 0)
	return nil
}
