package trustbench

import (
	"math"

	"github.com/econd/econd/reputation"
)

// Method is the engine under some parameters, and variations on it that are not
// part of the engine.
type Method struct {
	Name   string            `json:"name"`
	Params reputation.Params `json:"params"`
	// PerDay, where it is not zero, makes age count in ratings instead of days:
	// that many ratings anywhere in the network make a day.
	PerDay int64 `json:"per_day,omitempty"`
	// TrustedComplaints weighs a complaint 1/2 + T/(T+tau) of its author, and
	// not 1.
	TrustedComplaints bool `json:"trusted_complaints,omitempty"`
	// Reliability is how often raters are weighed by their agreement with what
	// others say of the same agents.
	Reliability int `json:"reliability,omitempty"`
}

const dayMicros = int64(86_400_000_000)

// quality returns each agent's quality as the method sees it from the ratings
// before a moment.
func (m Method) quality(n *Network, before []Rating, atMicros int64, trusted []uint32) ([]float64, error) {
	times := make([]int64, len(before))
	for i, r := range before {
		times[i] = r.TimeMicros
		if m.PerDay > 0 {
			times[i] = int64(i) * dayMicros / m.PerDay
		}
	}
	if m.PerDay > 0 {
		atMicros = int64(len(before)) * dayMicros / m.PerDay
	}
	book, err := n.book(before, times, atMicros, trusted, m.Params)
	if err != nil {
		return nil, err
	}
	if m.TrustedComplaints || m.Reliability > 0 {
		return m.vary(book, before, times, atMicros, len(n.IDs)), nil
	}
	out := make([]float64, len(n.IDs))
	for i := range out {
		out[i] = float64(book.Result(uint32(i)).Quality) / float64(reputation.FlowOne)
	}
	return out, nil
}

// vary computes quality from the engine's flow, with the variations.
func (m Method) vary(book *reputation.Book, before []Rating, times []int64, atMicros int64, agents int) []float64 {
	weights := make([]float64, len(before)) // of each rating but for its author's reliability
	for i, r := range before {
		age := atMicros/dayMicros - times[i]/dayMicros
		flow := float64(book.Result(r.Rater).Flow)
		trust := 0.0
		if flow > 0 {
			trust = flow / (flow + float64(m.Params.Tau))
		}
		switch {
		case r.Rating > 0:
			weights[i] = trust * decayed(age, m.Params.HalfLifePositiveDays)
		case r.Rating < 0:
			weights[i] = float64(m.Params.NegativeWeight) * decayed(age, m.Params.HalfLifeNegativeDays)
			if m.TrustedComplaints {
				weights[i] *= 0.5 + trust
			}
		}
	}
	reliable := make([]float64, agents)
	for i := range reliable {
		reliable[i] = 1
	}
	good, bad := evidence(before, weights, reliable)
	for range m.Reliability {
		reliable = agreement(before, weights, reliable, good, bad)
		good, bad = evidence(before, weights, reliable)
	}
	out := make([]float64, agents)
	for i := range out {
		out[i] = (good[i] + 1) / (good[i] + bad[i] + 2)
	}
	return out
}

func decayed(age, halfLife int64) float64 {
	switch {
	case halfLife == 0:
		return 1
	case age > 10*halfLife:
		return 0
	}
	return math.Exp2(-float64(age) / float64(halfLife))
}

// evidence sums what speaks for and against each agent.
func evidence(ratings []Rating, weights, reliable []float64) (good, bad []float64) {
	good, bad = make([]float64, len(reliable)), make([]float64, len(reliable))
	for i, r := range ratings {
		if r.Rating > 0 {
			good[r.Ratee] += weights[i] * reliable[r.Rater]
		} else {
			bad[r.Ratee] += weights[i] * reliable[r.Rater]
		}
	}
	return good, bad
}

// agreement returns twice the mean chance, over a rater's ratings and a prior
// of one half, that the others who rated the same agent take the same side.
func agreement(ratings []Rating, weights, reliable, good, bad []float64) []float64 {
	agree, ratingsOf := make([]float64, len(reliable)), make([]float64, len(reliable))
	for i, r := range ratings {
		own := weights[i] * reliable[r.Rater]
		g, b := good[r.Ratee], bad[r.Ratee]
		if r.Rating > 0 {
			agree[r.Rater] += (g - own + 1) / (g - own + b + 2)
		} else {
			agree[r.Rater] += (b - own + 1) / (g + b - own + 2)
		}
		ratingsOf[r.Rater]++
	}
	out := make([]float64, len(reliable))
	for i := range out {
		out[i] = 2 * (agree[i] + 1) / (ratingsOf[i] + 2)
	}
	return out
}
