package ledger

import (
	"encoding/binary"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// signed is when an operation was signed, by its author's word. What takes the
// place of something, or takes something back, counts in this order and not in
// the order of arrival: an event that was refused, withheld or overtaken can be
// handed in by anybody later, and must not undo what its signer said since.
//
// The order is that of created_at, then of the order tag, then of the event's id.
// All three are under the signature, so nobody but the signer chooses it. What an agent
// says by a key that it went over to comes after all that it said by those before. The
// zero value is before everything.
type signed struct {
	atS   int64
	order int64
	tie   uint64 // first eight bytes of the id
	by    uint32 // number of the key that an agent went over to; 0 for the one that it registered
}

// signedAt is when an event was signed, and by which key of its agent.
func (s *agents) signedAt(e *op.Event) signed {
	return signed{e.CreatedAt, e.Order(), binary.BigEndian.Uint64(e.ID[:8]), s.numberOf(e.PubKey)}
}

func (x signed) before(y signed) bool {
	switch {
	case x.by != y.by: // nothing is let in by a key that was given up
		return x.by < y.by
	case x.atS != y.atS:
		return x.atS < y.atS
	case x.order != y.order:
		return x.order < y.order
	}
	return x.tie < y.tie
}

// latest refuses an operation that was signed before the one that stands.
func (s *State) latest(e *op.Entry, stands signed) (signed, error) {
	now := s.agents.signedAt(e.Event)
	if now.before(stands) {
		return now, refusal.New(refusal.ErrRule, "created_at", "signed-later", "was signed at %d (order %d), what stands was signed at %d (order %d); what was signed last counts, so sign it anew",
			now.atS, now.order, stands.atS, stands.order)
	}
	return now, nil
}

// void makes everything that the signer signed up to this event and that is not
// recorded void: it can be handed in no more.
func (s *State) void(e *op.Entry, _ *op.Void) error {
	if !s.guardian(e.Event.PubKey) {
		if _, err := s.agents.signer(e); err != nil {
			return err
		}
	}
	s.agents.makeVoid(e.Event.PubKey, s.agents.signedAt(e.Event))
	return nil
}

// admitSigned refuses what its signer made void.
func (s *agents) admitSigned(ev *op.Event) error {
	until, ok := s.voided[ev.PubKey]
	if !ok || until.before(s.signedAt(ev)) {
		return nil
	}
	return refusal.New(refusal.ErrRule, "created_at", "voided", "was signed at %d (order %d), and its signer made void what it signed up to %d (order %d)",
		ev.CreatedAt, ev.Order(), until.atS, until.order)
}
