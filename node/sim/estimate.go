package sim

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrTooLarge: the results would not fit on the disk.
var ErrTooLarge = errors.New("sweep is too large")

// DiskBytes estimates, on the high side, what the results of the cells take on
// disk: every run once in each table and once in its cell's file.
func (s *Scenario) DiskBytes(cells []Cell) (int64, error) {
	l, err := s.newLayout(cells[:1])
	if err != nil {
		return 0, err
	}
	sc, err := s.At(cells[0])
	if err != nil {
		return 0, err
	}
	values, _, err := parameters(sc)
	if err != nil {
		return 0, err
	}
	// A row with every figure at its widest.
	r := new(Row)
	for _, f := range rowFields {
		if err := f.set(r, "1000000000000"); err != nil {
			return 0, err
		}
	}
	var line int
	for _, x := range l.line(r, values) {
		line += len(x) + 1
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	const (
		hash     = 64       // of the log, which r has shorter
		summary  = 40 * 200 // a cell's lines in the summary
		block    = 4096     // a cell's file takes whole ones
		column   = 1024     // what Parquet says about each
		pictures = 3 << 20  // the report and its charts
	)
	perRun := int64(2*(line+hash)+len(raw)+hash) + sc.moments()*momentBytes(l)
	fixed := int64(len(l.heading()))*column + 16*block + pictures
	return fixed + int64(len(cells))*(s.Replicates.Max*perRun+summary+block), nil
}

// momentBytes is what one moment takes in the series tables and a cell's file,
// on the high side.
func momentBytes(l *layout) int64 {
	const cell, figure = 400, 14 // bytes: as JSON; one number and its comma
	return cell + 2*figure*int64(len(l.seriesHeading()))
}

// checkDisk refuses a sweep whose results would not fit beside what is there.
func (s *Scenario) checkDisk(cells []Cell, dir string, free func(string) (int64, bool)) error {
	need, err := s.DiskBytes(cells)
	if err != nil {
		return err
	}
	if have, ok := free(dir); ok && need > have {
		return fmt.Errorf("%w: %d runs take about %d MB, %s has %d MB left; sweep less or choose another disk",
			ErrTooLarge, int64(len(cells))*s.Replicates.Max, need>>20, dir, have>>20)
	}
	return nil
}
