package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
)

// MaySign refuses an event whose signer may sign none of its kind, whatever it says:
// a fact by another key than the operator's, an operation by a key that is neither
// registered nor has a part in what the kind decides. It looks at the key and the kind
// alone, so it comes before everything that costs more, a signature check included.
// It only reads. The rules refuse the same signers by themselves.
func (s *State) MaySign(ev *op.Event) error {
	switch {
	case ev.Kind == op.KindGenesis, ev.Kind == op.KindRegister:
		return nil
	case ofGuardians(ev.Kind) && s.guardian(ev.PubKey), ev.Kind == op.KindReport && s.reporter(ev.PubKey):
		return nil
	case ev.Kind.IsFact():
		if ev.PubKey != s.operator {
			return refuse(ErrForbidden, "pubkey", "operator-only", "%s is a fact that only the operator may state", ev.Kind)
		}
		return nil
	}
	_, err := s.agentFor(ev)
	return err
}

// ofGuardians tells whether guardians sign a kind, who need not be agents.
func ofGuardians(k op.Kind) bool {
	return k == op.KindCancel || k == op.KindVeto || k == op.KindPause || k == op.KindVoid
}

// admitSigner is MaySign for the kinds that agents alone sign; what others may sign
// says its own rule, which names them.
func (s *State) admitSigner(ev *op.Event) error {
	if ofGuardians(ev.Kind) || ev.Kind == op.KindReport {
		return nil
	}
	return s.MaySign(ev)
}

// signer returns the registered agent who signed the entry.
func (s *State) signer(e *op.Entry) (slot, error) { return s.agentFor(e.Event) }

// agentFor returns the registered agent who signed an operation.
func (s *State) agentFor(ev *op.Event) (slot, error) {
	at, ok := s.agentAt[ev.PubKey]
	if !ok {
		return 0, refuse(ErrForbidden, "pubkey", "registered", "%s is not registered; send a register operation first", ev.PubKey)
	}
	if a := &s.agents[at]; a.leftSeq != 0 && !outlivesExit(ev.Kind) {
		return 0, refuse(ErrForbidden, "pubkey", "left", "%s left the economy by entry %d", ev.PubKey, a.leftSeq)
	}
	return at, nil
}

// reporter tells whether a key reports figures of the constitution, or was named by
// the evaluation of some proposal: reporters need not be agents.
func (s *State) reporter(key op.PublicKey) bool {
	if s.reporters[key] {
		return true
	}
	for i := range s.constitution.Metrics {
		if slices.Contains(s.constitution.Metrics[i].Reporters, key) {
			return true
		}
	}
	return false
}
