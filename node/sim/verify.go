package sim

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/econd/econd/node/buildinfo"
)

// Verified says what Verify looked at.
type Verified struct {
	Files      int    `json:"files"`    // as recorded, and as the runs table implies
	Runs       int    `json:"runs"`     // lines of the runs table
	Cells      []int  `json:"cells"`    // run again, with equal rows
	Complete   bool   `json:"complete"` // whether the sweep was finished
	Version    string `json:"version"`  // this one
	RecordedBy string `json:"recorded_by"`
}

// Verify checks a results directory: the hashes of its files, that every table
// follows from the runs table, and, by running a sample of
// cells again, that the runs follow from the scenario. The sample is drawn by
// its own seed. An ErrResults names the file, and the cell and column where
// there are some. Told, which may be nil, hears what is being done.
func Verify(ctx context.Context, dir string, sample int, seed uint64, told func(string)) (*Verified, error) {
	if told == nil {
		told = func(string) {}
	}
	told("checking the files")
	p, err := ReadProvenance(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no results of econsim run: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	s, err := Reload(p.Scenario)
	if err != nil {
		return nil, err
	}
	cells, err := s.Cells()
	if err != nil {
		return nil, err
	}
	v := &Verified{Complete: p.Complete, Version: buildinfo.Read().Version, RecordedBy: p.Version, Cells: []int{}}
	files, err := p.checkFiles(dir)
	if err != nil {
		return nil, err
	}
	v.Files = len(files)
	l, err := s.newLayout(cells)
	if err != nil {
		return nil, err
	}
	done, err := s.parseRuns(l, cells, files[runsFile])
	if err != nil {
		return nil, err
	}
	v.Runs = p.Runs
	runs := 0
	for _, f := range done {
		if err := s.checkEnough(f); err != nil {
			return nil, fmt.Errorf("%s: %w", runsFile, err)
		}
		runs += len(f.rows)
	}
	if len(done) != p.CellsDone || runs != p.Runs || p.Complete != (len(done) == len(cells)) {
		return nil, fmt.Errorf("%w: %s has %d cells, the provenance says %d", ErrResults, runsFile, len(done), p.CellsDone)
	}
	if err := p.checkConclusion(s, done, len(cells)); err != nil {
		return nil, err
	}
	series := s.parseSeries(l, done, files[seriesFile])
	told("computing the tables again")
	if err := s.checkTables(p, l, done, series, len(cells), files); err != nil {
		return nil, err
	}
	order := Stream(Draw{Seed: seed, Purpose: "verify"}).Perm(len(done))
	chosen := order[:min(sample, len(order))]
	slices.Sort(chosen)
	for n, i := range chosen {
		told(fmt.Sprintf("running cell %d again, %d of %d", done[i].cell.Index, n+1, len(chosen)))
		if err := s.rerun(ctx, done[i], series); err != nil {
			return nil, err
		}
		v.Cells = append(v.Cells, done[i].cell.Index)
	}
	return v, nil
}

// checkFiles reads the recorded files and holds them against their hashes.
func (p *Provenance) checkFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range p.Files {
		if filepath.Base(f.Name) != f.Name {
			return nil, fmt.Errorf("%w: %s: %q is no file of the directory", ErrResults, provenanceFile, f.Name)
		}
		raw, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrResults, err)
		}
		if got := hexSum(raw); got != f.SHA256 {
			return nil, fmt.Errorf("%w: %s hashes to %s, recorded is %s", ErrResults, f.Name, got, f.SHA256)
		}
		files[f.Name] = raw
	}
	for _, name := range []string{runsFile, parquetFile, summaryFile} {
		if files[name] == nil {
			return nil, fmt.Errorf("%w: %s records no %s; run the scenario to its end first", ErrResults, provenanceFile, name)
		}
	}
	return files, nil
}

// parseRuns reads the runs table back. Every parameter has to be that of the
// line's cell.
func (s *Scenario) parseRuns(l *layout, cells []Cell, raw []byte) ([]finished, error) {
	lines, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(lines) == 0 || !slices.Equal(lines[0], l.heading()) {
		return nil, fmt.Errorf("%w: %s: not the table of this scenario: %v", ErrResults, runsFile, err)
	}
	var done []finished
	for n, line := range lines[1:] {
		r := new(Row)
		for _, f := range rowFields {
			if err := f.set(r, line[slices.Index(lines[0], f.name)]); err != nil {
				return nil, fmt.Errorf("%w: %s: line %d: %w", ErrResults, runsFile, n+2, err)
			}
		}
		if r.Cell < 0 || r.Cell >= len(cells) {
			return nil, fmt.Errorf("%w: %s: line %d: there is no cell %d", ErrResults, runsFile, n+2, r.Cell)
		}
		if r.Replicate == 0 {
			done = append(done, finished{cell: cells[r.Cell]})
		}
		if len(done) == 0 || done[len(done)-1].cell.Index != r.Cell || r.Replicate != len(done[len(done)-1].rows) {
			return nil, fmt.Errorf("%w: %s: line %d: replicate %d of cell %d is out of place", ErrResults, runsFile, n+2, r.Replicate, r.Cell)
		}
		last := &done[len(done)-1]
		last.rows = append(last.rows, r)
	}
	return done, nil
}

// checkTables computes the tables anew from the runs.
func (s *Scenario) checkTables(p *Provenance, l *layout, done []finished, series eachSeries, cells int, files map[string][]byte) error {
	expected := s.tables(l, done, series, cells)
	report, err := s.reportTables(p, done, series, cells)
	if err != nil {
		return err
	}
	expected = append(expected, report...)
	for _, t := range expected {
		var want bytes.Buffer
		if err := t.write(&want); err != nil {
			return err
		}
		if !bytes.Equal(files[t.name], want.Bytes()) {
			return fmt.Errorf("%w: %s does not follow from the runs and the scenario", ErrResults, t.name)
		}
	}
	for name := range files {
		if !slices.ContainsFunc(expected, func(t table) bool { return t.name == name }) {
			return fmt.Errorf("%w: %s does not follow from the runs and the scenario", ErrResults, name)
		}
	}
	return nil
}

// rerun runs a cell again and compares every column of every row.
func (s *Scenario) rerun(ctx context.Context, f finished, series eachSeries) error {
	again, err := s.RunCell(ctx, f.cell)
	if err != nil {
		return err
	}
	if len(f.rows) != len(again) {
		return fmt.Errorf("%w: %s: cell %d has %d rows, the scenario makes %d", ErrResults, runsFile, f.cell.Index, len(f.rows), len(again))
	}
	for i, r := range again {
		for _, field := range rowFields {
			if got, want := field.text(f.rows[i]), field.text(r.Row); got != want {
				return fmt.Errorf("%w: %s: cell %d, replicate %d: %s is %s, run again it is %s", ErrResults, runsFile, f.cell.Index, i, field.name, got, want)
			}
		}
	}
	if s.SeriesEvery == 0 {
		return nil
	}
	return series(func(x replicated) error {
		if x.cell.Index != f.cell.Index {
			return nil
		}
		for i, r := range again {
			if !slices.Equal(x.series[i], r.Series) {
				return fmt.Errorf("%w: %s: cell %d, replicate %d: run again the series is another", ErrResults, seriesFile, f.cell.Index, i)
			}
		}
		return nil
	})
}
