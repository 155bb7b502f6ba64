package trustbench

import (
	"fmt"

	"github.com/econd/econd/reputation"
)

// BlindMethod is the engine without decay and with complaints counting once: at
// the end of a network most labelled agents have been silent for long.
func BlindMethod() Method {
	p := reputation.DefaultParams()
	p.HalfLifePositiveDays, p.HalfLifeNegativeDays, p.NegativeWeight = 0, 0, 1
	return Method{Name: "engine, no decay, negatives x1", Params: p}
}

// Methods returns the engine with its defaults and with the days of Engines
// that did best on the first half of the Bitcoin OTC network, and then each
// variation by itself and all together.
func Methods() []Method {
	p := reputation.DefaultParams()
	full := p
	full.FullDayConsumers = 15
	return []Method{
		{Name: "engine, defaults", Params: p},
		{Name: "engine, full_day_consumers 15", Params: full},
		{Name: "rater reliability", Params: p, Reliability: 3},
		{Name: "complaints weighed by trust", Params: p, TrustedComplaints: true},
		{Name: "age in ratings, 20 a day", Params: p, PerDay: 20},
		{Name: "all three", Params: p, PerDay: 20, TrustedComplaints: true, Reliability: 3},
	}
}

// Engines returns the engine with its defaults and with days that count as full
// from so many consumers on: what a constitution can choose among.
func Engines() (out []Method) {
	for _, n := range []int64{0, 2, 3, 5, 7, 10, 15, 20, 30} {
		p := reputation.DefaultParams()
		p.FullDayConsumers = n
		out = append(out, Method{Name: fmt.Sprintf("engine, full_day_consumers %d", n), Params: p})
	}
	return out
}

// Grid returns the combinations that a search chooses among.
func Grid() (out []Method) {
	for _, perDay := range []int64{0, 10, 15, 20, 25, 30, 40} {
		for _, trusted := range []bool{false, true} {
			for _, reliability := range []int{0, 3} {
				for _, weight := range []int64{2, 3, 4} {
					p := reputation.DefaultParams()
					p.NegativeWeight = weight
					out = append(out, Method{
						Name:              fmt.Sprintf("%d ratings a day, trusted complaints %t, reliability %d, negatives x%d", perDay, trusted, reliability, weight),
						Params:            p,
						PerDay:            perDay,
						TrustedComplaints: trusted,
						Reliability:       reliability,
					})
				}
			}
		}
	}
	return out
}
