package nodetest

import (
	"sync"

	"github.com/econd/econd/node"
)

// HeldStore is a store whose writes a test stops in the middle, and whose entries it
// makes unreadable for a while.
type HeldStore struct {
	node.Store

	mu    sync.Mutex
	held  *HeldWrite
	reads *HeldReads
}

// HeldReads are reads of single entries that wait.
type HeldReads struct {
	Begun   chan struct{} // closed once somebody reads
	Release chan struct{} // closed by the test
	once    sync.Once
}

// HoldReads makes every read of a single entry wait until Release is closed.
func (s *HeldStore) HoldReads() *HeldReads {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads = &HeldReads{Begun: make(chan struct{}), Release: make(chan struct{})}
	return s.reads
}

// Entry implements node.Store.
func (s *HeldStore) Entry(seq uint64) ([]byte, error) {
	s.mu.Lock()
	reads := s.reads
	s.mu.Unlock()
	if reads != nil {
		reads.once.Do(func() { close(reads.Begun) })
		<-reads.Release
	}
	return s.Store.Entry(seq)
}

// HeldWrite is a write that waits.
type HeldWrite struct {
	Begun   chan struct{} // closed once the node writes
	Release chan struct{} // closed by the test
}

// Hold makes the next write wait until Release is closed.
func (s *HeldStore) Hold() *HeldWrite {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = &HeldWrite{Begun: make(chan struct{}), Release: make(chan struct{})}
	return s.held
}

// Append implements node.Store.
func (s *HeldStore) Append(b node.Batch) ([32]byte, error) {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	if held != nil {
		close(held.Begun)
		<-held.Release
	}
	return s.Store.Append(b)
}
