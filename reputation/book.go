package reputation

import (
	"fmt"
	"slices"
)

// Book holds the receipts of an economy and the result of its last epoch.
// Between epochs [Book.Add] moves the provider's evidence at once, in constant
// time and with the flow of the last epoch; [Book.Epoch] recomputes everything.
type Book struct {
	params Params
	// sealed are the cells of the last epoch and before, tail those since.
	sealed, tail []cell
	// open tells where in the tail what may be rated once is; nil while the tail
	// is in order, when a binary search does.
	open map[cellKey]int
	// withdrawn are sealed cells that count for nothing since the last epoch, each
	// once. The cells themselves change at the next one: a [LastEpoch] reads them.
	withdrawn   []cellKey
	isWithdrawn map[cellKey]struct{}
	// epochDay is the day of the last epoch; no receipt may be older.
	epochDay int32
	// active counts the days before it; clock is how old receipts are on it.
	active activity
	clock  clock
	agents []agent
}

// agent is what a book remembers of one slot.
type agent struct {
	flow     uint64 // T, at the last epoch
	spread   uint64 // y of the last round: flow given per unit of edge weight
	positive uint64 // r, in units of 1/EvidenceOne
	negative uint64 // sum of D-, in units of 1/DecayOne, before its weight
}

// NewBook returns an empty book. Its parameters hold until the first epoch
// brings its own.
func NewBook(p Params) (*Book, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &Book{params: p}, nil
}

// Params returns the rules of the last epoch.
func (b *Book) Params() Params { return b.params }

// EpochDay returns the day of the last epoch, 0 before the first.
func (b *Book) EpochDay() int64 { return int64(b.epochDay) }

// Agents returns how many slots the book knows.
func (b *Book) Agents() int { return len(b.agents) }

// Receipts returns how many receipts the book holds; those that no longer
// count are dropped at each epoch.
func (b *Book) Receipts() int { return len(b.sealed) + len(b.tail) }

// Check tells whether [Book.Add] would accept a receipt. It refuses what is
// out of range (ErrReceipt), self-ratings (ErrSelfRating), days before the last
// epoch (ErrLate) and the second rating of a provider by a consumer on one day
// (ErrAlreadyRated), unless it is the first complaint.
func (b *Book) Check(r Receipt) error {
	if err := r.check(b.params.MinReceiptSats); err != nil {
		return err
	}
	c := newCell(r)
	if c.day < b.epochDay {
		return fmt.Errorf("%w: day %d, the last epoch was on day %d", ErrLate, c.day, b.epochDay)
	}
	if b.has(c.key()) || !c.key().complaint && b.has(c.key().other()) {
		return fmt.Errorf("%w: slot %d rated slot %d on day %d before", ErrAlreadyRated, r.Consumer, r.Provider, c.day)
	}
	return nil
}

// Add records a receipt, or returns the error of [Book.Check] and changes
// nothing. The provider's evidence moves at once; flow waits for the epoch. A
// complaint takes the place of what the consumer said of the provider that day:
// that is withdrawn.
func (b *Book) Add(r Receipt) error {
	if err := b.Check(r); err != nil {
		return err
	}
	c := newCell(r)
	if c.key().complaint {
		b.withdraw(c.key().other())
	}
	b.remember(c)
	b.grow(max(r.Consumer, r.Provider))
	b.credit(c)
	return nil
}

// HasRated reports whether the consumer's rating of the provider on a day (see
// [Day]) is in the book.
func (b *Book) HasRated(consumer, provider uint32, day int64) bool {
	if day < 0 || day > maxTimeMs/dayMs {
		return false
	}
	k := cellKey{consumer, provider, int32(day), false}
	return b.has(k) || b.has(k.other())
}

func (b *Book) has(k cellKey) bool {
	if _, ok := b.inSealed(k); ok {
		return true
	}
	_, ok := b.inTail(k)
	return ok
}

func (b *Book) inSealed(k cellKey) (int, bool) {
	if k.day > b.epochDay {
		return 0, false
	}
	return find(b.sealed, k)
}

func (b *Book) inTail(k cellKey) (int, bool) {
	if b.open == nil {
		return find(b.tail, k)
	}
	i, ok := b.open[k]
	return i, ok
}

func find(cells []cell, k cellKey) (int, bool) {
	return slices.BinarySearchFunc(cells, k, func(c cell, k cellKey) int { return compareKeys(c.key(), k) })
}

// remember appends a cell to the tail, indexing the tail from the first cell on
// that comes out of order.
func (b *Book) remember(c cell) {
	if n := len(b.tail); b.open == nil && n > 0 && compareKeys(b.tail[n-1].key(), c.key()) > 0 {
		b.index()
	}
	b.tail = append(b.tail, c)
	if b.open != nil {
		b.open[c.key()] = len(b.tail) - 1
	}
}

func (b *Book) index() {
	b.open = make(map[cellKey]int, len(b.tail))
	for i, c := range b.tail {
		b.open[c.key()] = i
	}
}

// grow makes the book know the slots up to and including the given one.
func (b *Book) grow(slot uint32) {
	if n := int(slot) + 1; n > len(b.agents) {
		b.agents = append(b.agents, make([]agent, n-len(b.agents))...)
	}
}

// credit adds a fresh receipt to its provider's evidence.
func (b *Book) credit(c cell) {
	p := &b.agents[c.provider]
	switch rating := c.rating(); {
	case rating > 0:
		p.positive = min(p.positive+praise(DecayOne, trustOf(b, c.consumer), c.part()), evidenceMax)
	case rating < 0:
		p.negative = min(p.negative+blame(DecayOne, c.part()), evidenceMax)
	}
}

// Clone returns an independent copy.
func (b *Book) Clone() *Book {
	c := *b
	c.sealed, c.tail, c.agents = slices.Clone(b.sealed), slices.Clone(b.tail), slices.Clone(b.agents)
	if b.open != nil {
		c.index()
	}
	c.withdrawn, c.isWithdrawn = nil, nil
	for _, k := range b.withdrawn {
		c.noteWithdrawn(k)
	}
	return &c
}
