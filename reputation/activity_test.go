package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// ageOf lets consumers buy on each day, so many on each, and tells how old the
// first day is on the last.
func ageOf(t *testing.T, fullDay int64, consumers ...uint32) int32 {
	p := DefaultParams()
	p.FullDayConsumers = fullDay
	b, err := NewBook(p)
	require.NoError(t, err)
	for day, n := range consumers {
		for c := range n {
			require.NoError(t, b.Add(Receipt{Consumer: c + 2, Provider: 0, Sats: 1, Rating: 1, TimeMs: at(int64(day))}))
			require.NoError(t, b.Add(Receipt{Consumer: c + 2, Provider: 1, Sats: 1, Rating: -1, TimeMs: at(int64(day))}))
		}
	}
	require.NoError(t, b.Epoch(Snapshot{Params: p, Day: int64(len(consumers)), Keys: testKeys(100)}))
	return b.clock.age(0)
}

// A day counts for the share that its consumers are of a full day's, however
// much each of them bought, and never for more than one.
func TestQuietDaysCountInPart(t *testing.T) {
	for _, c := range []struct {
		fullDay   int64
		consumers []uint32
		age       int32
	}{
		{0, []uint32{1, 0, 0, 0}, 4},
		{1, []uint32{1, 0, 0, 0}, 1},
		{4, []uint32{4, 4, 4, 4}, 4},
		{4, []uint32{90, 90, 90, 90}, 4},
		{4, []uint32{1, 1, 1}, 0},       // 3/4
		{4, []uint32{1, 1, 1, 1}, 1},    // 4/4
		{4, []uint32{3, 5, 0, 0, 0}, 1}, // 3/4 + 1
		{4, []uint32{3, 5, 0, 1, 0}, 2}, // 3/4 + 1 + 1/4
		{MaxAgents, []uint32{90, 90, 90, 90}, 0},
	} {
		require.Equal(t, c.age, ageOf(t, c.fullDay, c.consumers...), "%+v", c)
	}
}

// Nothing that anybody enters makes a receipt older than the calendar does, or
// anything younger again: complaints weigh at least what they weigh without the
// rule.
func TestNoReceiptAgesFasterThanTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 10).Draw(t, "agents")
		slow := drawParams(t)
		calendar := slow
		calendar.FullDayConsumers = 0
		receipts := drawReceipts(t, n, 60)
		one, two := newTestBook(t, slow, receipts), newTestBook(t, calendar, receipts)
		for day := int64(60); day < 90; day += 10 {
			before := one.clock
			require.NoError(t, one.Epoch(Snapshot{Params: slow, Day: day, Keys: testKeys(n), Seeds: []uint32{0}}))
			require.NoError(t, two.Epoch(Snapshot{Params: calendar, Day: day, Keys: testKeys(n), Seeds: []uint32{0}}))
			for d := one.active.first; int64(d) < day; d++ {
				require.LessOrEqual(t, one.clock.age(d), two.clock.age(d))
				if day > 60 && d < before.today {
					require.GreaterOrEqual(t, one.clock.age(d), before.age(d))
				}
			}
			for v := range uint32(n) {
				require.GreaterOrEqual(t, one.Result(v).Negative, two.Result(v).Negative)
			}
		}
	})
}
