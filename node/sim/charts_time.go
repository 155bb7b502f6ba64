package sim

import (
	"math"
	"slices"
	"strings"

	"github.com/econd/econd/node/sim/plot"
)

// overTime draws how weight is spread, over time and at the end.
func (t *study) overTime(series eachSeries) ([]chart, error) {
	if t.s.SeriesEvery == 0 || len(t.s.Proposals) == 0 {
		return nil, nil
	}
	groups := t.groups[:min(len(t.groups), maxLines)]
	where := map[int]int{}
	at := ""
	for i, g := range groups {
		var cells []finished
		cells, at = t.middle(g)
		for _, f := range cells {
			where[f.cell.Index] = i
		}
	}
	moments := make([][][]Moment, len(groups))
	err := series(func(r replicated) error {
		if i, ok := where[r.cell.Index]; ok {
			moments[i] = append(moments[i], r.series...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	note := strings.TrimSpace(at + " on track " + t.s.track())
	return []chart{{"gini", t.gini(groups, moments, note).Draw()},
		{"nakamoto", t.nakamoto(groups, moments, note).Draw()},
		{"weight", t.lorenz(groups, moments, note).Draw()}}, nil
}

// spread is a figure about how weight is spread at a moment.
type spread struct {
	title, label string
	most         float64 // that it can be
	of           func(*Moment) float64
}

func (t *study) gini(groups []group, moments [][][]Moment, note string) plot.Lines {
	return t.history(groups, moments, note, spread{"Gini coefficient of weight over time", "Gini coefficient (0 to 1)", 1,
		func(m *Moment) float64 { return float64(m.GiniPpm) / ppm }})
}

func (t *study) nakamoto(groups []group, moments [][][]Moment, note string) plot.Lines {
	return t.history(groups, moments, note, spread{"Agents with more than half of the weight (Nakamoto coefficient)", "agents", math.Inf(1),
		func(m *Moment) float64 { return float64(m.Nakamoto) }})
}

// nobody marks a line where nobody ever had weight.
const nobody = " (nobody has weight)"

// history draws a figure over time, with a gap where nobody has weight.
func (t *study) history(groups []group, moments [][][]Moment, note string, f spread) plot.Lines {
	unit, days := "steps", 1.0
	if t.s.StepS%3600 == 0 {
		unit, days = "days", float64(t.s.StepS)/86_400
	}
	c := plot.Lines{Title: f.title, Note: "Means with 95 % intervals " + note + ".", X: plot.Axis{Label: "time (" + unit + ")"},
		Y: plot.Axis{Label: f.label, Max: 1e-9}, Legend: t.legend()} // shows zero
	if !math.IsInf(f.most, 1) {
		c.Y.Max = f.most
	}
	for i, g := range groups {
		l := plot.Line{Name: g.name, Style: i, Unmark: t.s.moments() > 40}
		for k := 0; ; k++ {
			values, step, ok := valuesAt(moments[i], k, f.of)
			if !ok {
				break
			}
			addPoint(&l, float64(step)*days, values, within(values, f.most))
		}
		if !slices.ContainsFunc(l.Y, isNumber) {
			l.Name += nobody
		}
		c.Lines = append(c.Lines, l)
	}
	c.Lines = plot.Merge(c.Lines)
	return c
}

// valuesAt collects a figure of the k-th moments of the runs in which somebody has
// weight then; false where no run has so many.
func valuesAt(runs [][]Moment, k int, of func(*Moment) float64) (values []float64, step int64, ok bool) {
	for _, run := range runs {
		if k >= len(run) {
			continue
		}
		step, ok = run[k].Step, true
		if run[k].Carriers > 0 {
			values = append(values, of(&run[k]))
		}
	}
	return values, step, ok
}

// lorenz draws how weight is spread at the end.
func (t *study) lorenz(groups []group, moments [][][]Moment, note string) plot.Lines {
	c := plot.Lines{Title: "Distribution of weight at the end (Lorenz curve)",
		Note: "What the poorest share of those with weight hold together " + note + "; with 95 % intervals.",
		X:    plot.Axis{Label: "agents, from the poorest (%)"}, Y: plot.Axis{Label: "weight held (%)", Max: 100}, Legend: t.legend()}
	for i, g := range groups {
		l := plot.Line{Name: g.name, Style: i}
		if ends := lastWithWeight(moments[i]); len(ends) > 0 {
			fixedPoint(&l, 0)
			for k := range 9 {
				var values []float64
				for _, m := range ends {
					values = append(values, float64(*m.lorenz()[k])/1e4)
				}
				addPoint(&l, float64(10*(k+1)), values, within(values, 100))
			}
			fixedPoint(&l, 100)
		} else {
			l.Name += nobody
		}
		c.Lines = append(c.Lines, l)
	}
	c.Lines = append(plot.Merge(c.Lines), plot.Line{Name: "all equal", Reference: true, X: []float64{0, 100}, Y: []float64{0, 100}})
	return c
}

// fixedPoint adds an end of the curve, which is the same for all.
func fixedPoint(l *plot.Line, at float64) { addPoint(l, at, []float64{at}, Interval{at, at}) }

// lastWithWeight lists the last moments of the runs at whose end somebody has
// weight.
func lastWithWeight(runs [][]Moment) (out []*Moment) {
	for _, run := range runs {
		if n := len(run); n > 0 && run[n-1].Carriers > 0 {
			out = append(out, &run[n-1])
		}
	}
	return out
}
