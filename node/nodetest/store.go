package nodetest

import (
	"sync"

	"github.com/econd/econd/node"
)

// HeldStore is a store whose writes a test stops in the middle.
type HeldStore struct {
	node.Store

	mu   sync.Mutex
	held *HeldWrite
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
