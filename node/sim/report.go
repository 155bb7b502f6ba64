package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/econd/econd/node/sim/plot"
)

// ReportFile is a page of a results directory that needs nothing else: its pictures stand in it, and
// it loads nothing.
const ReportFile = "report.html"

//go:embed report.html.tmpl
var reportText string

var reportTemplate = template.Must(template.New("report").Parse(reportText))

// page is what the template shows.
type page struct {
	Scenario   *Scenario
	Provenance *Provenance
	Title, By  string // of the headline, and the parameters it is told by
	Opened     string // in how many runs there was a vote
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
func (s *Scenario) reportTables(p *Provenance, done []finished, series eachSeries, cells int) ([]table, error) {
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
	return append(out, table{ReportFile, func(w io.Writer) error { return s.writeReport(w, p, charts, done) }}), nil
}

func (s *Scenario) writeReport(w io.Writer, p *Provenance, charts []chart, done []finished) error {
	resolved, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	v := page{Scenario: s, Provenance: p, Resolved: string(resolved), Replicates: fmt.Sprint(s.Replicates.Min)}
	if s.Replicates.Max > s.Replicates.Min {
		v.Replicates = fmt.Sprintf("%d to %d", s.Replicates.Min, s.Replicates.Max)
	}
	if len(p.Headline) > 0 {
		v.Title, v.By = HeadlineTitle, s.headlineBy()
	}
	if len(s.Proposals) > 0 {
		v.Opened = s.openedText(p)
	}
	for _, c := range charts {
		// The drawing escapes every text in it.
		v.Charts, v.Names = append(v.Charts, template.HTML(c.picture.SVG())), append(v.Names, c.name)
	}
	v.table(s, done)
	return reportTemplate.Execute(w, v)
}

// table fills in the means of the shown metrics, a line for each cell.
func (v *page) table(s *Scenario, done []finished) {
	v.Columns = []string{"cell"}
	if s.Sweep != nil {
		for i := range s.Sweep.Parameters {
			v.Columns = append(v.Columns, quantityOf(s, i).name)
		}
	}
	v.Columns = append(v.Columns, "runs")
	if len(s.Proposals) > 0 {
		v.Columns = append(v.Columns, "with a vote")
	}
	metrics := s.metrics()
	for _, m := range metrics {
		v.Columns = append(v.Columns, metricQuantity(m).label())
	}
	shown := min(len(done), maxReportLines)
	v.Left = len(done) - shown
	for _, f := range done[:shown] {
		line := []string{fmt.Sprint(f.cell.Index)}
		for i, x := range f.cell.Settings {
			line = append(line, quantityOf(s, i).entry(x.Value))
		}
		line = append(line, fmt.Sprint(len(f.rows)))
		if len(s.Proposals) > 0 {
			line = append(line, fmt.Sprint(s.opened(f)))
		}
		for _, m := range metrics {
			line = append(line, meanText(m, f))
		}
		v.Lines = append(v.Lines, line)
	}
}

// opened counts the runs of a cell that had a vote.
func (s *Scenario) opened(f finished) (n int) {
	for _, r := range f.rows {
		if r.votes(s) > 0 {
			n++
		}
	}
	return n
}

// openedText says in how many runs there was a vote, and on what.
func (s *Scenario) openedText(p *Provenance) string {
	what := "A proposal "
	if s.Attack != nil {
		what = "The attacked proposal "
	}
	return what + openedIn(p.RunsOpened, p.Runs)
}

// meanText spells the mean of a metric in a cell and its interval.
func meanText(metric string, f finished) string {
	q := metricQuantity(metric)
	column, _ := metricField(metric)
	values := q.of(column, f.rows)
	if len(values) == 0 {
		return "no vote"
	}
	w := interval(metric, values)
	m := plot.Number(mean(values))
	if w.none() {
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
