package node

import (
	"sync"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// signers are the keys that may sign anything but a registration: whoever ever
// registered, and who has a say without that. It has a lock of its own, so that an
// event is refused, or let through to the costly checks and stamped, while the writer
// has the state. It follows the durable state; the ledger has the last word.
type signers struct {
	mu     sync.RWMutex
	keys   map[op.PublicKey]bool
	coming map[op.PublicKey]int // registrations, verified, that wait for the writer
	agents int                  // of the state that are among them
	voices int
}

// follow takes up who came since. The caller holds the state.
func (d *signers) follow(s *ledger.State) {
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
