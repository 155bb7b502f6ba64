package sim

import (
	"math"
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
	return []chart{{"gini", t.history(groups, moments, "Gini coefficient of weight over time", note, "Gini coefficient (0 to 1)", 1, giniOf).Draw()},
		{"nakamoto", t.history(groups, moments, "Agents with more than half of the weight (Nakamoto coefficient)", note, "agents", 0, nakamotoOf).Draw()},
		{"weight", t.lorenz(groups, moments, note).Draw()}}, nil
}

func giniOf(m *Moment) float64     { return float64(m.GiniPpm) / ppm }
func nakamotoOf(m *Moment) float64 { return float64(m.Nakamoto) }

// history draws a figure of the moments over time.
func (t *study) history(groups []group, moments [][][]Moment, title, note, label string, most float64, of func(*Moment) float64) plot.Lines {
	unit, days := "steps", 1.0
	if t.s.StepS%3600 == 0 {
		unit, days = "days", float64(t.s.StepS)/86_400
	}
	c := plot.Lines{Title: title, Note: "Means with 95 % intervals " + note + ".", X: plot.Axis{Label: "time (" + unit + ")"},
		Y: plot.Axis{Label: label, Max: max(most, 1e-9)}, Legend: t.legend()}
	for i, g := range groups {
		l := plot.Line{Name: g.name, Style: i, Unmark: t.s.moments() > 40}
		for k := 0; ; k++ {
			var values []float64
			var step int64
			for _, run := range moments[i] {
				if k < len(run) {
					values, step = append(values, of(&run[k])), run[k].Step
				}
			}
			if len(values) == 0 {
				break
			}
			addPoint(&l, float64(step)*days, values, within(values, math.Inf(1)))
		}
		c.Lines = append(c.Lines, l)
	}
	c.Lines = plot.Merge(c.Lines)
	return c
}

// lorenz draws how weight is spread at the end.
func (t *study) lorenz(groups []group, moments [][][]Moment, note string) plot.Lines {
	c := plot.Lines{Title: "Distribution of weight at the end (Lorenz curve)",
		Note: "What the poorest share of those with weight hold together " + note + "; with 95 % intervals.",
		X:    plot.Axis{Label: "agents, from the poorest (%)"}, Y: plot.Axis{Label: "weight held (%)", Max: 100}, Legend: t.legend()}
	for i, g := range groups {
		l := plot.Line{Name: g.name, Style: i, X: []float64{0}, Y: []float64{0}, Low: []float64{0}, High: []float64{0}}
		for k := range 9 {
			var values []float64
			for _, run := range moments[i] {
				if n := len(run); n > 0 && run[n-1].Carriers > 0 {
					values = append(values, float64(*run[n-1].lorenz()[k])/1e4)
				}
			}
			if len(values) == 0 {
				break
			}
			addPoint(&l, float64(10*(k+1)), values, within(values, 100))
		}
		l.X, l.Y, l.Low, l.High = append(l.X, 100), append(l.Y, 100), append(l.Low, 100), append(l.High, 100)
		c.Lines = append(c.Lines, l)
	}
	c.Lines = append(plot.Merge(c.Lines), plot.Line{Name: "all equal", Reference: true, X: []float64{0, 100}, Y: []float64{0, 100}})
	return c
}
