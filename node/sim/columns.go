package sim

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// field is one field of a struct T as a column: a whole number or a text. A
// number that is known only where another field is positive has that in over,
// else -1.
type field[T any] struct {
	name  string
	index int
	words bool
	over  int
}

// rowFields and momentFields list the columns of a Row and of a Moment in
// their order.
var (
	rowFields    = fieldsOf[Row]()
	momentFields = fieldsOf[Moment]()
)

func fieldsOf[T any]() []field[T] {
	t := reflect.TypeFor[T]()
	fields := make([]field[T], t.NumField())
	for i := range fields {
		x := t.Field(i)
		fields[i] = field[T]{name: x.Tag.Get("json"), index: i, words: x.Type.Kind() == reflect.String, over: -1}
	}
	for i := range fields {
		if over, ok := t.Field(i).Tag.Lookup("over"); ok {
			fields[i].over = slices.IndexFunc(fields, func(f field[T]) bool { return f.name == over })
			if fields[i].over < 0 {
				panic("sim: column " + fields[i].name + " is over " + over + ", which is none")
			}
		}
	}
	return fields
}

// known tells whether a row has the figure.
func (f field[T]) known(r *T) bool {
	return f.over < 0 || reflect.ValueOf(r).Elem().Field(f.over).Int() > 0
}

// text spells the figure, empty where it is not known.
func (f field[T]) text(r *T) string {
	if !f.known(r) {
		return ""
	}
	v := reflect.ValueOf(r).Elem().Field(f.index)
	if v.Kind() == reflect.String {
		return v.String()
	}
	return strconv.FormatInt(v.Int(), 10)
}

// set parses a column into a row.
func (f field[T]) set(r *T, value string) error {
	v := reflect.ValueOf(r).Elem().Field(f.index)
	if v.Kind() == reflect.String {
		v.SetString(value)
		return nil
	}
	if value == "" && f.over >= 0 {
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("column %s: %q is no whole number", f.name, value)
	}
	v.SetInt(n)
	return nil
}

// metric tells whether the field is something that was measured.
func (f field[T]) metric() bool {
	return f.name != "cell" && f.name != "replicate" && f.name != "step" && !f.words
}

func (f field[T]) number(r *T) float64 {
	return float64(reflect.ValueOf(r).Elem().Field(f.index).Int())
}

// values lists the figure of the rows that have it.
func (f field[T]) values(rows []*T) []float64 {
	var out []float64
	for _, r := range rows {
		if f.known(r) {
			out = append(out, f.number(r))
		}
	}
	return out
}

// layout is the heading of the runs table: the run, its swept parameters, its
// measures, and every other parameter of its scenario.
type layout struct {
	swept  []string
	others []string
	whole  map[string]bool // parameters that are whole numbers in every cell
}

// left out of every row: they are no parameters of a run.
var noParameters = []string{"version", "question", "replicates"}

// parameters returns the scalars of a cell's scenario by path.
func parameters(sc *Scenario) (map[string]string, []string, error) {
	tree, err := treeOf(sc)
	if err != nil {
		return nil, nil, err
	}
	values, paths := map[string]string{}, []string{}
	for _, l := range leaves(tree) {
		if !slices.Contains(noParameters, l.path) {
			values[l.path] = l.value
			paths = append(paths, l.path)
		}
	}
	return values, paths, nil
}

// newLayout looks at the scenario of every cell, since a swept parameter may
// bring keys that others lack.
func (s *Scenario) newLayout(cells []Cell) (*layout, error) {
	l := &layout{whole: map[string]bool{}}
	if s.Sweep != nil {
		for _, p := range s.Sweep.Parameters {
			l.swept = append(l.swept, p.Path)
		}
	}
	count := map[string]int{}
	for _, c := range cells {
		sc, err := s.At(c)
		if err != nil {
			return nil, err
		}
		values, paths, err := parameters(sc)
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			_, err := strconv.ParseInt(values[p], 10, 64)
			l.whole[p] = err == nil && (count[p] == 0 || l.whole[p])
			count[p]++
		}
	}
	for p, n := range count {
		l.whole[p] = l.whole[p] && n == len(cells)
		if !slices.Contains(l.swept, p) {
			l.others = append(l.others, p)
		}
	}
	slices.SortFunc(l.others, strings.Compare)
	return l, nil
}

// heading names the columns.
func (l *layout) heading() []string {
	out := []string{"cell", "replicate"}
	out = append(out, l.swept...)
	for _, f := range rowFields[2:] {
		out = append(out, f.name)
	}
	return append(out, l.others...)
}

// line spells one run in the order of the heading.
func (l *layout) line(r *Row, values map[string]string) []string {
	out := []string{rowFields[0].text(r), rowFields[1].text(r)}
	for _, p := range l.swept {
		out = append(out, values[p])
	}
	for _, f := range rowFields[2:] {
		out = append(out, f.text(r))
	}
	for _, p := range l.others {
		out = append(out, values[p])
	}
	return out
}

// columnKind is what a column of a table holds.
type columnKind int

const (
	words     columnKind = iota
	whole                // a whole number in every line
	wholeOrNo            // a whole number, or nothing
)

// parameterKind is the kind of a parameter's column.
func (l *layout) parameterKind(path string) columnKind {
	if l.whole[path] {
		return whole
	}
	return words
}

// kind is the kind of a field's column.
func (f field[T]) kind() columnKind {
	switch {
	case f.words:
		return words
	case f.over >= 0:
		return wholeOrNo
	}
	return whole
}

// kinds lists the kinds of the columns in the order of the heading.
func (l *layout) kinds() []columnKind {
	out := []columnKind{whole, whole}
	for _, p := range l.swept {
		out = append(out, l.parameterKind(p))
	}
	for _, f := range rowFields[2:] {
		out = append(out, f.kind())
	}
	for _, p := range l.others {
		out = append(out, l.parameterKind(p))
	}
	return out
}
