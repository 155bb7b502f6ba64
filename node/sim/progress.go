package sim

import "sync"

// Progress tells how far a sweep is. Work is counted in what agents do in a step,
// about as much time each.
type Progress struct {
	CellsDone, Cells int
	// Done is the work of this call, Kept that of the finished cells that it
	// found, Left what is still to do. Where cells stop once they know enough,
	// Left takes those to come to need as many runs as the finished ones did.
	Done, Kept, Left int64
}

// work is what one run takes.
func (s *Scenario) work() (n int64) {
	for i := range s.Populations {
		p := &s.Populations[i]
		n += p.Count * (1 + p.BuysPerStep) * s.Steps
	}
	for i := range s.Proposals {
		p := &s.Proposals[i]
		times := int64(1)
		if p.Every > 0 {
			times += s.Steps / p.Every
		}
		n += times * p.Count * s.agents()
	}
	return n
}

// tracker adds up the progress of the workers.
type tracker struct {
	mu        sync.Mutex
	report    func(Progress) // may be nil
	now       Progress
	least     int64 // runs that a cell has at least
	runs      int64 // of the finished cells
	open      int64 // work of one run of each cell that is not finished, in sum
	openSoFar int64 // work done on those
}

// newTracker counts the cells of which done tells how many runs they have
// already, 0 if they are to be run.
func (s *Scenario) newTracker(cells []Cell, done []int, report func(Progress)) (*tracker, error) {
	t := &tracker{report: report, least: s.Replicates.Min, now: Progress{Cells: len(cells)}}
	for i, c := range cells {
		sc, err := s.At(c)
		if err != nil {
			return nil, err
		}
		if done[i] == 0 {
			t.open += sc.work()
			continue
		}
		t.now.CellsDone++
		t.now.Kept += int64(done[i]) * sc.work()
		t.runs += int64(done[i])
	}
	return t, nil
}

// tell reports; the caller holds the lock, or is the only one yet.
func (t *tracker) tell() {
	if t.report == nil {
		return
	}
	expected := t.open * t.least
	if t.now.CellsDone > 0 {
		expected = int64(float64(t.open) * float64(t.runs) / float64(t.now.CellsDone))
	}
	t.now.Left = max(0, expected-t.openSoFar)
	t.report(t.now)
}

// cell follows the runs of one cell, whose scenario is sc.
func (t *tracker) cell(sc *Scenario) *cellTracker {
	return &cellTracker{tracker: t, run: sc.work(), step: sc.work() / sc.Steps}
}

// cellTracker counts the work on one cell, of one goroutine.
type cellTracker struct {
	*tracker
	run, step, did int64
}

// tick notes one step.
func (c *cellTracker) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.did += c.step
	c.openSoFar += c.step
	c.now.Done += c.step
	c.tell()
}

// finish notes the cell's end.
func (c *cellTracker) finish(runs int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open -= c.run
	c.openSoFar -= c.did
	c.runs += int64(runs)
	c.now.CellsDone++
	c.tell()
}
