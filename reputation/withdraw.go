package reputation

// Withdraw makes the consumer's receipt for a provider of a day (see [Day]), the
// complaint or the other, count for nothing, as if it had been added with a discount of PartOne: its evidence
// is gone at once, in constant time but for a binary search, its edge with the
// next epoch. It still bars a second rating of that day. False means that there
// was nothing left to withdraw: no such receipt, or one that counts for nothing
// already.
//
// Additions and withdrawals between two epochs give the same book in whatever
// order they come.
func (b *Book) Withdraw(consumer, provider uint32, day int64, complaint bool) bool {
	if day < 0 || day > maxTimeMs/dayMs {
		return false
	}
	return b.withdraw(cellKey{consumer, provider, int32(day), complaint})
}

func (b *Book) withdraw(k cellKey) bool {
	if i, ok := b.inTail(k); ok {
		if b.tail[i].part() == 0 {
			return false
		}
		b.discredit(b.tail[i])
		b.tail[i].withdraw()
		return true
	}
	i, ok := b.inSealed(k)
	if _, already := b.isWithdrawn[k]; !ok || already || b.sealed[i].part() == 0 {
		return false
	}
	b.discredit(b.sealed[i])
	b.noteWithdrawn(k)
	return true
}

func (b *Book) noteWithdrawn(k cellKey) {
	if b.isWithdrawn == nil {
		b.isWithdrawn = make(map[cellKey]struct{})
	}
	b.isWithdrawn[k] = struct{}{}
	b.withdrawn = append(b.withdrawn, k)
}

// discredit takes a cell's evidence from its provider: what credit gave if it is
// of the tail, and what weigh gave if it is sealed; one of the tail has age 0.
// Only evidence that had reached its bound could be less than the cell gave.
func (b *Book) discredit(c cell) {
	age := b.clock.age(c.day)
	p := &b.agents[c.provider]
	switch rating := c.rating(); {
	case rating > 0:
		given := praise(newDecay(b.params.HalfLifePositiveDays).at(age), trustOf(b, c.consumer), c.part())
		p.positive -= min(given, p.positive)
	case rating < 0:
		given := blame(newDecay(b.params.HalfLifeNegativeDays).at(age), c.part())
		p.negative -= min(given, p.negative)
	}
}
