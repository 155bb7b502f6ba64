package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// study arranges finished cells for the charts of a report: along one
// parameter, in a line for each combination of some others, the rest pooled.
type study struct {
	s      *Scenario
	done   []finished
	x      int      // parameter along the axis; -1: none is numeric
	by     []int    // parameters that part the lines
	pooled []int    // parameters over which values are pooled
	xs     []string // values along the axis, rising
	groups []group
}

// group is one line: the cells of one combination of values.
type group struct {
	name  string
	cells []finished
}

// maxLines is how many lines are told apart in one chart, and maxTicks how many
// values stand along an axis before they are put into bins.
const (
	maxLines = 8
	maxTicks = 24
)

func (s *Scenario) newStudy(done []finished) *study {
	t := &study{s: s, done: done, x: s.axis()}
	if s.Sweep != nil {
		t.part()
	}
	at := map[string]int{}
	for _, f := range done {
		name := t.groupName(f.cell)
		i, ok := at[name]
		if !ok {
			i = len(t.groups)
			at[name] = i
			t.groups = append(t.groups, group{name: name})
		}
		t.groups[i].cells = append(t.groups[i].cells, f)
	}
	if t.x >= 0 {
		t.xs = t.values(t.x)
	}
	return t
}

// axis chooses the parameter along the axis: the report's, else the budget,
// else the first that is a number throughout.
func (s *Scenario) axis() int {
	if s.Sweep == nil {
		return -1
	}
	for _, want := range []string{s.Report.X, budgetPath} {
		if i := s.parameter(want); i >= 0 && s.Sweep.Parameters[i].numeric() {
			return i
		}
	}
	return slices.IndexFunc(s.Sweep.Parameters, Parameter.numeric)
}

// parameter is the place of a swept parameter, or -1.
func (s *Scenario) parameter(path string) int {
	if s.Sweep == nil {
		return -1
	}
	return slices.IndexFunc(s.Sweep.Parameters, func(p Parameter) bool { return p.Path == path })
}

// numeric tells whether all values of a parameter are numbers, and there are
// several.
func (p Parameter) numeric() bool {
	for _, v := range p.Values {
		if _, ok := v.(json.Number); !ok {
			return false
		}
	}
	return len(p.Values) > 1 || len(p.Values) == 0 && p.Max > p.Min
}

// part chooses the parameters that part the lines: the report's, else as many
// as keep the lines few, texts before numbers.
func (t *study) part() {
	lines := 1
	for _, numbers := range []bool{false, true} {
		for i, p := range t.s.Sweep.Parameters {
			n := len(p.Values)
			if i == t.x || p.numeric() != numbers || n == 1 {
				continue
			}
			chosen := n > 0 && lines*n <= maxLines
			if len(t.s.Report.By) > 0 {
				chosen = slices.Contains(t.s.Report.By, p.Path)
			}
			if !chosen {
				t.pooled = append(t.pooled, i)
				continue
			}
			lines *= n
			t.by = append(t.by, i)
		}
	}
	slices.Sort(t.by)
}

func (t *study) groupName(c Cell) string {
	var parts []string
	for _, i := range t.by {
		parts = append(parts, quantityOf(t.s, i).spell(c.Settings[i].Value))
	}
	return strings.Join(parts, ", ")
}

// legend names the parameters that part the lines.
func (t *study) legend() string { return t.names(t.by) }

func (t *study) names(parameters []int) string {
	var out []string
	for _, i := range parameters {
		out = append(out, quantityOf(t.s, i).name)
	}
	return strings.Join(out, ", ")
}

// values lists the values of a parameter that occur, numbers by size, texts as
// they come.
func (t *study) values(parameter int) []string {
	var out []string
	for _, f := range t.done {
		if v := text(f.cell.Settings[parameter].Value); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if t.s.Sweep.Parameters[parameter].numeric() {
		slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(float(a), float(b)) })
	}
	return out
}

// float reads a number that a scenario held.
func float(s string) float64 {
	v, err := json.Number(s).Float64()
	if err != nil {
		return math.NaN()
	}
	return v
}

// linePoint is one point of a line.
type linePoint struct {
	x      float64
	values []float64 // of the runs there that have the figure, in the unit of the chart
}

// points are the points of a line for one metric; many values of a sample are
// put into bins of equally many cells, at the middle of their range.
func (t *study) points(g group, q quantity, f field[Row]) []linePoint {
	scale := quantityOf(t.s, t.x).factor
	cells := slices.Clone(g.cells)
	at := func(c finished) float64 { return scale * float(text(c.cell.Settings[t.x].Value)) }
	slices.SortStableFunc(cells, func(a, b finished) int { return cmp.Compare(at(a), at(b)) })
	var out []linePoint
	for i, c := range cells {
		x := at(c)
		if n := len(out); t.binned() {
			const bins = 12
			first, last := i*bins/len(cells)*len(cells)/bins, 0
			last = min(len(cells), first+(len(cells)+bins-1)/bins) - 1
			x = (at(cells[first]) + at(cells[last])) / 2
			if n > 0 && i > 0 && i*bins/len(cells) == (i-1)*bins/len(cells) {
				x = out[n-1].x
			}
		}
		if n := len(out); n == 0 || out[n-1].x != x {
			out = append(out, linePoint{x: x})
		}
		last := &out[len(out)-1]
		last.values = append(last.values, q.of(f, c.rows)...)
	}
	return out
}

func (t *study) binned() bool { return len(t.xs) > maxTicks }

// middle narrows a group to the cells at the middle value along the axis, and
// says which that is: charts over time show one value only.
func (t *study) middle(g group) ([]finished, string) {
	if t.x < 0 {
		return g.cells, ""
	}
	at := t.xs[len(t.xs)/2]
	var out []finished
	for _, f := range g.cells {
		if text(f.cell.Settings[t.x].Value) == at {
			out = append(out, f)
		}
	}
	q := quantityOf(t.s, t.x)
	return out, fmt.Sprintf("at %s = %s", q.name, q.spell(json.Number(at)))
}
