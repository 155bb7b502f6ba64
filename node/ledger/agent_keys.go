package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// An agent is a place in the state, and a key speaks for it. All that belongs to the agent
// belongs to the place, so it stays where it is when another key speaks. A key that spoke once
// names its agent for ever, and speaks no more.

// maxFormerKeys is how many keys an agent may have given up by its own word. Its recovery key
// and its guardians may hand it over all the same.
const maxFormerKeys = 256

// rotateKey hands the signer's agent over to a key that agrees, see checkTakeOver.
func (s *State) rotateKey(e *op.Entry, c *op.RotateKey) error {
	if err := s.knownSince(constitution.RulesKeys, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	if n := len(s.agents.list[at].before); n >= maxFormerKeys {
		return refusal.New(refusal.ErrRule, "content.new_key", "keys-most", "the agent gave up %d keys, at most %d are allowed", n, maxFormerKeys)
	}
	if e.Event.PubKey == s.operator {
		return refusal.New(refusal.ErrForbidden, "pubkey", "operator-key", "is the operator's key, which states the facts of this log")
	}
	if err := s.free("content.new_key", at, c.NewKey); err != nil {
		return err
	}
	s.handAgentTo(at, c.NewKey, e.Seq)
	return nil
}

// checkTakeOver holds the new key's agreement against it.
func checkTakeOver(ev *op.Event, c *op.RotateKey) (*prepared, error) {
	return &prepared{}, takesOver(ev.Economy(), ev.PubKey, c.NewKey, c.Signature)
}

// takesOver refuses a signature that is not the new key's under what it has to sign.
func takesOver(economy string, agent, newKey op.PublicKey, sig op.KeySignature) error {
	if err := op.VerifyTakeOver(economy, agent, newKey, sig); err != nil {
		want := op.TakeOver(economy, agent, newKey)
		return refusal.New(refusal.ErrForbidden, "content.signature", "new-key", "is not that of %s under the event of kind %d, created_at 0, tag economy %+q and content %+q",
			newKey, want.Kind, economy, want.Content)
	}
	return nil
}

// free refuses a key that an agent may not go over to.
func (s *State) free(field string, of slot, key op.PublicKey) error {
	if other, ok := s.agents.awaited[key]; ok && other != of {
		return refusal.New(refusal.ErrDuplicate, field, "new-key-free", "guardians hand another agent over to %s", key)
	}
	switch at, ok := s.agents.at[key]; {
	case key == s.operator:
		return refusal.New(refusal.ErrForbidden, field, "operator-key", "is the operator's key, which states the facts")
	case ok && s.agents.list[at].key == key:
		return refusal.New(refusal.ErrDuplicate, field, "new-key-free", "%s speaks for an agent already", key)
	case ok:
		return refusal.New(refusal.ErrDuplicate, field, "new-key-free", "%s was given up in entry %d, and no key comes back", key, s.agents.list[at].ended(key))
	}
	return nil
}

// handAgentTo lets a key speak for an agent from the entry in work on.
func (s *State) handAgentTo(at slot, key op.PublicKey, seq uint64) {
	s.agents.handTo(at, key, seq)
	s.agents.speak(key)
}

// ended is the entry since which a key that the agent had speaks for it no more.
func (a *agent) ended(key op.PublicKey) uint64 {
	for _, b := range a.before {
		if b.key == key {
			return b.ended
		}
	}
	return 0
}

// speaks refuses a key that an agent gave up or that was revoked, wherever it stands.
func (s *agents) speaks(field string, key op.PublicKey) error {
	at, ok := s.at[key]
	if !ok {
		return nil
	}
	switch a := &s.list[at]; {
	case a.key != key:
		return refusal.New(refusal.ErrForbidden, field, "key-current", "%s speaks for its agent no more since entry %d; %s does, since entry %d", key, a.ended(key), a.key, a.keySeq)
	case a.revoked != 0:
		return refusal.New(refusal.ErrForbidden, field, "key-revoked", "%s was revoked in entry %d, and no other key speaks for its agent yet", key, a.revoked)
	}
	return nil
}

// frozen tells whether a key is of an agent for which none speaks.
func (s *agents) frozen(key op.PublicKey) bool {
	at, ok := s.at[key]
	return ok && s.list[at].revoked != 0
}

// first is the key that an agent registered, by any that it has or had, and any other key
// itself.
func (s *agents) first(key op.PublicKey) op.PublicKey {
	if len(s.later) == 0 {
		return key
	}
	if at, ok := s.at[key]; ok {
		return s.keys[at]
	}
	return key
}

// same tells whether two keys are one, or of one agent.
func (s *agents) same(a, b op.PublicKey) bool { return a == b || s.first(a) == s.first(b) }

// listed is the place of a key, or of another one of the same agent, in a list of keys, or -1: who
// has a say by the constitution keeps it when its agent goes over to another key.
func (s *agents) listed(list []op.PublicKey, key op.PublicKey) int {
	if i := slices.Index(list, key); i >= 0 || len(s.later) == 0 {
		return i
	}
	first := s.first(key)
	return slices.IndexFunc(list, func(k op.PublicKey) bool { return s.first(k) == first })
}

// numberOf is the number of a key that an agent went over to and has, 0 for any other.
func (s *agents) numberOf(key op.PublicKey) uint32 {
	if len(s.later) == 0 {
		return 0
	}
	if at, ok := s.at[key]; ok && s.list[at].key == key {
		return s.list[at].number
	}
	return 0
}

// keyNumbered is the key of an agent by its number.
func (s *agents) keyNumbered(at slot, number uint32) op.PublicKey {
	return numbered(s.keys, s.later, at, number)
}

func numbered(keys, later [][32]byte, at slot, number uint32) op.PublicKey {
	if number == 0 {
		return keys[at]
	}
	return later[number-1]
}

// spokenBy are the keys by which agents spoke right before an entry, by slot: the zero key where
// none did. The caller must not change it.
func (s *agents) spokenBy(seq uint64) [][32]byte {
	if !s.handed {
		return s.keys
	}
	keys := slices.Clone(s.keys)
	for i := range s.list {
		keys[i] = s.list[i].keyBefore(seq)
	}
	return keys
}

// keyBefore is the key by which the agent spoke right before an entry.
func (a *agent) keyBefore(seq uint64) op.PublicKey {
	for _, b := range a.before {
		if seq <= b.ended {
			return spokeSince(b.key, b.from, seq)
		}
	}
	if a.revoked != 0 && a.revoked < seq {
		return op.PublicKey{}
	}
	return spokeSince(a.key, a.keySeq, seq)
}

func spokeSince(key op.PublicKey, from, seq uint64) op.PublicKey {
	if from != 0 && seq <= from {
		return op.PublicKey{} // the one before was revoked, and this one did not speak yet
	}
	return key
}
