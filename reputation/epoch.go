package reputation

import (
	"fmt"
	"math"
	"slices"
)

// Snapshot is what an epoch needs besides the receipts.
type Snapshot struct {
	// Params are the rules in force.
	Params Params
	// Day is today (see [Day]); no receipt in the book may be younger, and no
	// earlier epoch later.
	Day int64
	// Keys are the agents' public keys by slot; they cover every slot of the
	// book and order what rounding leaves. Equal keys are ordered by slot.
	Keys [][32]byte
	// Stakes are the agents' locked sats by slot; shorter than Keys means zero
	// for the rest.
	Stakes []uint64
	// Seeds are the slots that share the pre-trust evenly while nobody has
	// staked. Repetition changes nothing.
	Seeds []uint32
	// Workers is how many goroutines may run the flow; below 1 means 1. The
	// result does not depend on it.
	Workers int
}

// Epoch recomputes flow from the canonical start, and all evidence, as of a
// day. Receipts past ten half-lives are dropped. On an error, an ErrParams or
// ErrSnapshot, the book is unchanged.
//
// With no stake and no seeds there is no trust to spread: every flow is zero.
func (b *Book) Epoch(s Snapshot) error {
	today, err := b.checkSnapshot(s)
	if err != nil {
		return err
	}
	start, err := newPretrust(effectiveStakes(s), s.Keys)
	if err != nil {
		return err
	}
	b.params = s.Params
	b.seal(today)
	g := b.newGraph(s.Keys)
	flows, spread := flow(g, start, s.Workers)
	b.agents = make([]agent, len(s.Keys))
	for i := range b.agents {
		b.agents[i] = agent{flow: flows[i], spread: spread[i]}
	}
	b.weigh(b.sealed)
	return nil
}

func (b *Book) checkSnapshot(s Snapshot) (today int32, err error) {
	if err := s.Params.Validate(); err != nil {
		return 0, err
	}
	n := len(s.Keys)
	switch {
	case s.Day < int64(b.epochDay) || s.Day > maxTimeMs/dayMs:
		return 0, fmt.Errorf("%w: day is %d, want %d (the last epoch's) to %d", ErrSnapshot, s.Day, b.epochDay, maxTimeMs/dayMs)
	case n > MaxAgents:
		return 0, fmt.Errorf("%w: %d keys, want at most %d", ErrSnapshot, n, MaxAgents)
	case n < len(b.agents):
		return 0, fmt.Errorf("%w: %d keys for %d agents", ErrSnapshot, n, len(b.agents))
	case len(s.Stakes) > n:
		return 0, fmt.Errorf("%w: %d stakes for %d keys", ErrSnapshot, len(s.Stakes), n)
	case uint64(b.Receipts()) > math.MaxUint32:
		return 0, fmt.Errorf("%w: %d receipts, want at most %d", ErrSnapshot, b.Receipts(), uint32(math.MaxUint32))
	}
	for _, seed := range s.Seeds {
		if int(seed) >= n {
			return 0, fmt.Errorf("%w: seed slot %d, want below %d", ErrSnapshot, seed, n)
		}
	}
	for _, c := range b.tail {
		if int64(c.day) > s.Day {
			return 0, fmt.Errorf("%w: day is %d, but a receipt is from day %d", ErrSnapshot, s.Day, c.day)
		}
	}
	return int32(s.Day), nil
}

// effectiveStakes returns the stakes, or one sat for each seed while there are
// none.
func effectiveStakes(s Snapshot) []uint64 {
	for _, stake := range s.Stakes {
		if stake > 0 {
			return s.Stakes
		}
	}
	stakes := make([]uint64, len(s.Keys))
	for _, seed := range s.Seeds {
		stakes[seed] = 1
	}
	return stakes
}

// seal merges the tail into the ordered cells, turns to a new day and drops the
// cells that no longer count, withdrawn ones among them.
func (b *Book) seal(today int32) {
	for _, k := range b.withdrawn {
		if i, ok := find(b.sealed, k); ok {
			b.sealed[i].withdraw()
		}
	}
	b.withdrawn, b.isWithdrawn = nil, nil
	slices.SortFunc(b.tail, compareCells)
	if len(b.sealed) == 0 {
		b.sealed, b.tail = b.tail, nil
	} else {
		b.sealed = append(b.sealed, b.tail...)
		mergeRuns(b.sealed, b.tail, compareCells)
		b.tail = b.tail[:0]
	}
	b.open = nil
	b.active.extend(b.sealed, b.epochDay, today)
	b.epochDay = today
	b.clock = newClock(b.active, today, b.params.FullDayConsumers)
	b.sealed = slices.DeleteFunc(b.sealed, b.spent)
}

// spent tells whether a receipt has stopped counting. One of today stays even
// without an opinion: it bars a second one.
func (b *Book) spent(c cell) bool {
	age := b.clock.age(c.day)
	switch rating := c.rating(); {
	case c.day == b.epochDay:
		return false
	case c.part() == 0:
		return true
	case rating > 0:
		return newDecay(b.params.HalfLifePositiveDays).at(age) == 0
	case rating < 0:
		return newDecay(b.params.HalfLifeNegativeDays).at(age) == 0
	}
	return true
}

// newGraph builds the flow's graph from the sealed cells.
func (b *Book) newGraph(keys [][32]byte) *graph {
	positive := newDecay(b.params.HalfLifePositiveDays)
	edges := countEdges(b.sealed)
	row := make([]uint32, 1, len(keys)+1)
	target, weight := make([]uint32, 0, edges), make([]uint32, 0, edges)
	var scratch []edge
	for cells := b.sealed; len(cells) > 0; {
		consumer, n := cells[0].consumer, sameConsumer(cells)
		for len(row) <= int(consumer) {
			row = append(row, uint32(len(target)))
		}
		scratch = appendRow(scratch[:0], cells[:n], b.clock, positive)
		rescale(scratch, keys)
		for _, e := range scratch {
			if e.weight > 0 {
				target, weight = append(target, e.provider), append(weight, e.weight)
			}
		}
		cells = cells[n:]
	}
	for len(row) <= len(keys) {
		row = append(row, uint32(len(target)))
	}
	return newGraph(row, target, weight)
}

// countEdges returns how many consumer-provider pairs have a positive cell.
func countEdges(cells []cell) (n int) {
	var last cell
	for _, c := range cells {
		if c.rating() > 0 && c.part() > 0 && (n == 0 || c.consumer != last.consumer || c.provider != last.provider) {
			n++
			last = c
		}
	}
	return n
}

// sameConsumer returns how many cells the first one's consumer has.
func sameConsumer(cells []cell) int {
	n := 1
	for n < len(cells) && cells[n].consumer == cells[0].consumer {
		n++
	}
	return n
}

// weigh adds the evidence of cells, decayed to the day of the epoch, to their
// providers. Each receipt is rounded down by itself, so order is immaterial.
func (b *Book) weigh(cells []cell) {
	positive, negative := newDecay(b.params.HalfLifePositiveDays), newDecay(b.params.HalfLifeNegativeDays)
	var consumer uint32
	belief := trustOf(b, 0)
	for _, c := range cells {
		if c.consumer != consumer {
			consumer = c.consumer
			belief = trustOf(b, consumer)
		}
		age := b.clock.age(c.day)
		p := &b.agents[c.provider]
		switch rating := c.rating(); {
		case rating > 0:
			p.positive = min(p.positive+praise(positive.at(age), belief, c.part()), evidenceMax)
		case rating < 0:
			p.negative = min(p.negative+blame(negative.at(age), c.part()), evidenceMax)
		}
	}
}

func trustOf(b *Book, slot uint32) uint64 {
	if int(slot) >= len(b.agents) {
		return 0
	}
	return trust(b.agents[slot].flow, b.params.Tau)
}
