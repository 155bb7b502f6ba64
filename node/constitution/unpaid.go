package constitution

// maxUnpaidPerAgent and maxUnpaid are the limits in force.
func (r StakeRules) UnpaidPerAgent() int64 { return orElse(r.MaxUnpaidPerAgent, 3) }

func (r StakeRules) Unpaid() int64 { return orElse(r.MaxUnpaid, 256) }

// MostUnpaid bounds how many holds a constitution lets be unpaid: all of them are
// looked at where one has to make room.
const MostUnpaid = 10_000
