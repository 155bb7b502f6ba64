package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"

	"github.com/econd/econd/node/sim/plot"
)

// reportFile is a page that needs nothing else: its pictures stand in it, and
// it loads nothing.
const reportFile = "report.html"

//go:embed report.html.tmpl
var reportText string

var reportTemplate = template.Must(template.New("report").Parse(reportText))

// page is what the template shows.
type page struct {
	Scenario   *Scenario
	Provenance *Provenance
	Headline   [][2]string // what, and how many sats
	Charts     []template.HTML
	Names      []string // of the charts' files
	Columns    []string
	Lines      [][]string
	Left       int // cells without a line
	Resolved   string
	Replicates string
}

// maxReportLines is how many cells the table of a report shows.
const maxReportLines = 200

// reportTables lists the report and its pictures.
func (s *Scenario) reportTables(p *Provenance, done []finished, series serial, cells int) ([]table, error) {
	charts, err := s.charts(done, series, cells)
	if err != nil {
		return nil, err
	}
	var out []table
	for _, c := range charts {
		out = append(out, table{"plot-" + c.name + ".svg", func(w io.Writer) error {
			_, err := w.Write(c.picture.SVG())
			return err
		}}, table{"plot-" + c.name + ".png", func(w io.Writer) error {
			raw, err := c.picture.PNG()
			if err != nil {
				return err
			}
			_, err = w.Write(raw)
			return err
		}})
	}
	return append(out, table{reportFile, func(w io.Writer) error { return s.writeReport(w, p, charts, done, cells) }}), nil
}

func (s *Scenario) writeReport(w io.Writer, p *Provenance, charts []chart, done []finished, cells int) error {
	resolved, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	v := page{Scenario: s, Provenance: p, Resolved: string(resolved), Replicates: fmt.Sprint(s.Replicates.Min)}
	if s.Replicates.Max > s.Replicates.Min {
		v.Replicates = fmt.Sprintf("%d to %d", s.Replicates.Min, s.Replicates.Max)
	}
	for _, f := range s.flips(done, cells) {
		c := Cell{Settings: f.Settings}
		answer := fmt.Sprintf("%.0f sat (%.0f to %s)", f.Sats, f.CI.Low, orMore(f.CI.High))
		if math.IsInf(f.Sats, 0) {
			answer = fmt.Sprintf("not with %d sat", f.Below)
		}
		v.Headline = append(v.Headline, [2]string{c.Label(), answer})
	}
	for _, c := range charts {
		// The drawing escapes every text in it.
		v.Charts, v.Names = append(v.Charts, template.HTML(c.picture.SVG())), append(v.Names, c.name)
	}
	v.table(s, done)
	return reportTemplate.Execute(w, v)
}

func orMore(v float64) string {
	if math.IsInf(v, 0) {
		return "more than any tried"
	}
	return fmt.Sprintf("%.0f", v)
}

// table fills in the means of the shown metrics, a line for each cell.
func (v *page) table(s *Scenario, done []finished) {
	v.Columns = []string{"cell"}
	if s.Sweep != nil {
		for _, p := range s.Sweep.Parameters {
			v.Columns = append(v.Columns, p.Path)
		}
	}
	v.Columns = append(v.Columns, "runs")
	metrics := s.metrics()
	for _, m := range metrics {
		v.Columns = append(v.Columns, metricQuantity(m).label())
	}
	shown := min(len(done), maxReportLines)
	v.Left = len(done) - shown
	for _, f := range done[:shown] {
		line := []string{fmt.Sprint(f.cell.Index)}
		for _, x := range f.cell.Settings {
			line = append(line, text(x.Value))
		}
		line = append(line, fmt.Sprint(len(f.rows)))
		for _, m := range metrics {
			line = append(line, meanText(m, f))
		}
		v.Lines = append(v.Lines, line)
	}
}

// meanText spells the mean of a metric in a cell and its interval.
func meanText(metric string, f finished) string {
	q := metricQuantity(metric)
	column, _ := metricField(metric)
	var values []float64
	for _, r := range f.rows {
		values = append(values, q.factor*column.number(r))
	}
	w := interval(metric, values)
	m := plot.Number(mean(values))
	if len(values) < 2 || w.Low == w.High {
		return m
	}
	return fmt.Sprintf("%s (%s to %s)", m, plot.Number(w.Low), plot.Number(w.High))
}

// checkReport holds the report's wishes against the scenario.
func (s *Scenario) checkReport() error {
	if s.Sweep == nil {
		s.Report.X, s.Report.By = "", []string{}
	}
	if x := s.Report.X; x != "" && s.parameter(x) < 0 {
		return invalid("report.x", "is %q, which is not swept", x)
	}
	for i, by := range s.Report.By {
		if s.parameter(by) < 0 || by == s.Report.X {
			return invalid(fmt.Sprintf("report.by[%d]", i), "is %q, which is no other swept parameter", by)
		}
	}
	for i, m := range s.Report.Metrics {
		if _, ok := metricField(m); !ok || slices.Index(s.Report.Metrics, m) < i {
			return invalid(fmt.Sprintf("report.metrics[%d]", i), "is %q, which is no column of measures, or named twice", m)
		}
	}
	return nil
}
