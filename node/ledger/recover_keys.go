package ledger

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// What an agent can do about a key that is stolen or lost. Its recovery key, which signs nothing
// else and lies elsewhere, goes before its key: it revokes at once. Guardians help where both are
// lost: they hand over after a time in which the agent, or its recovery key, stops them. Both are
// changed by the agent's key after a time alone, so that a thief of that key does not take them away
// first.

// maxKeyGuardians bounds the guardians of one agent.
const maxKeyGuardians = 15

// The times are those below, on regtest the shorter ones.
const (
	leastRecoveryMs   = 6 * 3600 * 1000 // far above the two hours that stamps are the operator's
	mostRecoveryMs    = 30 * dayS * 1000
	changeRecoveryMs  = 7 * dayS * 1000
	leastRecoveryTest = 10 * 1000
	changeTest        = 60 * 1000
)

// recoveryTimes are the least that guardians have to wait, and the least that a change has to.
func (s *State) recoveryTimes() (leastMs, changeMs int64) {
	if s.network == "regtest" {
		return leastRecoveryTest, changeTest
	}
	return leastRecoveryMs, changeRecoveryMs
}

func (t recoveryTerms) none() bool { return t.recovery == (op.PublicKey{}) && len(t.keys) == 0 }

func (t recoveryTerms) same(x recoveryTerms) bool {
	return t.recovery == x.recovery && t.m == x.m && t.waitMs == x.waitMs && slices.Equal(t.keys, x.keys)
}

// keysOf lists who has a say by the terms.
func (t recoveryTerms) keysOf() []op.PublicKey {
	if t.recovery == (op.PublicKey{}) {
		return t.keys
	}
	return append([]op.PublicKey{t.recovery}, t.keys...)
}

// at are the terms in force at an instant.
func (g *guard) at(nowMs int64) recoveryTerms {
	switch {
	case g == nil:
		return recoveryTerms{}
	case g.nextMs != 0 && nowMs > g.nextMs && (g.waiting == nil || g.waiting.sinceMs > g.nextMs):
		return g.next // not while guardians hand the agent over, who began before
	}
	return g.now
}

// waits is the key that is to speak unless it is stopped, or nil.
func (g *guard) waits() *awaitedKey {
	if g == nil {
		return nil
	}
	return g.waiting
}

// recoveryAsked checks terms that an agent, which speaks by a key, asks for.
func (s *State) recoveryAsked(key, recovery op.PublicKey, g *op.KeyGuardians) (recoveryTerms, error) {
	t := recoveryTerms{recovery: recovery}
	if recovery == (op.PublicKey{}) && g == nil {
		return t, nil
	}
	if err := s.knownSince(constitution.RulesKeys, "content.recovery", "recovery"); err != nil {
		return t, err
	}
	if recovery != (op.PublicKey{}) {
		if err := s.checkRecoveryKeys("content.recovery", key, []op.PublicKey{recovery}); err != nil {
			return t, err
		}
	}
	if g == nil {
		return t, nil
	}
	least, _ := s.recoveryTimes()
	switch n := int64(len(g.Keys)); {
	case n < 1 || n > maxKeyGuardians:
		return t, refusal.New(refusal.ErrInvalid, "content.guardians.keys", "length", "has %d, must have 1 to %d", n, maxKeyGuardians)
	case g.M < 1 || g.M > n:
		return t, refusal.New(refusal.ErrInvalid, "content.guardians.m", "range", "is %d, must be 1 to %d", g.M, n)
	case g.WaitS < least/1000 || g.WaitS > mostRecoveryMs/1000:
		return t, refusal.New(refusal.ErrInvalid, "content.guardians.wait_s", "range", "is %d, must be %d to %d", g.WaitS, least/1000, int64(mostRecoveryMs/1000))
	}
	t.m, t.keys, t.waitMs = g.M, g.Keys, g.WaitS*1000
	return t, s.checkRecoveryKeys("content.guardians.keys", key, g.Keys)
}

// checkRecoveryKeys refuses what is no key, who stands there twice, and the agent itself.
func (s *State) checkRecoveryKeys(field string, own op.PublicKey, keys []op.PublicKey) error {
	if err := s.entry.spend(workKey * int64(len(keys))); err != nil {
		return err
	}
	if err := constitution.CheckKeys(field, keys, nil); err != nil {
		return err
	}
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case s.agents.same(k, own):
			return refusal.New(refusal.ErrRule, at, "own-recovery", "%s is the agent's own: it is to help where that is lost", k)
		case s.agents.listed(keys[:i], k) >= 0:
			return refusal.New(refusal.ErrInvalid, at, "unique", "%s is of an agent that stands there before", k)
		}
	}
	return nil
}

// setRecovery changes who may take the signer's key away.
func (s *State) setRecovery(e *op.Entry, c *op.SetRecovery) error {
	if err := s.knownSince(constitution.RulesKeys, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	if e.Event.PubKey == s.operator {
		return refusal.New(refusal.ErrForbidden, "pubkey", "operator-key", "is the operator's key, which states the facts of this log")
	}
	terms, err := s.recoveryAsked(e.Event.PubKey, c.Recovery, c.Guardians)
	if err != nil {
		return err
	}
	a, before := &s.agents.list[at], signed{}
	if a.guard != nil {
		before = a.guard.setSigned
	}
	when, err := s.latest(e, before)
	if err != nil {
		return err
	}
	g := a.guarded()
	g.saidSet(when)
	s.agents.speak(terms.keysOf()...)
	switch now := g.at(s.clock.TimeMs); {
	case now.none() || now.same(terms):
		g.set(terms, recoveryTerms{}, 0)
	default:
		_, change := s.recoveryTimes()
		g.set(now, terms, s.clock.TimeMs+max(change, now.waitMs))
	}
	return nil
}

// guardedAgent finds an agent and who may take its key away now.
func (s *State) guardedAgent(e *op.Entry, key op.PublicKey) (slot, recoveryTerms, error) {
	if err := s.knownSince(constitution.RulesKeys, "kind", e.Event.Kind.String()); err != nil {
		return 0, recoveryTerms{}, err
	}
	at, ok := s.agents.at[key]
	if !ok {
		return 0, recoveryTerms{}, refusal.New(refusal.ErrNotFound, "content.agent", "agent", "%s is not registered", key)
	}
	return at, s.agents.list[at].guard.at(s.clock.TimeMs), nil
}

// isRecovery tells whether a key is the recovery key of terms.
func (s *State) isRecovery(t recoveryTerms, key op.PublicKey) bool {
	return t.recovery != (op.PublicKey{}) && s.agents.same(t.recovery, key)
}

// revokeKey: the recovery key takes the agent's key its voice.
func (s *State) revokeKey(e *op.Entry, c *op.RevokeKey) error {
	at, terms, err := s.guardedAgent(e, c.Agent)
	if err != nil {
		return err
	}
	if !s.isRecovery(terms, e.Event.PubKey) {
		return refusal.New(refusal.ErrForbidden, "pubkey", "recovery-key", "%s is not the recovery key of %s", e.Event.PubKey, c.Agent)
	}
	a := &s.agents.list[at]
	when, err := s.latest(e, a.guard.revokeSigned)
	if err != nil {
		return err
	}
	if c.NewKey == (op.PublicKey{}) {
		if a.revoked != 0 {
			return refusal.New(refusal.ErrDuplicate, "content.agent", "revoke-once", "entry %d revoked its key; name another with new_key", a.revoked)
		}
		s.agents.revoke(at, e.Seq)
	} else {
		if err := s.free("content.new_key", at, c.NewKey); err != nil {
			return err
		}
		s.handAgentTo(at, c.NewKey, e.Seq)
	}
	a.guard.set(terms, recoveryTerms{}, 0)
	a.guard.saidRevoked(when)
	a.guard.bar(0)
	return nil
}

// checkRevoked holds the signature of the new key, where there is one, against it.
func checkRevoked(ev *op.Event, c *op.RevokeKey) (*prepared, error) {
	if c.NewKey == (op.PublicKey{}) {
		if c.Signature != (op.KeySignature{}) {
			return nil, refusal.New(refusal.ErrInvalid, "content.signature", "new-key", "is there, and new_key is not")
		}
		return &prepared{}, nil
	}
	return &prepared{}, takesOver(ev.Economy(), c.Agent, c.NewKey, c.Signature)
}

// recoverKey: a guardian says which key is to speak for an agent.
func (s *State) recoverKey(e *op.Entry, c *op.RecoverKey) error {
	at, terms, err := s.guardedAgent(e, c.Agent)
	if err != nil {
		return err
	}
	i := s.agents.listed(terms.keys, e.Event.PubKey)
	if i < 0 {
		return refusal.New(refusal.ErrForbidden, "pubkey", "key-guardian", "%s is no guardian of %s", e.Event.PubKey, c.Agent)
	}
	g, now := s.agents.list[at].guard, s.clock.TimeMs
	if w := g.waits(); w != nil {
		return refusal.New(refusal.ErrPhase, "content.agent", "recovery-waits", "since entry %d %s is to speak for it, after %s", w.seq, w.key, atText(w.untilMs))
	}
	if now <= g.barredMs {
		return refusal.New(refusal.ErrPhase, "content.agent", "recovery-barred", "what its guardians began was stopped; they may begin again after %s", atText(g.barredMs))
	}
	if err := s.free("content.new_key", at, c.NewKey); err != nil {
		return err
	}
	words, err := s.withWord(g.words, terms, e, recoveryWord{guardian: terms.keys[i], key: c.NewKey, seq: e.Seq})
	if err != nil {
		return err
	}
	have := int64(0)
	for _, w := range words {
		if w.key == c.NewKey && !s.agents.frozen(w.guardian) {
			have++
		}
	}
	g.say(words)
	if have >= terms.m {
		until := now + terms.waitMs
		s.agents.await(at, awaitedKey{key: c.NewKey, untilMs: until, sinceMs: now, seq: e.Seq})
		s.agenda.add(until, op.KindKeyRecovered, int(at))
	}
	return nil
}

// withWord puts a guardian's word in the place of its last one, without those of who guards no
// more.
func (s *State) withWord(words []recoveryWord, terms recoveryTerms, e *op.Entry, word recoveryWord) ([]recoveryWord, error) {
	var before signed
	var kept []recoveryWord
	for _, w := range words {
		switch {
		case w.guardian != word.guardian:
			if slices.Contains(terms.keys, w.guardian) {
				kept = append(kept, w)
			}
		case w.key == word.key:
			return nil, refusal.New(refusal.ErrDuplicate, "pubkey", "recover-once", "signed already, as entry %d; %d guardians must agree", w.seq, terms.m)
		default:
			before = w.signed
		}
	}
	when, err := s.latest(e, before)
	word.signed = when
	return append(kept, word), err
}

// stopRecovery: the agent, or its recovery key, stops what its guardians began.
func (s *State) stopRecovery(e *op.Entry, c *op.StopRecovery) error {
	at, terms, err := s.guardedAgent(e, c.Agent)
	if err != nil {
		return err
	}
	a := &s.agents.list[at]
	if e.Event.PubKey != a.key && !s.isRecovery(terms, e.Event.PubKey) {
		return refusal.New(refusal.ErrForbidden, "pubkey", "recovery-key", "%s neither speaks for %s nor is its recovery key", e.Event.PubKey, c.Agent)
	}
	said := a.guard != nil && slices.ContainsFunc(a.guard.words, func(w recoveryWord) bool { return w.key == c.NewKey })
	if !said {
		return refusal.New(refusal.ErrNotFound, "content.new_key", "recovery", "no guardian hands %s over to %s", c.Agent, c.NewKey)
	}
	s.agents.settleRecovery(at)
	a.guard.bar(s.clock.TimeMs + terms.waitMs)
	return nil
}

// keyRecovered hands an agent over as its guardians said, once the time to stop them is over.
func (s *State) keyRecovered(e *op.Entry, c *op.KeyRecovered) error {
	at := s.agents.at[c.Agent] // whose recovery is due, see admitDue
	g := s.agents.list[at].guard
	if w := g.waits(); w.key != c.NewKey {
		return refusal.New(refusal.ErrFact, "content.new_key", "key-recovered", "states %s, recomputed %s", c.NewKey, w.key)
	}
	terms := g.at(s.clock.TimeMs)
	s.handAgentTo(at, c.NewKey, e.Seq)
	g.set(terms, recoveryTerms{}, 0)
	return nil
}
