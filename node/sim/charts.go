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
func (s *Scenario) charts(done []finished, series eachSeries, cells int) ([]chart, error) {
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
	c := plot.Rows{Title: HeadlineTitle, Note: "With 95 % intervals, and the runs in which the attacked proposal came to a vote. An arrow goes beyond the budgets tried.",
		X: plot.Axis{Label: "attack budget (sat)", Log: true, Min: math.Inf(1)}}
	if by := t.s.headlineBy(); by != "" {
		c.Note = "By " + by + ". " + c.Note
	}
	for _, v := range t.values(t.s.parameter(budgetPath)) {
		if x := float(v); x > 0 {
			c.X.Min, c.X.Max = min(c.X.Min, x), max(c.X.Max, x)
		}
	}
	for _, f := range list {
		r := plot.Row{Name: t.s.spelled(f.Settings), Value: f.Sats, Low: f.CI.Low, High: f.CI.High, Text: "no vote"}
		if f.CI.Low < c.X.Min {
			r.Low = math.Inf(-1)
		}
		switch {
		case f.Opened == 0:
		case math.IsInf(f.Sats, 1):
			r.Text = "more than " + plot.Number(float64(f.Below)) + " sat"
		case f.Least:
			r.Text = "at most " + plot.Number(f.Sats) + " sat"
		default:
			r.Text = plot.Number(f.Sats) + " sat"
		}
		r.Text += fmt.Sprintf(", %d of %d", f.Opened, f.Runs)
		c.Rows = append(c.Rows, r)
	}
	return c
}

// HeadlineTitle is the question of the headline, asked wherever somebody attacks.
const HeadlineTitle = "Sats for a 50 % chance to flip the vote"

// interval is that of a mean, Wilson's where the values are successes in
// percent; none where there are no values, or all are equal and not successes.
func interval(metric string, values []float64) Interval {
	if len(values) == 0 {
		return noInterval
	}
	if metric != successMetric {
		most := math.Inf(1)
		if metricQuantity(metric).unit == "%" {
			most = 100
		}
		return within(values, most)
	}
	w := Wilson(wins(values), len(values))
	return Interval{100 * w.Low, 100 * w.High}
}

// within is Student's interval for a mean of values from 0 to the most there can
// be; none where they are all equal.
func within(values []float64, most float64) Interval {
	if deviation(values) == 0 {
		return noInterval
	}
	w := student(values)
	return Interval{max(0, w.Low), min(most, w.High)}
}

// addPoint adds a mean to a line, which has a gap where there are no values.
func addPoint(l *plot.Line, x float64, values []float64, i Interval) {
	l.X, l.Y = append(l.X, x), append(l.Y, mean(values))
	l.Low, l.High = append(l.Low, i.Low), append(l.High, i.High)
}

func isNumber(v float64) bool { return !math.IsNaN(v) }

// lines draws a metric along the axis.
func (t *study) lines(f field[Row]) plot.Lines {
	q, x := metricQuantity(f.name), quantityOf(t.s, t.x)
	c := plot.Lines{Title: capital(q.name) + " by " + x.name, Note: t.note(f),
		X: plot.Axis{Label: x.label(), Log: t.logarithmic()}, Y: q.axis(), Legend: t.legend()}
	for i, g := range t.groups {
		l := plot.Line{Name: g.name, Style: i}
		for _, p := range t.points(g, q, f) {
			if c.X.Log && p.x <= 0 {
				continue // shown by the others; a log scale has no zero
			}
			addPoint(&l, p.x, p.values, interval(f.name, p.values))
		}
		if !slices.ContainsFunc(l.Y, isNumber) {
			l.Name += " (no vote)"
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

// note says what the bands are, what was left out and what was pooled.
func (t *study) note(f field[Row]) string {
	least, most := len(t.done[0].rows), 0
	for _, f := range t.done {
		least, most = min(least, len(f.rows)), max(most, len(f.rows))
	}
	runs := fmt.Sprint(least)
	if most > least {
		runs = fmt.Sprintf("%d to %d", least, most)
	}
	kind := "Student's, none where all agree"
	if f.name == successMetric {
		kind = "Wilson's"
	}
	note := fmt.Sprintf("Means with 95 %% intervals (%s); %s runs in each cell.", kind, runs)
	if out, all := t.without(f); out > 0 {
		note += fmt.Sprintf(" %d of %d runs, which had no such vote, are left out.", out, all)
	}
	if len(t.pooled) > 0 {
		note += " Pooled over " + t.names(t.pooled) + "."
	}
	if t.x >= 0 && t.binned() {
		note += " Cells in twelve bins along the axis."
	}
	return note
}

// without counts the runs that do not have a figure.
func (t *study) without(f field[Row]) (out, all int) {
	for _, cell := range t.done {
		out += len(cell.rows) - len(f.values(cell.rows))
		all += len(cell.rows)
	}
	return out, all
}

// rows draws a metric where no parameter is a number.
func (t *study) rows(f field[Row]) plot.Rows {
	q := metricQuantity(f.name)
	c := plot.Rows{Title: capital(q.name) + " by " + t.legend(), Note: t.note(f), X: q.axis()}
	for _, g := range t.groups {
		var values []float64
		for _, cell := range g.cells {
			values = append(values, q.of(f, cell.rows)...)
		}
		w := interval(f.name, values)
		r := plot.Row{Name: g.name, Value: mean(values), Low: w.Low, High: w.High, Text: "no vote"}
		if len(values) > 0 {
			r.Text = plot.Number(r.Value)
		}
		c.Rows = append(c.Rows, r)
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
	xs, ys := t.heatSide(x), t.heatSide(y)
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
		sums[j][i] = append(sums[j][i], q.of(f, cell.rows)...)
	}
	for _, row := range sums {
		var z []float64
		for _, values := range row {
			z = append(z, mean(values))
		}
		c.Z = append(c.Z, z)
	}
	if rest := t.others(x, y); rest != "" {
		c.Note = "Means, pooled over " + rest + "."
	}
	if out, all := t.without(f); out > 0 {
		c.Note += fmt.Sprintf(" Grey: no vote. %d of %d runs are left out for that.", out, all)
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

// heatSide is one side of a heat map: the values of a parameter, or bins of
// them.
type heatSide struct {
	parameter int
	names     []string
	values    []string  // one each, where there are few
	tops      []float64 // upper ends of bins
}

func (t *study) heatSide(parameter int) heatSide {
	q, values := quantityOf(t.s, parameter), t.values(parameter)
	out := heatSide{parameter: parameter, values: values}
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

func (s heatSide) place(c Cell) int {
	v := text(c.Settings[s.parameter].Value)
	if s.values != nil {
		return slices.Index(s.values, v)
	}
	return slices.IndexFunc(s.tops, func(top float64) bool { return float(v) <= top })
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
