package sim

import (
	"fmt"
	"slices"
)

// stopMetric is the column that has to be narrow.
func (s *Scenario) stopMetric() string {
	switch {
	case s.Replicates.Metric != "":
		return s.Replicates.Metric
	case s.Attack != nil:
		return successMetric
	}
	return "wrong_outcomes"
}

// successMetric is the one metric that is a share of successes.
const successMetric = "attack_success"

func metricField(name string) (field[Row], bool) {
	i := slices.IndexFunc(rowFields, func(f field[Row]) bool { return f.name == name && f.metric() })
	if i < 0 {
		return field[Row]{}, false
	}
	return rowFields[i], true
}

func (s *Scenario) checkReplicates() error {
	r := s.Replicates
	if r.Max < r.Min {
		return invalid("replicates.max", "is %d, must be at least min, %d", r.Max, r.Min)
	}
	if r.HalfWidth > 0 && r.Min < 2 {
		return invalid("replicates.min", "is %d, must be at least 2: one run has no interval", r.Min)
	}
	if r.HalfWidth == 0 && r.Max != r.Min {
		return invalid("replicates.half_width", "is 0, must be positive where max, %d, is not min, %d", r.Max, r.Min)
	}
	if _, ok := metricField(s.stopMetric()); !ok {
		return invalid("replicates.metric", "is %q, which is no column of measures", r.Metric)
	}
	return nil
}

// enough tells whether a cell needs no run beyond these, which are its first
// ones in order. Nothing but them enters, so the number of workers does not
// change where a cell stops. Student's interval decides, for successes
// Wilson's, over the runs that have the figure.
func (s *Scenario) enough(first []*Result) bool {
	r, n := s.Replicates, int64(len(first))
	if n < r.Min || n >= r.Max || r.HalfWidth == 0 {
		return n >= r.Max
	}
	metric, _ := metricField(s.stopMetric())
	var values []float64
	for _, one := range first {
		if metric.known(one.Row) {
			values = append(values, metric.number(one.Row))
		}
	}
	within := student(values)
	if metric.name == successMetric {
		within = Wilson(wins(values), len(values))
	}
	return len(values) > 1 && (within.High-within.Low)/2 <= r.HalfWidth
}

// checkEnough refuses a cell with fewer or more runs than the scenario makes.
func (s *Scenario) checkEnough(f finished) error {
	all := make([]*Result, len(f.rows))
	for i, r := range f.rows {
		all[i] = &Result{Row: r}
	}
	for i := range all {
		if s.enough(all[:i]) {
			return fmt.Errorf("%w: cell %d has %d runs, it had enough with %d", ErrResults, f.cell.Index, len(all), i)
		}
	}
	if !s.enough(all) {
		return fmt.Errorf("%w: cell %d has %d runs, which are not enough", ErrResults, f.cell.Index, len(all))
	}
	return nil
}
