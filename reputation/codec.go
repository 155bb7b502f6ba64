package reputation

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// bookMagic names the encoding and its version.
const bookMagic = "econd/reputation/book/4\n"

const (
	cellBytes  = 24
	agentBytes = 16
	dayBytes   = 4
	keyBytes   = 12
)

// AppendBinary appends the book's encoding to buf. Books that were given the
// same receipts and epochs encode to the same bytes, in whatever order the
// receipts of an epoch came. All numbers are big endian: the parameters, the
// last epoch's day, the counts of sealed receipts, later receipts, agents and
// days with their first, and of withdrawn receipts, then each of these. Evidence
// is left out; it follows from the rest.
func (b *Book) AppendBinary(buf []byte) ([]byte, error) {
	tail := slices.Clone(b.tail)
	slices.SortFunc(tail, compareCells)
	withdrawn := slices.Clone(b.withdrawn)
	slices.SortFunc(withdrawn, compareKeys)
	buf = slices.Grow(buf, len(bookMagic)+104+keyBytes*len(withdrawn)+cellBytes*b.Receipts()+agentBytes*len(b.agents)+dayBytes*len(b.active.consumers))
	buf = append(buf, bookMagic...)
	be := binary.BigEndian
	for _, v := range []uint64{
		uint64(b.params.HalfLifePositiveDays), uint64(b.params.HalfLifeNegativeDays),
		uint64(b.params.NegativeWeight), b.params.Tau, b.params.MinReceiptSats, uint64(b.params.FullDayConsumers),
		uint64(b.epochDay), uint64(len(b.sealed)), uint64(len(tail)), uint64(len(b.agents)),
		uint64(len(b.active.consumers)), uint64(b.active.first), uint64(len(withdrawn)),
	} {
		buf = be.AppendUint64(buf, v)
	}
	for _, cells := range [][]cell{b.sealed, tail} {
		for _, c := range cells {
			buf = be.AppendUint32(be.AppendUint32(buf, c.consumer), c.provider)
			buf = be.AppendUint64(buf, c.amount)
			buf = be.AppendUint32(be.AppendUint32(buf, uint32(c.day)), c.moment)
		}
	}
	for _, a := range b.agents {
		buf = be.AppendUint64(be.AppendUint64(buf, a.flow), a.spread)
	}
	for _, n := range b.active.consumers {
		buf = be.AppendUint32(buf, n)
	}
	for _, k := range withdrawn {
		buf = be.AppendUint32(be.AppendUint32(be.AppendUint32(buf, k.consumer), k.provider), k.packed())
	}
	return buf, nil
}

// MarshalBinary returns the book's encoding; see [Book.AppendBinary].
func (b *Book) MarshalBinary() ([]byte, error) { return b.AppendBinary(nil) }

// UnmarshalBinary replaces the book by an encoded one. It accepts one encoding
// per book and checks order, ranges and counts; flows it takes as given, since
// only an epoch can recompute them. An error is an ErrEncoding and leaves the
// book unchanged.
func (b *Book) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	if string(r.take(len(bookMagic))) != bookMagic {
		return fmt.Errorf("%w: it does not start with %+q", ErrEncoding, bookMagic)
	}
	n := &Book{params: Params{
		HalfLifePositiveDays: int64(r.uint64()), HalfLifeNegativeDays: int64(r.uint64()),
		NegativeWeight: int64(r.uint64()), Tau: r.uint64(), MinReceiptSats: r.uint64(), FullDayConsumers: int64(r.uint64()),
	}}
	day, sealed, tail, agents, days, first := r.uint64(), r.uint64(), r.uint64(), r.uint64(), r.uint64(), r.uint64()
	withdrawn := r.uint64()
	if r.short {
		return fmt.Errorf("%w: it ends within its header", ErrEncoding)
	}
	if err := n.params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if day > uint64(maxTimeMs/dayMs) {
		return fmt.Errorf("%w: the epoch's day is %d", ErrEncoding, day)
	}
	n.epochDay = int32(day)
	size := uint64(len(r.data))
	if sealed > size || tail > size || agents > size || agents > MaxAgents || days > size || withdrawn > size ||
		size != cellBytes*(sealed+tail)+agentBytes*agents+dayBytes*days+keyBytes*withdrawn {
		return fmt.Errorf("%w: its length does not fit its counts", ErrEncoding)
	}
	n.sealed, n.tail = r.cells(sealed), r.cells(tail)
	n.agents = make([]agent, agents)
	for i := range n.agents {
		n.agents[i] = agent{flow: r.uint64(), spread: r.uint64()}
	}
	if first > day || first+days != day {
		return fmt.Errorf("%w: its %d days from day %d on do not end before the epoch's, %d", ErrEncoding, days, first, day)
	}
	n.active = activity{first: int32(first), consumers: r.counts(days)}
	n.clock = newClock(n.active, n.epochDay, n.params.FullDayConsumers)
	if err := n.checkDecoded(); err != nil {
		return err
	}
	n.weigh(n.sealed)
	for _, c := range n.tail {
		n.credit(c)
	}
	if err := n.withdrawDecoded(r.keys(withdrawn)); err != nil {
		return err
	}
	*b = *n
	return nil
}

// checkDecoded checks what the rest of the package takes for granted.
func (b *Book) checkDecoded() error {
	for _, cells := range [][]cell{b.sealed, b.tail} {
		for i, c := range cells {
			if err := b.checkDecodedCell(c); err != nil {
				return err
			}
			if i > 0 && compareKeys(cells[i-1].key(), c.key()) >= 0 {
				return fmt.Errorf("%w: receipt %d is out of order", ErrEncoding, i)
			}
		}
	}
	for i, c := range b.sealed {
		if c.day > b.epochDay || c.day < b.active.first || b.spent(c) {
			return fmt.Errorf("%w: sealed receipt %d does not belong to the epoch", ErrEncoding, i)
		}
	}
	for i, c := range b.tail {
		if _, twice := find(b.sealed, c.key()); c.day < b.epochDay || twice {
			return fmt.Errorf("%w: later receipt %d belongs to the epoch", ErrEncoding, i)
		}
	}
	var mass uint64
	for i, a := range b.agents {
		if mass += a.flow; a.flow > FlowOne || mass > FlowOne || a.spread > FlowOne {
			return fmt.Errorf("%w: flow of slot %d is more than there is", ErrEncoding, i)
		}
	}
	return nil
}

// withdrawDecoded repeats the withdrawals since the epoch.
func (b *Book) withdrawDecoded(keys []cellKey) error {
	for i, k := range keys {
		if _, ok := b.inSealed(k); !ok || i > 0 && compareKeys(keys[i-1], k) >= 0 {
			return fmt.Errorf("%w: withdrawn receipt %d is out of order or not of the epoch", ErrEncoding, i)
		}
		if !b.withdraw(k) {
			return fmt.Errorf("%w: withdrawn receipt %d counted for nothing before", ErrEncoding, i)
		}
	}
	return nil
}

func (b *Book) checkDecodedCell(c cell) error {
	if c.day < 0 || c.moment&31 > 2*MaxRating || int64(c.moment>>5) >= dayMs {
		return fmt.Errorf("%w: bad time or rating of a receipt", ErrEncoding)
	}
	if err := c.receipt().check(1); err != nil {
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if int(max(c.consumer, c.provider)) >= len(b.agents) {
		return fmt.Errorf("%w: a receipt names slot %d of %d", ErrEncoding, max(c.consumer, c.provider), len(b.agents))
	}
	return nil
}

// reader takes numbers off the front of data; past the end it gives zeros and
// remembers that it fell short.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if len(r.data) < n {
		r.data, r.short = nil, true
		return make([]byte, n)
	}
	front := r.data[:n]
	r.data = r.data[n:]
	return front
}

func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

func (r *reader) cells(n uint64) []cell {
	cells := make([]cell, n)
	for i := range cells {
		cells[i] = cell{
			consumer: r.uint32(), provider: r.uint32(), amount: r.uint64(),
			day: int32(r.uint32()), moment: r.uint32(),
		}
	}
	return cells
}

func (r *reader) counts(n uint64) []uint32 {
	counts := make([]uint32, n)
	for i := range counts {
		counts[i] = r.uint32()
	}
	return counts
}

func (r *reader) keys(n uint64) []cellKey {
	keys := make([]cellKey, n)
	for i := range keys {
		keys[i] = cellKey{consumer: r.uint32(), provider: r.uint32()}
		packed := r.uint32()
		keys[i].day, keys[i].complaint = int32(packed>>1), packed&1 == 1
	}
	return keys
}

// packed is the day << 1, plus 1 for a complaint.
func (k cellKey) packed() uint32 {
	packed := uint32(k.day) << 1
	if k.complaint {
		packed |= 1
	}
	return packed
}
