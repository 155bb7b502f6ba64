package trustbench

import (
	"fmt"
	"sort"
)

// Blind is how well quality tells labelled agents apart.
type Blind struct {
	AUC float64 `json:"auc"`
	// Dropped are the ratings left out: those by trusted of labelled agents,
	// since the labels were made from them.
	Dropped int `json:"dropped"`
	Good    int `json:"good"`
	Bad     int `json:"bad"`
}

// MeasureBlind scores the labelled agents at the end of the network, without
// the ratings that the labels were made from. The seeds are the founder and
// everyone the founder rated 5 or more, those ratings included.
func MeasureBlind(n *Network, m Method, founder string) (Blind, error) {
	var out Blind
	first, err := n.slot(founder)
	if err != nil {
		return out, err
	}
	if !n.Labelled || len(n.Ratings) == 0 {
		return out, fmt.Errorf("%w: there are no labels", ErrAbsent)
	}
	var kept []Rating
	for _, r := range n.Ratings {
		if n.Labels[r.Rater] > 0 && n.Labels[r.Ratee] != 0 {
			out.Dropped++
			continue
		}
		kept = append(kept, r)
	}
	quality, err := m.quality(n, kept, n.Ratings[len(n.Ratings)-1].TimeMicros, seeds(first, n.Ratings))
	if err != nil {
		return out, err
	}
	var good, bad []float64
	for slot, label := range n.Labels {
		switch {
		case label > 0:
			good = append(good, quality[slot])
		case label < 0:
			bad = append(bad, quality[slot])
		}
	}
	out.AUC, out.Good, out.Bad = AUC(good, bad), len(good), len(bad)
	return out, nil
}

// Next is how well quality foretells the sign of coming ratings.
type Next struct {
	// AUC is over the whole network; First and Second over the windows that
	// start in the first and in the second half of its time.
	AUC    float64 `json:"auc"`
	First  float64 `json:"first_half"`
	Second float64 `json:"second_half"`
	Good   int     `json:"good"`
	Bad    int     `json:"bad"`
}

const (
	firstWindow = 180 * dayMicros
	window      = 30 * dayMicros
)

// MeasureNext refits on all earlier ratings every 30 days, from day 180 on, and
// scores the ratings of the following 30 days whose ratee was rated before. The
// seeds are the founder and everyone the founder had rated 5 or more by then.
func MeasureNext(n *Network, m Method, founder string) (Next, error) {
	first, err := n.slot(founder)
	if err != nil {
		return Next{}, err
	}
	start, end := n.Ratings[0].TimeMicros, n.Ratings[len(n.Ratings)-1].TimeMicros
	var good, bad [2][]float64
	rated, seen := make([]bool, len(n.IDs)), 0
	for at := start + firstWindow; at <= end; at += window {
		from, to := n.before(at), n.before(at+window)
		for ; seen < from; seen++ {
			rated[n.Ratings[seen].Ratee] = true
		}
		quality, err := m.quality(n, n.Ratings[:from], at, seeds(first, n.Ratings[:from]))
		if err != nil {
			return Next{}, err
		}
		half := 0
		if at-start >= (end-start)/2 {
			half = 1
		}
		for _, r := range n.Ratings[from:to] {
			switch {
			case !rated[r.Ratee] || r.Rating == 0:
			case r.Rating > 0:
				good[half] = append(good[half], quality[r.Ratee])
			default:
				bad[half] = append(bad[half], quality[r.Ratee])
			}
		}
	}
	all, allBad := append(good[0], good[1]...), append(bad[0], bad[1]...)
	return Next{AUC(all, allBad), AUC(good[0], bad[0]), AUC(good[1], bad[1]), len(all), len(allBad)}, nil
}

// before returns how many ratings came before a moment.
func (n *Network) before(micros int64) int {
	return sort.Search(len(n.Ratings), func(i int) bool { return n.Ratings[i].TimeMicros >= micros })
}
