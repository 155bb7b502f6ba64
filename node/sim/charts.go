package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/econd/econd/node/sim/plot"
)

// chart is one picture of a report and the name of its files.
type chart struct {
	name    string
	picture *plot.Picture
}

// metrics lists the columns that the report shows.
func (s *Scenario) metrics() []string {
	if len(s.Report.Metrics) > 0 {
		return s.Report.Metrics
	}
	if s.Attack != nil {
		return []string{successMetric, "attack_weight_ppm", "turnout_ppm"}
	}
	var out []string
	for _, merit := range []string{"bad", "good"} {
		if slices.ContainsFunc(s.Proposals, func(p Proposal) bool { return p.Merit == merit }) {
			out = append(out, merit+"_opened", merit+"_passed")
		}
	}
	if len(out) == 0 {
		return []string{"purchases", "receipts"}
	}
	return append(out, "turnout_ppm")
}

// charts draws everything that the finished cells show.
func (s *Scenario) charts(done []finished, series serial, cells int) ([]chart, error) {
	if len(done) == 0 {
		return nil, nil
	}
	t := s.newStudy(done)
	var out []chart
	if list := s.flips(done, cells); len(list) > 0 {
		out = append(out, chart{"even-chance", t.evenChance(list).Draw()})
	}
	for _, m := range s.metrics() {
		f, _ := metricField(m)
		switch {
		case t.x >= 0 && len(t.xs) > 1:
			out = append(out, chart{m, t.lines(f).Draw()})
		case len(done) > 1:
			out = append(out, chart{m, t.rows(f).Draw()})
		}
	}
	if len(s.metrics()) > 0 {
		if heat, ok := t.heat(s.metrics()[0]); ok {
			out = append(out, chart{"map-" + s.metrics()[0], heat.Draw()})
		}
	}
	over, err := t.overTime(series)
	return append(out, over...), err
}

// evenChance is the headline.
func (t *study) evenChance(list []Flip) plot.Rows {
	c := plot.Rows{Title: "Sats for a 50 % chance to flip the vote", Note: "With 95 % intervals; an arrow goes beyond the greatest budget tried.",
		X: plot.Axis{Label: "attack budget (sat)", Log: true}}
	var names []string
	for _, x := range list[0].Settings {
		names = append(names, quantityOf(t.s, t.s.parameter(x.Path)).name)
	}
	if len(names) > 0 {
		c.Note = "By " + strings.Join(names, ", ") + ". " + c.Note
	}
	for _, f := range list {
		var parts []string
		for _, x := range f.Settings {
			parts = append(parts, quantityOf(t.s, t.s.parameter(x.Path)).spell(x.Value))
		}
		r := plot.Row{Name: strings.Join(parts, ", "), Value: f.Sats, Low: max(1, f.CI.Low), High: f.CI.High, Text: sats(f.Sats)}
		if math.IsInf(f.Sats, 0) {
			r.Low = min(r.Low, float64(f.Below))
			r.Text = "more than " + sats(float64(f.Below))
		}
		c.Rows = append(c.Rows, r)
	}
	return c
}

func sats(v float64) string {
	if math.IsInf(v, 0) {
		return "more than any tried"
	}
	return plot.Number(v) + " sat"
}

// interval is that of a mean, Wilson's where the values are successes in
// percent.
func interval(metric string, values []float64) Interval {
	if metric != successMetric {
		w := student(values)
		w.Low = max(0, w.Low) // no measure is negative
		if strings.HasSuffix(metric, "_ppm") && metricQuantity(metric).unit == "%" {
			w.High = min(100, w.High)
		}
		return w
	}
	var wins int
	for _, v := range values {
		if v > 0 {
			wins++
		}
	}
	w := Wilson(wins, len(values))
	return Interval{100 * w.Low, 100 * w.High}
}

// lines draws a metric along the axis.
func (t *study) lines(f field[Row]) plot.Lines {
	q, x := metricQuantity(f.name), quantityOf(t.s, t.x)
	c := plot.Lines{Title: capital(q.name) + " by " + x.name, Note: t.note(),
		X: plot.Axis{Label: x.label(), Log: t.logarithmic()}, Y: q.axis(), Legend: t.legend()}
	for i, g := range t.groups {
		l := plot.Line{Name: g.name, Style: i}
		for _, p := range t.spots(g, q, f) {
			if c.X.Log && p.x <= 0 {
				continue // shown by the others; a log scale has no zero
			}
			w := interval(f.name, p.values)
			l.X, l.Y = append(l.X, p.x), append(l.Y, mean(p.values))
			l.Low, l.High = append(l.Low, w.Low), append(l.High, w.High)
		}
		c.Lines = append(c.Lines, l)
	}
	if len(c.Lines) > maxLines {
		c.Note += fmt.Sprintf(" The first %d of %d combinations.", maxLines, len(c.Lines))
		c.Lines = c.Lines[:maxLines]
	}
	c.Lines = plot.Merge(c.Lines)
	return c
}

// axis is the scale of a measure; shares begin at nothing.
func (q quantity) axis() plot.Axis {
	a := plot.Axis{Label: q.label()}
	switch q.unit {
	case "% of runs":
		a.Max = 100
	case "0 to 1":
		a.Max = 1
	default:
		a.Max = 1e-9 // shows zero
	}
	return a
}

// logarithmic tells whether the values along the axis rise by factors.
func (t *study) logarithmic() bool {
	var positive []float64
	for _, v := range t.xs {
		if x := float(v); x > 0 {
			positive = append(positive, x)
		}
	}
	if n := len(positive); n < 3 || n < len(t.xs) && n < 4 {
		return false
	}
	return positive[len(positive)-1]/positive[0] >= 20
}

// note says what the bands are and what was pooled.
func (t *study) note() string {
	least, most := len(t.done[0].rows), 0
	for _, f := range t.done {
		least, most = min(least, len(f.rows)), max(most, len(f.rows))
	}
	runs := fmt.Sprint(least)
	if most > least {
		runs = fmt.Sprintf("%d to %d", least, most)
	}
	note := fmt.Sprintf("Means with 95 %% intervals; %s runs in each cell.", runs)
	if len(t.pooled) > 0 {
		note += " Pooled over " + t.names(t.pooled) + "."
	}
	if t.x >= 0 && t.binned() {
		note += " Cells in twelve bins along the axis."
	}
	return note
}

// rows draws a metric where no parameter is a number.
func (t *study) rows(f field[Row]) plot.Rows {
	q := metricQuantity(f.name)
	c := plot.Rows{Title: capital(q.name) + " by " + t.legend(), Note: t.note(), X: q.axis()}
	for _, g := range t.groups {
		var values []float64
		for _, cell := range g.cells {
			for _, r := range cell.rows {
				values = append(values, q.factor*f.number(r))
			}
		}
		w := interval(f.name, values)
		c.Rows = append(c.Rows, plot.Row{Name: g.name, Value: mean(values), Low: w.Low, High: w.High, Text: plot.Number(mean(values))})
	}
	return c
}

// heat draws a metric over the two parameters with the most values, numbers
// before texts, the rest pooled.
func (t *study) heat(metric string) (plot.Heat, bool) {
	x, y, ok := t.plane()
	if !ok {
		return plot.Heat{}, false
	}
	f, _ := metricField(metric)
	q := metricQuantity(metric)
	qx, qy := quantityOf(t.s, x), quantityOf(t.s, y)
	xs, ys := t.squares(x), t.squares(y)
	c := plot.Heat{Title: capital(q.name) + " by " + qx.name + " and " + qy.name, X: qx.label(), Y: qy.label(), Measure: q.label(),
		XNames: xs.names, YNames: ys.names}
	if a := q.axis(); a.Max >= 1 {
		c.Max = a.Max
	}
	sums := make([][][]float64, len(ys.names))
	for j := range sums {
		sums[j] = make([][]float64, len(xs.names))
	}
	for _, cell := range t.done {
		i, j := xs.place(cell.cell), ys.place(cell.cell)
		for _, r := range cell.rows {
			sums[j][i] = append(sums[j][i], q.factor*f.number(r))
		}
	}
	for _, row := range sums {
		var z []float64
		for _, values := range row {
			if len(values) == 0 {
				z = append(z, math.NaN())
			} else {
				z = append(z, mean(values))
			}
		}
		c.Z = append(c.Z, z)
	}
	if rest := t.others(x, y); rest != "" {
		c.Note = "Means, pooled over " + rest + "."
	}
	return c, true
}

func (t *study) others(x, y int) string {
	var rest []int
	for i, p := range t.s.Sweep.Parameters {
		if i != x && i != y && (len(p.Values) > 1 || p.numeric()) {
			rest = append(rest, i)
		}
	}
	return t.names(rest)
}

// plane chooses the two parameters of a heat map.
func (t *study) plane() (x, y int, ok bool) {
	if t.x < 0 {
		return 0, 0, false
	}
	y = -1
	for _, numbers := range []bool{true, false} {
		for i, p := range t.s.Sweep.Parameters {
			if i != t.x && y < 0 && p.numeric() == numbers && len(t.values(i)) > 1 {
				y = i
			}
		}
	}
	return t.x, y, y >= 0 && t.s.Sweep.Method != "list"
}

// squares is one side of a heat map: the values of a parameter, or bins of
// them.
type squares struct {
	parameter int
	names     []string
	values    []string  // one each, where there are few
	tops      []float64 // upper ends of bins
}

func (t *study) squares(parameter int) squares {
	q, values := quantityOf(t.s, parameter), t.values(parameter)
	out := squares{parameter: parameter, values: values}
	if len(values) <= maxTicks {
		for _, v := range values {
			name := v
			if t.s.Sweep.Parameters[parameter].numeric() {
				name = plot.Number(q.factor * float(v))
			}
			out.names = append(out.names, name)
		}
		return out
	}
	const bins = 8
	out.values = nil
	for b := range bins {
		low, high := float(values[b*len(values)/bins]), float(values[(b+1)*len(values)/bins-1])
		out.names = append(out.names, plot.Number(q.factor*low)+" to "+plot.Number(q.factor*high))
		out.tops = append(out.tops, high)
	}
	return out
}

func (s squares) place(c Cell) int {
	v := text(c.Settings[s.parameter].Value)
	if s.values != nil {
		return slices.Index(s.values, v)
	}
	return slices.IndexFunc(s.tops, func(top float64) bool { return float(v) <= top })
}

// overTime draws how weight is spread, over time and at the end.
func (t *study) overTime(series serial) ([]chart, error) {
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
			w := student(values)
			l.X, l.Y = append(l.X, float64(step)*days), append(l.Y, mean(values))
			l.Low, l.High = append(l.Low, max(0, w.Low)), append(l.High, w.High)
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
			w := student(values)
			l.X, l.Y = append(l.X, float64(10*(k+1))), append(l.Y, mean(values))
			l.Low, l.High = append(l.Low, max(0, w.Low)), append(l.High, min(100, w.High))
		}
		l.X, l.Y, l.Low, l.High = append(l.X, 100), append(l.Y, 100), append(l.Low, 100), append(l.High, 100)
		c.Lines = append(c.Lines, l)
	}
	c.Lines = append(plot.Merge(c.Lines), plot.Line{Name: "all equal", Reference: true, X: []float64{0, 100}, Y: []float64{0, 100}})
	return c
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
