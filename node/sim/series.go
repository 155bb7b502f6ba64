package sim

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"

	"github.com/econd/econd/voting"
)

// maxMoments bounds the lines of the series tables.
const maxMoments = 20_000_000

// Moment is how an economy stands at the end of one step: how weight on the
// track that matters most is spread over the agents that carry any.
type Moment struct {
	Step     int64 `json:"step"`
	Agents   int64 `json:"agents"`    // registered
	Carriers int64 `json:"carriers"`  // that have weight
	StakeSat int64 `json:"stake_sat"` // locked by all
	GiniPpm  int64 `json:"gini_ppm"`
	Nakamoto int64 `json:"nakamoto"` // least number of agents with more than half
	// The Lorenz curve: what the poorest 10, 20 ... 90 % of the carriers
	// hold of all weight, in parts per million.
	Lorenz10 int64 `json:"lorenz_10_ppm"`
	Lorenz20 int64 `json:"lorenz_20_ppm"`
	Lorenz30 int64 `json:"lorenz_30_ppm"`
	Lorenz40 int64 `json:"lorenz_40_ppm"`
	Lorenz50 int64 `json:"lorenz_50_ppm"`
	Lorenz60 int64 `json:"lorenz_60_ppm"`
	Lorenz70 int64 `json:"lorenz_70_ppm"`
	Lorenz80 int64 `json:"lorenz_80_ppm"`
	Lorenz90 int64 `json:"lorenz_90_ppm"`
}

// lorenz lists the inner points of the curve in their order.
func (m *Moment) lorenz() []*int64 {
	return []*int64{&m.Lorenz10, &m.Lorenz20, &m.Lorenz30, &m.Lorenz40, &m.Lorenz50,
		&m.Lorenz60, &m.Lorenz70, &m.Lorenz80, &m.Lorenz90}
}

// newMoment measures weights, which it sorts.
func newMoment(step, agents, stakeSat int64, weights []uint64) Moment {
	c := voting.Concentrate(weights)
	m := Moment{Step: step, Agents: agents, Carriers: int64(c.Carriers), StakeSat: stakeSat,
		GiniPpm: int64(c.GiniPPM), Nakamoto: int64(c.Nakamoto)}
	slices.Sort(weights)
	weights = weights[len(weights)-c.Carriers:]
	var total, below uint64
	for _, w := range weights {
		total += w
	}
	// The tenth of n agents may fall inside one agent, which then counts in
	// part. Of very large weights the lowest bits are left out, so that ten
	// times the total fits into 64.
	shift := max(0, bits.Len64(total)-60)
	total >>= shift
	if total == 0 {
		return m
	}
	points, next := m.lorenz(), 1
	for i, w := range weights {
		for ; next < 10 && len(weights)*next < (i+1)*10; next++ {
			part := uint64(len(weights)*next - i*10)
			*points[next-1] = share(10*below+part*(w>>shift), 10*total)
		}
		below += w >> shift
	}
	return m
}

// moments is how many points a run's series has.
func (s *Scenario) moments() int64 {
	if s.SeriesEvery == 0 {
		return 0
	}
	n := (s.Steps + s.SeriesEvery - 1) / s.SeriesEvery
	if (s.Steps-1)%s.SeriesEvery != 0 {
		n++
	}
	return n
}

// observed tells whether the series has a point at a step: every so many, and
// the last.
func (s *Scenario) observed(step int64) bool {
	return s.SeriesEvery > 0 && (step%s.SeriesEvery == 0 || step == s.Steps-1)
}

// observe adds this step to the series.
func (r *run) observe() {
	if !r.sc.observed(r.step) {
		return
	}
	weights, stakeSat := r.weights()
	r.series = append(r.series, newMoment(r.step, int64(len(r.agents)), stakeSat, weights))
}

// replicated is a cell and the series of its replicates.
type replicated struct {
	cell   Cell
	series [][]Moment
}

// eachSeries hands out the series of the finished cells, one cell at a time: all of
// them together may be more than memory holds.
type eachSeries func(yield func(replicated) error) error

// seriesHeading names the columns of the series tables.
func (l *layout) seriesHeading() []string {
	out := append([]string{"cell", "replicate"}, l.swept...)
	for _, f := range momentFields {
		out = append(out, f.name)
	}
	return out
}

// seriesKinds lists their kinds.
func (l *layout) seriesKinds() []columnKind {
	out := []columnKind{whole, whole}
	for _, p := range l.swept {
		out = append(out, l.parameterKind(p))
	}
	for _, f := range momentFields {
		out = append(out, f.kind())
	}
	return out
}

// seriesLines calls put with every moment.
func seriesLines(all eachSeries, put func([]string) error) error {
	return all(func(f replicated) error {
		for replicate, series := range f.series {
			start := []string{strconv.Itoa(f.cell.Index), strconv.Itoa(replicate)}
			for _, x := range f.cell.Settings {
				start = append(start, text(x.Value))
			}
			for i := range series {
				line := slices.Clone(start)
				for _, m := range momentFields {
					line = append(line, m.text(&series[i]))
				}
				if err := put(line); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func writeSeriesCSV(w io.Writer, l *layout, all eachSeries) error {
	out := csv.NewWriter(w)
	if err := out.Write(l.seriesHeading()); err != nil {
		return err
	}
	if err := seriesLines(all, out.Write); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func writeSeriesParquet(w io.Writer, l *layout, all eachSeries) error {
	return writeParquet(w, "series", l.seriesHeading(), l.seriesKinds(), func(put func([]string) error) error { return seriesLines(all, put) })
}

// parseSeries reads the series table of the finished cells back.
func (s *Scenario) parseSeries(l *layout, done []finished, raw []byte) eachSeries {
	return func(yield func(replicated) error) error {
		in := csv.NewReader(bytes.NewReader(raw))
		in.ReuseRecord = true
		if first, err := in.Read(); err != nil || !slices.Equal(first, l.seriesHeading()) {
			return fmt.Errorf("%w: %s: not the table of this scenario: %v", ErrResults, seriesFile, err)
		}
		for _, f := range done {
			one := replicated{cell: f.cell, series: make([][]Moment, len(f.rows))}
			for i := range one.series {
				one.series[i] = make([]Moment, s.cellMoments(f.cell))
				for j := range one.series[i] {
					if err := readMoment(in, l, &one.series[i][j]); err != nil {
						return fmt.Errorf("%w: %s: %w", ErrResults, seriesFile, err)
					}
				}
			}
			if err := yield(one); err != nil {
				return err
			}
		}
		return nil
	}
}

// cellMoments is moments of a cell, in which steps may be swept.
func (s *Scenario) cellMoments(c Cell) int64 {
	sc, err := s.At(c)
	if err != nil {
		panic("sim: a cell that was valid is not: " + err.Error())
	}
	return sc.moments()
}

func readMoment(in *csv.Reader, l *layout, m *Moment) error {
	line, err := in.Read()
	if err != nil {
		return err
	}
	for i, f := range momentFields {
		if err := f.set(m, line[2+len(l.swept)+i]); err != nil {
			return err
		}
	}
	return nil
}
