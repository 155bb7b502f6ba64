package reputation

import (
	"cmp"
	"fmt"
)

const (
	dayMs = int64(86_400_000)
	// maxTimeMs is the end of the year 9999.
	maxTimeMs = int64(253_402_300_799_999)
)

// MaxRating is the size of the strongest rating, either way.
const MaxRating = 10

// Receipt is one rated payment that the payee acknowledged, which the caller has
// checked.
type Receipt struct {
	// Consumer claims to have paid and rates; Provider is rated. Both are agent
	// slots, and they differ.
	Consumer uint32 `json:"consumer"`
	Provider uint32 `json:"provider"`
	// Sats is the amount of the payment, Params.MinReceiptSats to MaxSats.
	Sats uint64 `json:"sats"`
	// Rating is -10 to 10. Only its sign moves the score: measured on real
	// markets, the size of a rating says more about the rater than about the
	// rated. Zero is a payment without an opinion and moves nothing.
	Rating int8 `json:"rating"`
	// Discount is the part of it that does not count, in units of 1/PartOne: 0
	// for a receipt that counts whole, PartOne for one that counts for nothing.
	// What counts of its edge and of its evidence is rounded down.
	Discount uint16 `json:"discount,omitempty"`
	// TimeMs is when the receipt entered the record, in Unix milliseconds,
	// 0 to the year 9999. What counts is its UTC day.
	TimeMs int64 `json:"time_ms"`
}

// Day returns the UTC day, counted from 1970, of a Unix time in milliseconds,
// rounded down.
func Day(unixMs int64) int64 {
	day := unixMs / dayMs
	if unixMs%dayMs < 0 {
		day--
	}
	return day
}

// check refuses a receipt that no book could hold.
func (r Receipt) check(minSats uint64) error {
	switch {
	case r.Consumer >= MaxAgents:
		return fmt.Errorf("%w: consumer slot %d, want below %d", ErrReceipt, r.Consumer, MaxAgents)
	case r.Provider >= MaxAgents:
		return fmt.Errorf("%w: provider slot %d, want below %d", ErrReceipt, r.Provider, MaxAgents)
	case r.Consumer == r.Provider:
		return fmt.Errorf("%w: consumer and provider are both slot %d", ErrSelfRating, r.Consumer)
	case r.Sats < minSats || r.Sats > MaxSats:
		return fmt.Errorf("%w: sats is %d, want %d to %d", ErrReceipt, r.Sats, minSats, MaxSats)
	case r.Rating < -MaxRating || r.Rating > MaxRating:
		return fmt.Errorf("%w: rating is %d, want -%d to %d", ErrReceipt, r.Rating, MaxRating, MaxRating)
	case uint64(r.Discount) > PartOne:
		return fmt.Errorf("%w: discount is %d, want 0 to %d", ErrReceipt, r.Discount, PartOne)
	case r.TimeMs < 0 || r.TimeMs > maxTimeMs:
		return fmt.Errorf("%w: time is %d ms, want 0 to %d", ErrReceipt, r.TimeMs, maxTimeMs)
	}
	return nil
}

// cell is a receipt as it is stored: 24 bytes. Cells of a book are ordered by
// consumer, provider, day, praise before complaint, and there is one of each.
type cell struct {
	consumer, provider uint32
	// amount is the discount << 51 | sats: MaxSats is below 2^51.
	amount uint64
	day    int32
	// moment is the millisecond of the day << 5 | 10 - rating, so that among
	// the cells of one day the last in order is the latest, and at the same
	// millisecond the least favourable.
	moment uint32
}

const (
	satsBits = 51
	satsMask = uint64(1)<<satsBits - 1
)

func newCell(r Receipt) cell {
	return cell{
		consumer: r.Consumer,
		provider: r.Provider,
		amount:   uint64(r.Discount)<<satsBits | r.Sats,
		day:      int32(r.TimeMs / dayMs),
		moment:   uint32(r.TimeMs%dayMs)<<5 | uint32(MaxRating-int32(r.Rating)),
	}
}

func (c cell) sats() uint64 { return c.amount & satsMask }

// part is how much of the cell counts, in units of 1/PartOne; below zero it wraps,
// which only a decoder meets that has not checked the cell yet.
func (c cell) part() uint64 { return PartOne - c.amount>>satsBits }

// withdraw makes the cell count for nothing.
func (c *cell) withdraw() { c.amount = PartOne<<satsBits | c.sats() }

func (c cell) rating() int8 { return int8(MaxRating - int32(c.moment&31)) }

func (c cell) receipt() Receipt {
	return Receipt{
		Consumer: c.consumer,
		Provider: c.provider,
		Sats:     c.sats(),
		Rating:   c.rating(),
		Discount: uint16(c.amount >> satsBits),
		TimeMs:   int64(c.day)*dayMs + int64(c.moment>>5),
	}
}

// key names what a book holds once: the rating of a day, and the complaint that
// took its place.
func (c cell) key() cellKey { return cellKey{c.consumer, c.provider, c.day, c.rating() < 0} }

type cellKey struct {
	consumer, provider uint32
	day                int32
	complaint          bool
}

// other is the key of the complaint beside praise, and the other way round.
func (k cellKey) other() cellKey {
	k.complaint = !k.complaint
	return k
}

func compareKeys(a, b cellKey) int {
	if a.consumer != b.consumer {
		return cmp.Compare(a.consumer, b.consumer)
	}
	if a.provider != b.provider {
		return cmp.Compare(a.provider, b.provider)
	}
	switch c := cmp.Compare(a.day, b.day); {
	case c != 0 || a.complaint == b.complaint:
		return c
	case b.complaint:
		return -1
	}
	return 1
}

// compareMoments orders the cells of a day by their instants, whatever they say.
func compareMoments(a, b cell) int {
	x, y := a.key(), b.key()
	x.complaint, y.complaint = false, false
	return cmp.Or(compareKeys(x, y), cmp.Compare(a.moment, b.moment))
}

// compareCells is the total order of a book's cells.
func compareCells(a, b cell) int {
	if c := compareKeys(a.key(), b.key()); c != 0 {
		return c
	}
	return cmp.Compare(a.moment, b.moment)
}
