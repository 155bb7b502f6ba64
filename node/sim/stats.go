package sim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the level of every interval, 95 %.
const Confidence = 0.95

// z is the two-sided quantile of the normal distribution at Confidence.
var z = distuv.UnitNormal.Quantile(1 - (1-Confidence)/2)

// resamples is how often a bootstrap draws.
const resamples = 1000

// Interval is a range of plausible values.
type Interval struct{ Low, High float64 }

// noInterval stands where values give none: there are none, or they are all
// equal and say nothing about their spread.
var noInterval = Interval{math.NaN(), math.NaN()}

// none tells whether there is no interval.
func (i Interval) none() bool { return math.IsNaN(i.Low) }

// Summary describes one metric over the replicates of a cell.
type Summary struct {
	N        int
	Mean, SD float64 // SD with n-1; 0 for one value
	// T is Student's interval for the mean, Bootstrap the percentile
	// interval (Efron 1979). Where all values are equal, or there is one
	// only, there is neither: NaN.
	T, Bootstrap Interval
	Quantiles    [5]float64 // 5, 25, 50, 75, 95 %; NaN without values
}

// quantileLevels are those of Summary.Quantiles.
var quantileLevels = [5]float64{.05, .25, .5, .75, .95}

// Summarise describes the values; without any all is NaN. The draw seeds the
// bootstrap.
func Summarise(values []float64, d Draw) Summary {
	s := Summary{N: len(values), Mean: mean(values), SD: deviation(values), T: noInterval, Bootstrap: noInterval}
	sorted := slices.Sorted(slices.Values(values))
	for i, q := range quantileLevels {
		s.Quantiles[i] = quantile(sorted, q)
	}
	if s.N == 0 {
		s.SD = math.NaN()
	}
	if !(s.SD > 0) {
		return s
	}
	s.T = student(values)
	rng := Stream(d)
	s.Bootstrap = bootstrap(func() float64 {
		var sum float64
		for range values {
			sum += values[rng.IntN(len(values))]
		}
		return sum / float64(len(values))
	})
	return s
}

// deviation is the standard deviation with n-1; 0 for fewer than two values.
func deviation(values []float64) float64 {
	m, n := mean(values), float64(len(values))
	if n < 2 || slices.Min(values) == slices.Max(values) {
		return 0 // exactly, where the mean is off by a last bit
	}
	var squares float64
	for _, v := range values {
		squares += (v - m) * (v - m)
	}
	return math.Sqrt(squares / (n - 1))
}

// student is Student's interval for the mean; with one value that value.
func student(values []float64) Interval {
	m, n := mean(values), float64(len(values))
	if n < 2 {
		return Interval{m, m}
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-Confidence)/2)
	half := t * deviation(values) / math.Sqrt(n)
	return Interval{m - half, m + half}
}

// bootstrap is the percentile interval of a statistic that draws its own
// resample at each call, of those that have the statistic (NaN: not).
func bootstrap(draw func() float64) Interval {
	drawn := make([]float64, 0, resamples)
	for range resamples {
		if v := draw(); !math.IsNaN(v) {
			drawn = append(drawn, v)
		}
	}
	slices.Sort(drawn)
	const tail = (1 - Confidence) / 2
	return Interval{quantile(drawn, tail), quantile(drawn, 1-tail)}
}

// Wilson is the score interval for a share of successes (Wilson 1927; Brown, Cai
// and DasGupta 2001 advise it for few runs). It stays within 0 and 1 and has
// width where all runs agree: 0 of 8 leaves room up to 0.32. Without a run it is
// everything.
func Wilson(successes, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	p, m := float64(successes)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	scale := 1 + z*z/m
	i := Interval{(centre - half) / scale, (centre + half) / scale}
	if successes == 0 {
		i.Low = 0 // exactly, where the two terms cancel
	}
	if successes == n {
		i.High = 1
	}
	return i
}

// wins counts the successes, which are positive.
func wins(values []float64) (n int) {
	for _, v := range values {
		if v > 0 {
			n++
		}
	}
	return n
}

// mean is NaN without values.
func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// quantile interpolates linearly between the ranks of sorted values (type 7 of
// Hyndman and Fan 1996); NaN without any. Infinite neighbours give the nearer one.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	low, high, part := sorted[i], sorted[i+1], at-float64(i)
	if math.IsInf(high, 0) || math.IsInf(low, 0) {
		if part > 0.5 {
			return high
		}
		return low
	}
	return low + part*(high-low)
}
