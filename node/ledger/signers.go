package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// admitSigner refuses a fact by another key than the operator's, and an operation that
// agents alone sign by anybody else, before its content is looked at. What others may
// sign says its own rule, which names them.
func (s *State) admitSigner(ev *op.Event) error {
	if err := s.agents.speaks("pubkey", ev.PubKey); err != nil && !ev.Kind.IsFact() {
		return err
	}
	switch signer := ev.Kind.Signer(); {
	case signer == op.ByOperator && ev.PubKey != s.operator:
		return refusal.New(refusal.ErrForbidden, "pubkey", "operator-only", "%s is a fact that only the operator may state", ev.Kind)
	case !signer.IsAgent():
		return nil
	}
	_, err := s.agents.agentFor(ev)
	return err
}

// NotRegistered is the refusal of a key that is no agent's.
func NotRegistered(key op.PublicKey) error {
	return refusal.New(refusal.ErrForbidden, "pubkey", "registered", "%s is not registered; send a register operation first", key)
}

// signer returns the registered agent who signed the entry.
func (s *agents) signer(e *op.Entry) (slot, error) { return s.agentFor(e.Event) }

// agentFor returns the registered agent who signed an operation.
func (s *agents) agentFor(ev *op.Event) (slot, error) {
	at, ok := s.at[ev.PubKey]
	if !ok {
		return 0, NotRegistered(ev.PubKey)
	}
	if a := &s.list[at]; a.leftSeq != 0 && ev.Kind.Signer() != op.ByPastAgents {
		return 0, refusal.New(refusal.ErrForbidden, "pubkey", "left", "%s left the economy by entry %d", ev.PubKey, a.leftSeq)
	}
	return at, nil
}

// Speaking finds the key that an agent registered, which names it for ever, by the one that speaks
// for it. The refusal is that of a key that is no agent's, speaks no more, or was revoked.
func (s *State) Speaking(key op.PublicKey) (first op.PublicKey, err error) {
	if _, ok := s.agents.at[key]; !ok {
		return key, NotRegistered(key)
	}
	return s.agents.first(key), s.agents.speaks("pubkey", key)
}

// speak notes keys that may sign something without being agents.
func (s *agents) speak(keys ...op.PublicKey) {
	for _, k := range keys {
		if !s.spoken[k] {
			s.spoken[k] = true
			s.voices = append(s.voices, k)
		}
	}
}

// Voices lists the keys that ever had a say without that they registered: the operator,
// guardians, reporters, keys that agents went over to; in the order in which they came, without
// the first from of them. The caller must not change it.
func (s *State) Voices(from int) []op.PublicKey { return s.agents.voices[from:] }

// AgentKeys lists the keys that ever registered, in order, without the first from of
// them. The caller must not change it.
func (s *State) AgentKeys(from int) [][32]byte { return s.agents.keys[from:] }
