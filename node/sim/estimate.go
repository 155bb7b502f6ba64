package sim

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrTooLarge says that the results would not fit on the disk.
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

// What runs keep in memory, on the high side.
const (
	rowBytes     = 1 << 10 // a row and its spelling
	momentMemory = 1 << 8
	crowdBytes   = 340     // an agent of a crowd, with an epoch under way
	agentBytes   = 8 << 10 // an agent of a ledger, its keys and entries apart
	entryBytes   = 3 << 10 // an entry of a ledger and what it leaves in state
)

// MemoryBytes estimates, on the high side, what a sweep takes in memory: the
// rows of all runs, the series of one cell, and for each worker one run of the
// cell that takes most.
func (s *Scenario) MemoryBytes(cells []Cell, workers int) (int64, error) {
	var most int64
	for _, c := range cells {
		sc, err := s.At(c)
		if err != nil {
			return 0, err
		}
		most = max(most, sc.runBytes()+s.Replicates.Max*sc.moments()*momentMemory)
	}
	active := int64(min(max(1, workers), len(cells)))
	return int64(len(cells))*s.Replicates.Max*rowBytes + active*most, nil
}

// runBytes is what one run takes.
func (s *Scenario) runBytes() (sum int64) {
	if s.Engine == "crowd" {
		sellers := int64(0)
		for i := range s.Populations {
			if p := &s.Populations[i]; p.Sells || p.Kind == "sybil-ring" {
				sellers += p.Count
			}
		}
		days := s.Steps * s.StepS / dayS
		return s.agents()*crowdBytes + sellers*min(days, s.Steps)*12
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		sum += p.Count * (agentBytes + s.Steps*p.BuysPerStep*entryBytes)
	}
	for i := range s.Proposals {
		p := &s.Proposals[i]
		times := int64(1)
		if p.Every > 0 {
			times += s.Steps / p.Every
		}
		sum += times * p.Count * s.agents() * entryBytes
	}
	return sum
}

// checkMemory refuses a sweep that would not fit into memory.
func (s *Scenario) checkMemory(cells []Cell, workers int, free func() (int64, bool)) error {
	need, err := s.MemoryBytes(cells, workers)
	if err != nil {
		return err
	}
	if have, ok := free(); ok && need > have {
		return fmt.Errorf("%w: %d runs of up to %d agents with %d workers take about %d MB of memory, %d MB are free; take fewer workers, agents or runs",
			ErrTooLarge, int64(len(cells))*s.Replicates.Max, s.agents(), workers, need>>20, have>>20)
	}
	return nil
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
