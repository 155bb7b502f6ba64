package reputation

import (
	"cmp"
	"math"
	"slices"
)

// LastEpoch is what the receipts up to a book's last epoch gave to whom. It
// costs nothing to take and shares its memory with the book, of which
// [Book.Add] and [Book.Withdraw] change no part that it reads: it may be read
// beside a goroutine that adds and withdraws receipts. Only [Book.Epoch] on that very book ends its life; one on
// a clone does not.
type LastEpoch struct {
	params Params
	clock  clock
	sealed []cell
	agents []agent // only flow and spread are read
}

// LastEpoch returns the receipts of the last epoch and before.
func (b *Book) LastEpoch() LastEpoch {
	return LastEpoch{params: b.params, clock: b.clock, sealed: b.sealed, agents: b.agents}
}

// Source tells what one consumer contributed to a provider's result, or false
// if none of its receipts counts. Keys are those of the epoch. It takes a binary
// search over all receipts and a pass over the consumer's own.
func (l LastEpoch) Source(consumer, provider uint32, keys [][32]byte) (Source, bool) {
	cells := l.given(consumer)
	from, ok := slices.BinarySearchFunc(cells, provider, func(c cell, p uint32) int { return cmp.Compare(c.provider, p) })
	if !ok {
		return Source{}, false
	}
	s := l.newSource(consumer)
	for _, c := range cells[from:] {
		if c.provider != provider {
			break
		}
		s.add(l, c)
	}
	row := appendRow(nil, cells, l.clock, newDecay(l.params.HalfLifePositiveDays))
	s.EdgeTotal = rescale(row, keys)
	for _, e := range row {
		if e.provider == provider {
			s.EdgeWeight = e.weight
			s.FlowGiven = l.agents[consumer].spread * uint64(e.weight)
		}
	}
	return s, true
}

// given returns the sealed receipts by a consumer.
func (l LastEpoch) given(consumer uint32) []cell {
	first := func(c cell, consumer uint64) int { return cmp.Compare(uint64(c.consumer), consumer) }
	from, _ := slices.BinarySearchFunc(l.sealed, uint64(consumer), first)
	n, _ := slices.BinarySearchFunc(l.sealed[from:], uint64(consumer)+1, first)
	return l.sealed[from : from+n]
}

// newSource is a consumer's entry before its receipts are added.
func (l LastEpoch) newSource(consumer uint32) Source {
	s := Source{Consumer: consumer, Receipts: []CountedReceipt{}}
	if int(consumer) < len(l.agents) {
		s.ConsumerFlow = l.agents[consumer].flow
		s.Trust = trust(s.ConsumerFlow, l.params.Tau)
	}
	return s
}

// add accounts for one receipt.
func (s *Source) add(l LastEpoch, c cell) {
	age := l.clock.age(c.day)
	r := CountedReceipt{Receipt: c.receipt(), AgeDays: int64(age)}
	switch rating := c.rating(); {
	case rating > 0:
		r.Decay = newDecay(l.params.HalfLifePositiveDays).at(age)
		r.Positive = praise(r.Decay, s.Trust, c.part())
	case rating < 0:
		r.Decay = newDecay(l.params.HalfLifeNegativeDays).at(age)
		r.Negative = complaint(blame(r.Decay, c.part()), l.params.NegativeWeight)
	}
	s.Positive += r.Positive
	s.Negative += r.Negative
	s.Receipts = append(s.Receipts, r)
}

// consumers lists who has a sealed receipt for a provider, in order.
func (l LastEpoch) consumers(provider uint32) (list []uint32) {
	last := uint64(math.MaxUint64)
	for _, c := range l.sealed {
		if c.provider == provider && uint64(c.consumer) != last {
			last = uint64(c.consumer)
			list = append(list, c.consumer)
		}
	}
	return slices.Clip(list)
}
