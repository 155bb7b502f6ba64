package sim

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/buildinfo"
)

// Files of a results directory.
const (
	provenanceFile = "provenance.json"
	runsFile       = "runs.csv"
	parquetFile    = "runs.parquet"
	summaryFile    = "summary.csv"
	flipFile       = "flip.csv"
	seriesFile     = "series.csv"
	seriesParquet  = "series.parquet"
	cellsDir       = "cells"
)

// Kinds of failure of a results directory.
var (
	// ErrOtherResults: the directory holds results of another scenario or
	// another version.
	ErrOtherResults = errors.New("directory holds other results")
	// ErrResults: the directory does not hold what its provenance says.
	ErrResults = errors.New("results are not as recorded")
)

// format is the version of a results directory.
const format = 3

// Provenance says what made the results. It is the same for any number of
// workers, and holds no time, so that equal runs give equal files.
type Provenance struct {
	Format int `json:"format"` // 3
	// What econsim was built from; Modified tells that its files differed from Commit.
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`

	Complete  bool `json:"complete"`
	Cells     int  `json:"cells"`
	CellsDone int  `json:"cells_done"`
	Runs      int  `json:"runs"` // done
	// In RunsOpened of them the vote that they are about began: on the
	// attacked proposal, or without an attack on any. In RunsCancelled of
	// these it was never counted, because the proposals were cancelled.
	// RunsUnopened counts the others by what kept the vote from coming about
	// (column unopened_by).
	RunsOpened    int            `json:"runs_opened"`
	RunsCancelled int            `json:"runs_cancelled"`
	RunsUnopened  map[string]int `json:"runs_unopened"`
	Headline      []Answer       `json:"headline"` // empty if no budget was swept
	// EventSignatures is "skipped" or "made and checked"; InvoiceSignatures
	// are always made and checked, and so are node statements.
	EventSignatures   string `json:"event_signatures"`
	InvoiceSignatures string `json:"invoice_signatures"`
	// Entries says whether runs were logs of entries, or computed without any.
	Entries        string          `json:"entries"`
	Randomness     string          `json:"randomness"`
	ScenarioSHA256 string          `json:"scenario_sha256"` // of the resolved scenario, as compact JSON
	Scenario       json.RawMessage `json:"scenario"`
	Files          []FileHash      `json:"files"`
}

// FileHash is one output file and its SHA-256.
type FileHash struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func newProvenance(s *Scenario) (*Provenance, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	build := buildinfo.Read()
	p := &Provenance{Format: format, Version: build.Version, Commit: build.Commit, Modified: build.Modified, Go: build.Go,
		EventSignatures: "skipped", InvoiceSignatures: "made and checked", Entries: "applied by node/ledger",
		Randomness:     "PCG seeded by SHA-256(seed, cell, replicate, step, agent, purpose)",
		ScenarioSHA256: hexSum(raw), Scenario: raw, Files: []FileHash{},
		RunsUnopened: map[string]int{}, Headline: []Answer{}}
	if s.Engine == "crowd" {
		p.Entries, p.InvoiceSignatures = "none: engine crowd", "none"
		p.Randomness = "SplitMix64 over hash(seed, cell, replicate, step, purpose) and agent; stakes by PCG"
	}
	if s.Signatures {
		p.EventSignatures = "made and checked"
	}
	return p, nil
}

func hexSum(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }

// ReadProvenance reads a results directory's provenance.
func ReadProvenance(dir string) (*Provenance, error) {
	raw, err := os.ReadFile(filepath.Join(dir, provenanceFile))
	if err != nil {
		return nil, err
	}
	p := new(Provenance)
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrResults, provenanceFile, err)
	}
	var compact bytes.Buffer // the file is indented, the hash is of the compact form
	if err := json.Compact(&compact, p.Scenario); err != nil {
		return nil, fmt.Errorf("%w: %s: scenario: %w", ErrResults, provenanceFile, err)
	}
	p.Scenario = compact.Bytes()
	if p.Format != format {
		return nil, fmt.Errorf("%w: %s was made by another version of econsim (format %d, this one reads %d): %s; run its scenario again into another directory",
			ErrOtherResults, dir, p.Format, format, cmp.Or(p.Version, "not known"))
	}
	if got := hexSum(p.Scenario); got != p.ScenarioSHA256 {
		return nil, fmt.Errorf("%w: %s: the scenario hashes to %s, recorded is %s", ErrResults, provenanceFile, got, p.ScenarioSHA256)
	}
	return p, nil
}

// Options of RunSweep.
type Options struct {
	Dir     string
	Workers int // cells run at the same time; at least 1
	// Progress, if not nil, is called by one goroutine at a time: at the
	// start, after each step of a run and after each cell. It must be quick.
	Progress func(Progress)
}

// RunSweep runs every cell of the scenario and writes the results to a
// directory. Cells that an earlier run of the same scenario finished there are
// kept. If the context ends, the tables of the finished cells are written all
// the same and the context's error is returned: the same call resumes.
func RunSweep(ctx context.Context, s *Scenario, o Options) (*Provenance, error) {
	cells, err := s.Cells()
	if err != nil {
		return nil, err
	}
	if err := s.checkMemory(cells, o.Workers, freeMemory); err != nil {
		return nil, err
	}
	p, err := openResults(s, o.Dir)
	if err != nil {
		return nil, err
	}
	if err := s.checkDisk(cells, o.Dir, freeDisk); err != nil {
		return nil, err
	}
	p.Cells = len(cells)
	runErr := s.runMissing(ctx, cells, o)
	if runErr != nil && ctx.Err() == nil {
		return nil, runErr
	}
	if err := s.writeTables(p, cells, o.Dir); err != nil {
		return nil, err
	}
	return p, runErr
}

// openResults prepares the directory, or refuses one that holds something else.
func openResults(s *Scenario, dir string) (*Provenance, error) {
	p, err := newProvenance(s)
	if err != nil {
		return nil, err
	}
	old, err := ReadProvenance(dir)
	switch {
	case err == nil && old.ScenarioSHA256 != p.ScenarioSHA256:
		return nil, fmt.Errorf("%w: %s is of another scenario; choose another directory", ErrOtherResults, dir)
	case err == nil && old.Version != p.Version:
		return nil, fmt.Errorf("%w: %s was made by version %s, this is %s; choose another directory", ErrOtherResults, dir, old.Version, p.Version)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		if list, _ := os.ReadDir(dir); len(list) > 0 {
			return nil, fmt.Errorf("%w: %s is not empty and holds no %s; choose another directory", ErrOtherResults, dir, provenanceFile)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, cellsDir), 0o777); err != nil {
		return nil, err
	}
	return p, p.write(dir)
}

func (p *Provenance) write(dir string) error {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(dir, provenanceFile), append(raw, '\n'), 0o644)
}

func cellFile(dir string, index int) string {
	return filepath.Join(dir, cellsDir, fmt.Sprintf("%06d.json", index))
}

// runMissing runs the cells that have no file yet.
func (s *Scenario) runMissing(ctx context.Context, cells []Cell, o Options) error {
	var missing []Cell
	runs := make([]int, len(cells))
	for i, c := range cells {
		results, err := s.readCell(o.Dir, c)
		if errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, c)
		} else if err != nil {
			return err
		}
		runs[i] = len(results)
	}
	track, err := s.newTracker(cells, runs, o.Progress)
	if err != nil {
		return err
	}
	track.tell()
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, o.Workers))
	for _, c := range missing {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			return s.keepCell(inner, c, o.Dir, track)
		})
	}
	return errors.Join(group.Wait(), ctx.Err())
}

// keepCell runs a cell and keeps its results.
func (s *Scenario) keepCell(ctx context.Context, c Cell, dir string, track *tracker) error {
	sc, err := s.At(c)
	if err != nil {
		return err
	}
	follow := track.cell(sc)
	results, err := s.runCell(ctx, sc, c, follow.tick)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(results)
	if err != nil {
		return err
	}
	if err := atomicfile.Replace(cellFile(dir, c.Index), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	follow.finish(len(results))
	return nil
}

// readCell reads the results of a finished cell, fs.ErrNotExist if there are none.
func (s *Scenario) readCell(dir string, c Cell) ([]*Result, error) {
	name := cellFile(dir, c.Index)
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var results []*Result
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&results); err != nil || !s.enough(results) {
		return nil, fmt.Errorf("%w: %s is damaged; remove it and run again", ErrResults, name)
	}
	return results, nil
}

// seriesOf reads the series of finished cells from their files.
func (s *Scenario) seriesOf(dir string, done []finished) eachSeries {
	return func(yield func(replicated) error) error {
		for _, f := range done {
			results, err := s.readCell(dir, f.cell)
			if err != nil {
				return err
			}
			one := replicated{cell: f.cell}
			for _, r := range results {
				one.series = append(one.series, r.Series)
			}
			if err := yield(one); err != nil {
				return err
			}
		}
		return nil
	}
}

// writeTables writes every table of the finished cells, and the provenance.
func (s *Scenario) writeTables(p *Provenance, cells []Cell, dir string) error {
	var done []finished
	p.Runs = 0
	for _, c := range cells {
		results, err := s.readCell(dir, c)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		f := finished{cell: c}
		for _, r := range results {
			f.rows = append(f.rows, r.Row)
		}
		done, p.Runs = append(done, f), p.Runs+len(f.rows)
	}
	l, err := s.newLayout(cells)
	if err != nil {
		return err
	}
	p.CellsDone, p.Complete = len(done), len(done) == len(cells)
	p.conclude(s, done, len(cells))
	p.Files = []FileHash{}
	series := s.seriesOf(dir, done)
	tables := s.tables(l, done, series, len(cells))
	report, err := s.reportTables(p, done, series, len(cells))
	if err != nil {
		return err
	}
	for _, t := range append(tables, report...) {
		if err := p.writeTable(dir, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return p.write(dir)
}

// tables lists the files that follow from finished cells.
func (s *Scenario) tables(l *layout, done []finished, series eachSeries, cells int) []table {
	list := []table{{runsFile, func(w io.Writer) error { return s.writeRunsCSV(w, l, done) }},
		{parquetFile, func(w io.Writer) error { return s.writeRunsParquet(w, l, done) }},
		{summaryFile, func(w io.Writer) error { return s.writeSummary(w, l, done) }}}
	if s.SeriesEvery > 0 {
		list = append(list, table{seriesFile, func(w io.Writer) error { return writeSeriesCSV(w, l, series) }},
			table{seriesParquet, func(w io.Writer) error { return writeSeriesParquet(w, l, series) }})
	}
	if flips := s.flips(done, cells); len(flips) > 0 {
		list = append(list, table{flipFile, func(w io.Writer) error { return writeFlips(w, flips) }})
	}
	return list
}

// flips measures the headline, once all cells are finished: a missing budget
// would move it. There is none without an attack whose budget is swept.
func (s *Scenario) flips(done []finished, cells int) []Flip {
	if s.Attack == nil || len(done) < cells || cells < 2 {
		return nil
	}
	return flips(uint64(s.Seed), done)
}

// table is one output file.
type table struct {
	name  string
	write func(io.Writer) error
}

func (p *Provenance) writeTable(dir string, t table) error {
	f, err := atomicfile.Begin(filepath.Join(dir, t.name))
	if err != nil {
		return err
	}
	defer f.Abandon()
	sum := sha256.New()
	if err := errors.Join(t.write(io.MultiWriter(f, sum)), f.Chmod(0o644)); err != nil {
		return err
	}
	p.Files = append(p.Files, FileHash{t.name, hex.EncodeToString(sum.Sum(nil))})
	return f.Replace()
}
