// Package l402test has what tests of L402 share: an in-memory root key store
// and the contract that every root key store keeps.
package l402test

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/econd/econd/l402"
)

// Memory is a root key store that keeps nothing beyond the process. It is the
// plain model that the durable store is compared with. Safe for concurrent use.
type Memory struct {
	mu         sync.RWMutex
	records    map[l402.TokenID]l402.Record
	order      []l402.TokenID // every id ever put
	revoked    map[l402.TokenID]bool
	generation atomic.Uint64
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{records: make(map[l402.TokenID]l402.Record), revoked: make(map[l402.TokenID]bool)}
}

// Put adds a record, and refuses one that is there, revoked or not.
func (m *Memory) Put(r l402.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[r.TokenID]; ok {
		return errors.New("the token is there already")
	}
	m.records[r.TokenID] = r
	m.order = append(m.order, r.TokenID)
	return nil
}

// Get returns a record, or l402.ErrUnknownToken.
func (m *Memory) Get(id l402.TokenID) (l402.Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.records[id]
	if !ok || m.revoked[id] {
		return l402.Record{}, l402.ErrUnknownToken
	}
	return r, nil
}

// MarkPaid marks a record.
func (m *Memory) MarkPaid(id l402.TokenID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.records[id]; ok {
		r.Paid = true
		m.records[id] = r
	}
}

// Generation counts removals.
func (m *Memory) Generation() uint64 { return m.generation.Load() }

// Revoke makes a record unknown to Get until it is pruned; l402.ErrUnknownToken if there is none.
func (m *Memory) Revoke(id l402.TokenID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[id]; !ok {
		return l402.ErrUnknownToken
	}
	if !m.revoked[id] {
		m.revoked[id] = true
		m.generation.Add(1)
	}
	return nil
}

// Prune removes unpaid records whose invoice expired at least unpaidFor ago,
// and all records whose token has expired. It returns how many.
func (m *Memory) Prune(now time.Time, unpaidFor time.Duration) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	removed := 0
	for _, id := range m.order {
		r, ok := m.records[id]
		unpaid := !r.Paid && !m.revoked[id] && r.PayBy+int64(unpaidFor/time.Second) <= now.Unix()
		if ok && (unpaid || r.ExpiresAt <= now.Unix()) {
			delete(m.records, id)
			delete(m.revoked, id)
			removed++
		}
	}
	if removed > 0 {
		m.generation.Add(1)
	}
	return removed, nil
}
