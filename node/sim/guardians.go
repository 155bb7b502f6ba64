package sim

import (
	"encoding/json"
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// guardianKey is the key of the n-th guardian.
func guardianKey(n int) (op.SecretKey, error) {
	raw := secret("guardian", n)
	return op.NewSecretKey(raw[:])
}

// genesis is the constitution that a run begins with: the scenario's, with its
// guardians in place.
func (s *Scenario) genesis() (json.RawMessage, error) {
	if s.Guardians == nil {
		raw, _, err := s.Constitutional()
		return raw, err
	}
	keys := []any{}
	for n := range int(s.Guardians.Count) {
		key, err := guardianKey(n)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key.Public().String())
	}
	guarded := merge(s.Constitution, map[string]any{"guardians": map[string]any{"keys": keys, "threshold": s.Guardians.Threshold}})
	return json.Marshal(guarded)
}

// guard lets each guardian look, by chance, at what is in its timelock, and
// judge it once: what seems bad gets its signature under a veto.
func (r *run) guard() error {
	g := r.sc.Guardians
	if g == nil {
		return nil
	}
	for i := range r.bills {
		b := &r.bills[i]
		for n := range int(g.Count) {
			if v, _ := r.s.Proposal(b.id, r.at.TimeMs); v.State != voting.Queued.String() {
				break
			}
			rng := r.stream(n, fmt.Sprintf("guard %d", i))
			looks, errs := happens(rng, g.NoticePpm), happens(rng, g.ErrorPpm)
			if b.judged[n] || !looks {
				continue
			}
			b.judged[n] = true
			if bad := r.sc.Proposals[b.of].Merit == "bad"; bad == errs {
				continue
			}
			if err := r.veto(n, b.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// veto enters one guardian's signature; guardians pay no price.
func (r *run) veto(n int, id op.ID) error {
	key, err := guardianKey(n)
	if err != nil {
		return err
	}
	if _, err := r.apply(key, op.KindVeto, op.Veto{Proposal: id, Reason: "serves its proposer alone"}); err != nil {
		return err
	}
	return r.answerEffects()
}
