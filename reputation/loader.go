package reputation

import "slices"

// A loader keeps the cells of loaderSpan consumers together, and of these takes
// in loaderRun before it first merges them. So what grows or is copied at any
// time is a small part of the whole.
const (
	loaderSpan = 1 << 12
	loaderRun  = 1 << 14
)

// Loader fills a book from history, where several receipts may name the same
// consumer, provider and UTC day. They become one: sats add up (to MaxSats at
// most), the latest rating stands, and of several at the same millisecond the
// least favourable, with its discount. The order of the calls is immaterial. Memory grows with the
// distinct triples, not with the receipts: 24 bytes each, up to a quarter more
// while it grows, and up to twice that where receipts repeat.
type Loader struct {
	params Params
	shards []shard // by consumer / loaderSpan
}

// shard is the cells of some consumers that follow each other.
type shard struct {
	cells  []cell
	merged int // length after the last merge
}

// NewLoader returns an empty loader for a book with these rules.
func NewLoader(p Params) (*Loader, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &Loader{params: p}, nil
}

// Put takes in a receipt, or refuses it with ErrReceipt or ErrSelfRating.
func (l *Loader) Put(r Receipt) error {
	if err := r.check(l.params.MinReceiptSats); err != nil {
		return err
	}
	at := int(r.Consumer / loaderSpan)
	for at >= len(l.shards) {
		l.shards = append(l.shards, shard{})
	}
	s := &l.shards[at]
	s.cells = append(s.cells, newCell(r))
	if len(s.cells) >= max(loaderRun, 2*s.merged) {
		s.merge()
	}
	return nil
}

// Book returns the book of all receipts put in. The loader is empty afterwards.
func (l *Loader) Book() *Book {
	b := &Book{params: l.params, tail: l.join()}
	for _, c := range b.tail {
		b.grow(max(c.consumer, c.provider))
		b.credit(c)
	}
	return b
}

// join moves the cells of all shards into one ordered slice.
func (l *Loader) join() []cell {
	total := 0
	for i := range l.shards {
		l.shards[i].merge()
		total += len(l.shards[i].cells)
	}
	all := make([]cell, 0, total)
	for i := range l.shards {
		all = append(all, l.shards[i].cells...)
		l.shards[i].cells = nil
	}
	l.shards = nil
	return all
}

// merge brings the new cells into the order of the old ones and makes those of
// one consumer, provider and day one.
func (s *shard) merge() {
	fresh := slices.Clone(s.cells[s.merged:])
	slices.SortFunc(fresh, compareMoments)
	mergeRuns(s.cells, fresh, compareMoments)
	kept := s.cells[:0]
	for _, c := range s.cells {
		if n := len(kept); n > 0 && sameDay(kept[n-1], c) {
			c.amount += min(kept[n-1].sats(), MaxSats-c.sats())
			kept[n-1] = c
		} else {
			kept = append(kept, c)
		}
	}
	s.cells, s.merged = kept, len(kept)
}

func sameDay(a, b cell) bool {
	return a.consumer == b.consumer && a.provider == b.provider && a.day == b.day
}

// mergeRuns merges an ordered run into the ordered cells that stand in front of
// the last len(run) places. It works from the back, so that no third is needed.
func mergeRuns(cells, run []cell, compare func(a, b cell) int) {
	i, j := len(cells)-len(run)-1, len(run)-1
	for k := len(cells) - 1; j >= 0; k-- {
		if i >= 0 && compare(cells[i], run[j]) > 0 {
			cells[k] = cells[i]
			i--
		} else {
			cells[k] = run[j]
			j--
		}
	}
}
