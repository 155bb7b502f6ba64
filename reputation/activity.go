package reputation

// activity is how many consumers gave a receipt on each UTC day: on those from
// first on, up to the day before the last epoch. It starts with the first day
// that has one.
type activity struct {
	first     int32
	consumers []uint32
}

// extend counts the days from the last epoch's to the one before today. Cells
// are in order and hold every receipt of those days.
func (a *activity) extend(cells []cell, lastEpoch, today int32) {
	if len(a.consumers) == 0 {
		a.first = today
		for _, c := range cells {
			if c.day >= lastEpoch {
				a.first = min(a.first, c.day)
			}
		}
		lastEpoch = a.first
	}
	days := int(today - lastEpoch)
	counts := make([]uint32, days)
	seen := make([]uint64, days) // consumer + 1 that was counted last; cells come by consumer
	for _, c := range cells {
		if i := int(c.day - lastEpoch); i >= 0 && i < days && seen[i] != uint64(c.consumer)+1 {
			seen[i] = uint64(c.consumer) + 1
			counts[i]++
		}
	}
	// A new slice, for clones share the old one.
	a.consumers = append(a.consumers[:len(a.consumers):len(a.consumers)], counts...)
}

// clock tells how old a receipt is at an epoch, in whole days. A day on which
// fewer consumers than Params.FullDayConsumers gave a receipt counts only in
// part; so age is at most what the calendar says, whatever anybody enters.
type clock struct {
	today int32
	first int32
	ages  []int32 // of the days from first on; nil for the calendar
}

// newClock reads the days up to the one before today.
func newClock(a activity, today int32, fullDay int64) clock {
	k := clock{today: today, first: a.first}
	if fullDay == 0 {
		return k
	}
	k.ages = make([]int32, len(a.consumers))
	var passed int64 // in parts of a full day: at most 2^22 days of 2^31
	for i := len(a.consumers) - 1; i >= 0; i-- {
		passed += min(int64(a.consumers[i]), fullDay)
		k.ages[i] = int32(passed / fullDay) // rounded down, as a day that is not over
	}
	return k
}

// age is that of a receipt of the day; one that came after the epoch has none.
func (k clock) age(day int32) int32 {
	if day >= k.today {
		return 0
	}
	if k.ages == nil {
		return k.today - day
	}
	return k.ages[day-k.first]
}
