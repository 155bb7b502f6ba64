package plot

import (
	"math"
	"strconv"
	"strings"
)

// Axis is a scale and what it measures.
type Axis struct {
	Label string // with the unit
	Log   bool   // logarithmic; values must be positive
	// Whole asks for ticks on whole numbers only.
	Whole bool
	// Min and Max, where Max is more than Min, are shown whatever the data.
	Min, Max float64
}

// scaled is an axis with its range, and the pixels that it covers.
type scaled struct {
	Axis
	low, high float64
	from, to  float64
	ticks     []float64
}

// spread fits the axis to finite values; every value lies on it.
func (a Axis) spread(values []float64, from, to float64) scaled {
	s := scaled{Axis: a, from: from, to: to, low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range values {
		if !math.IsInf(v, 0) && !math.IsNaN(v) && (!a.Log || v > 0) {
			s.low, s.high = min(s.low, v), max(s.high, v)
		}
	}
	if a.Max > a.Min {
		s.low, s.high = min(s.low, a.Min), max(s.high, a.Max)
	}
	if s.low > s.high {
		s.low, s.high = 0, 1
		if a.Log {
			s.low = 0.1
		}
	}
	if a.Log {
		s.logTicks()
	} else {
		s.linearTicks()
	}
	return s
}

// linearTicks widens the range to ticks at 1, 2 or 5 times a power of ten.
func (s *scaled) linearTicks() {
	if s.high == s.low {
		s.low, s.high = s.low-math.Abs(s.low)/2, s.high+math.Abs(s.high)/2
		if s.high == s.low {
			s.low, s.high = 0, 1
		}
	}
	rough := (s.high - s.low) / 5
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if rough <= m*power*1.001 {
			step = m * power
			break
		}
	}
	if s.Whole {
		step = max(1, math.Round(step))
	}
	first, last := math.Floor(s.low/step+1e-9), math.Ceil(s.high/step-1e-9)
	s.low, s.high = first*step, last*step
	for i := first; i <= last; i++ {
		s.ticks = append(s.ticks, i*step)
	}
}

// logTicks puts ticks at powers of ten, and at 2 and 5 between them where there
// is room.
func (s *scaled) logTicks() {
	if s.high == s.low {
		s.low, s.high = s.low/2, s.high*2
	}
	decades := math.Log10(s.high / s.low)
	pad := math.Pow(10, decades*0.02)
	s.low, s.high = s.low/pad, s.high*pad
	factors := []float64{1}
	switch {
	case decades < 1:
		factors = []float64{1, 2, 3, 4, 5, 6, 8}
	case decades <= 3:
		factors = []float64{1, 2, 5}
	}
	for e := math.Floor(math.Log10(s.low)); e <= math.Log10(s.high); e++ {
		for _, m := range factors {
			if v := m * math.Pow(10, e); v >= s.low && v <= s.high {
				s.ticks = append(s.ticks, v)
			}
		}
	}
}

// at is the pixel of a value.
func (s *scaled) at(v float64) float64 {
	part := (v - s.low) / (s.high - s.low)
	if s.Log {
		part = math.Log(v/s.low) / math.Log(s.high/s.low)
	}
	return s.from + part*(s.to-s.from)
}

// Number spells a value briefly: 1500 as 1.5k, 2000000 as 2M, with at most
// three significant digits.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 999.5e6:
		return digits(v/1e9) + "G"
	case a >= 999.5e3:
		return digits(v/1e6) + "M"
	case a >= 999.5:
		return digits(v/1e3) + "k"
	}
	return digits(v)
}

func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	places := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)*1.0000001))))
	s := strconv.FormatFloat(v, 'f', min(places, 9), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}
