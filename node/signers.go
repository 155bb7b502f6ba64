package node

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// signers is what is asked about an event before it is stamped: the keys that may sign
// anything but a registration, which are whoever ever registered and who has a say
// without that, and which events the log has. It has a lock of its own, so that an
// event is refused, or let through to the costly checks and stamped, while the writer
// or readers have the state. It follows the durable state; the ledger has the last word.
type signers struct {
	mu     sync.RWMutex
	ids    map[uint64]struct{} // the first eight bytes of each, about 14 bytes of memory
	keys   map[op.PublicKey]bool
	coming map[op.PublicKey]int // registrations, verified, that wait for the writer
	agents int                  // of the state that are among them
	voices int

	versions     []version                                 // oldest first
	constitution atomic.Pointer[constitution.Constitution] // in force, which nobody changes
}

// load takes up all events of a state.
func (d *signers) load(s *ledger.State) {
	ids := make(map[uint64]struct{}, s.Next())
	s.EventIDs(func(first uint64) { ids[first] = struct{}{} })
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids = ids
}

// record takes up the events that a slice made durable.
func (d *signers) record(ids []op.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		d.ids[firstOf(id)] = struct{}{}
	}
}

func firstOf(id op.ID) uint64 { return binary.BigEndian.Uint64(id[:]) }

// recorded tells whether the log may have an event: what it has not is a rare stray
// among those for which it says so.
func (d *signers) recorded(id op.ID) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, ok := d.ids[firstOf(id)]
	return ok
}

// follow takes up who came since. The caller holds the state.
func (d *signers) follow(s *ledger.State) {
	d.constitution.Store(s.Constitution())
	d.enact(s)
	agents, voices := s.AgentKeys(d.agents), s.Voices(d.voices)
	if len(agents)+len(voices) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.keys == nil {
		d.keys = make(map[op.PublicKey]bool)
	}
	for _, k := range agents {
		d.keys[k] = true
	}
	for _, k := range voices {
		d.keys[k] = true
	}
	d.agents, d.voices = d.agents+len(agents), d.voices+len(voices)
}

// admit refuses an event by a key that may not sign it.
func (d *signers) admit(e *op.Event) error {
	if e.Kind == op.KindRegister || !e.Kind.Known() {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.keys[e.PubKey] || d.coming[e.PubKey] > 0 {
		return nil
	}
	return ledger.NotRegistered(e.PubKey)
}

// expect lets in what a key sends right behind its registration, or with it; by is how
// many verified registrations more, or fewer, wait.
func (d *signers) expect(e *op.Event, by int) {
	if e.Kind != op.KindRegister {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.coming == nil {
		d.coming = make(map[op.PublicKey]int)
	}
	if d.coming[e.PubKey] += by; d.coming[e.PubKey] == 0 {
		delete(d.coming, e.PubKey)
	}
}

// Known tells whether a key ever registered, or has a say without that, by the durable
// state. It does not wait for the writer.
func (n *Node) Known(key op.PublicKey) bool {
	n.signers.mu.RLock()
	defer n.signers.mu.RUnlock()
	return n.signers.keys[key]
}

// PriceSat is what a resource costs by the durable state. It does not wait for the writer.
func (n *Node) PriceSat(resource string) int64 {
	return n.signers.constitution.Load().PriceSat(resource)
}

// PriceAt is the price of a resource that was in force at a Unix second.
func (n *Node) PriceAt(resource string, at int64) int64 {
	d := &n.signers
	d.mu.RLock()
	defer d.mu.RUnlock()
	for i := len(d.versions) - 1; i > 0; i-- {
		if v := d.versions[i]; v.sinceMs <= at*1000 {
			return v.text.PriceSat(resource)
		}
	}
	return d.versions[0].text.PriceSat(resource)
}

// enact takes up the constitutions that came into force since.
func (d *signers) enact(s *ledger.State) {
	if len(d.versions) == s.ConstitutionVersions() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.versions); i < s.ConstitutionVersions(); i++ {
		v, text := s.ConstitutionVersionAt(i)
		d.versions = append(d.versions, version{v.TimeMs, text})
	}
}

// version is a constitution and since when it is in force.
type version struct {
	sinceMs int64
	text    *constitution.Constitution
}

// Operator is the key that signs facts, of the genesis.
func (n *Node) Operator() op.PublicKey { return n.cfg.Operator.Public() }
