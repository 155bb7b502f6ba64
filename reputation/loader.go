package reputation

import "slices"

// loaderRun is how many receipts a loader takes in before it first merges.
const loaderRun = 1 << 20

// Loader fills a book from history, where several receipts may name the same
// consumer, provider and UTC day. They become one: sats add up (to MaxSats at
// most), the latest rating stands, and of several at the same millisecond the
// least favourable. The order of the calls is immaterial. Memory grows with the
// distinct triples, 24 bytes each and up to twice that while it grows, not with
// the receipts.
type Loader struct {
	params Params
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
	l.cells = append(l.cells, newCell(r))
	if len(l.cells) >= max(loaderRun, 2*l.merged) {
		l.merge()
	}
	return nil
}

// Book returns the book of all receipts put in. The loader is empty afterwards.
func (l *Loader) Book() *Book {
	l.merge()
	b := &Book{params: l.params, tail: l.cells}
	for _, c := range b.tail {
		b.grow(max(c.consumer, c.provider))
		b.credit(c)
	}
	l.cells, l.merged = nil, 0
	return b
}

// merge brings the new cells into the order of the old ones and makes those of
// one key one.
func (l *Loader) merge() {
	fresh := slices.Clone(l.cells[l.merged:])
	slices.SortFunc(fresh, compareCells)
	mergeRuns(l.cells, fresh)
	kept := l.cells[:0]
	for _, c := range l.cells {
		if n := len(kept); n > 0 && kept[n-1].key() == c.key() {
			c.sats = min(c.sats+kept[n-1].sats, MaxSats)
			kept[n-1] = c
		} else {
			kept = append(kept, c)
		}
	}
	l.cells, l.merged = kept, len(kept)
}

// mergeRuns merges an ordered run into the ordered cells that stand in front of
// the last len(run) places. It works from the back, so that no third is needed.
func mergeRuns(cells, run []cell) {
	i, j := len(cells)-len(run)-1, len(run)-1
	for k := len(cells) - 1; j >= 0; k-- {
		if i >= 0 && compareCells(cells[i], run[j]) > 0 {
			cells[k] = cells[i]
			i--
		} else {
			cells[k] = run[j]
			j--
		}
	}
}
