package ledger

import (
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Scopes of a breaker.
const (
	scopeNode   = "node"
	scopeAgent  = "agent"
	scopeWallet = "wallet"
)

// maxTrips bounds the trips of one scope that are not reset.
const maxTrips = 16

// breakersClosed refuses a new spend while a breaker is open: of the node, of the wallet's
// owner, of the wallet, or of one that it is a part of.
func (s *State) breakersClosed(i int) error {
	owner, open := s.wallets.list[i].owner, ""
	switch {
	case s.wallets.onNode > 0:
		open = "the node"
	case s.wallets.onAt[owner] > 0:
		open = "agent " + s.agents.list[owner].key.String()
	default:
		s.upwards(i, func(w *wallet) bool {
			if w.onTrip > 0 {
				open = w.id
			}
			return open == ""
		})
	}
	if open == "" {
		return nil
	}
	return refusal.New(refusal.ErrPhase, "content.wallet", "breaker", "the breaker of %s is open: nothing new is spent until it is reset", open)
}

// breakerTripped opens a breaker.
func (s *State) breakerTripped(e *op.Entry, c *op.BreakerTripped) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	t := trip{id: e.Event.ID, fact: *c, wallet: -1, agent: nobody, seq: e.Seq, timeMs: s.clock.TimeMs}
	open := s.wallets.onNode
	switch c.Scope {
	case scopeNode:
		if c.Subject != "" {
			return refusal.New(refusal.ErrInvalid, "content.subject", "unknown", "is not of the node")
		}
	case scopeAgent:
		key, err := op.ParsePublicKey(c.Subject)
		if err != nil {
			return refusal.New(refusal.ErrInvalid, "content.subject", "key", "%v", err)
		}
		at, ok := s.agents.at[key]
		if !ok {
			return refusal.New(refusal.ErrNotFound, "content.subject", "registered", "%s is not registered", key)
		}
		t.agent, open = at, s.wallets.onAt[at]
	case scopeWallet:
		i, err := s.walletByID("content.subject", c.Subject)
		if err != nil {
			return err
		}
		t.wallet, open = i, s.wallets.list[i].onTrip
	default:
		return refusal.New(refusal.ErrInvalid, "content.scope", "scope", "is %+q, must be node, agent or wallet", c.Scope)
	}
	if open >= maxTrips {
		return refusal.New(refusal.ErrRule, "content.scope", "max-trips", "%d trips of it are not reset, at most %d may be", open, maxTrips)
	}
	if err := walletText("content.cause", c.Cause); err != nil {
		return err
	}
	if err := refusal.TextWithin("content.figures", c.Figures, 1, 500); err != nil {
		return err
	}
	s.wallets.trip(t)
	return nil
}

// resetBreaker takes a signature under closing a breaker. Of a wallet with approvers they
// decide, as many as approve its spends; of all others the guardians.
func (s *State) resetBreaker(e *op.Entry, c *op.ResetBreaker) error {
	if err := s.knownSince(constitution.RulesWallets, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	i, ok := s.wallets.tripAt[c.Trip]
	if !ok {
		return refusal.New(refusal.ErrNotFound, "content.trip", "trip", "no breaker was opened by %s", c.Trip)
	}
	t := &s.wallets.trips[i]
	if t.closed != 0 {
		return refusal.New(refusal.ErrPhase, "content.trip", "reset-once", "it was closed by entry %d", t.closed)
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, maxReason); err != nil {
		return err
	}
	keys, need := s.resetters(t)
	if keys == nil {
		return s.resetByGuardians(e, c, i)
	}
	if s.agents.listed(keys, e.Event.PubKey) < 0 {
		return refusal.New(refusal.ErrForbidden, "pubkey", "resetter", "%s approves no spends of %s", e.Event.PubKey, s.wallets.list[t.wallet].id)
	}
	have := int64(1)
	for _, a := range t.resets {
		if s.agents.same(a.key, e.Event.PubKey) {
			return refusal.New(refusal.ErrDuplicate, "pubkey", "assent-once", "signed already, as entry %d; %d must agree", a.seq, need)
		}
		if s.agents.listed(keys, a.key) >= 0 && !s.agents.frozen(a.key) {
			have++
		}
	}
	s.closeTrip(i, append(slices.Clip(t.resets), assent{key: e.Event.PubKey, reason: c.Reason, seq: e.Seq}), have >= need)
	return nil
}

// resetters are those who approve the spends of a trip's wallet, and how many must agree; nil
// where there are none.
func (s *State) resetters(t *trip) ([]op.PublicKey, int64) {
	if t.wallet < 0 {
		return nil, 0
	}
	terms := s.wallets.list[t.wallet].budget.terms
	if terms == nil || terms.Approvals == nil {
		return nil, 0
	}
	return s.wallets.list[t.wallet].budget.approve, terms.Approvals.M
}

func (s *State) resetByGuardians(e *op.Entry, c *op.ResetBreaker, i int) error {
	if e.Event.PubKey == s.operator && len(s.constitution.Guardians.Keys) > 0 {
		return refusal.New(refusal.ErrForbidden, "pubkey", "guardian", "the operator closes no breaker where there are guardians")
	}
	list, agreed, err := s.assenting(s.wallets.trips[i].resets, e, c.Reason)
	if err != nil {
		return err
	}
	s.closeTrip(i, list, agreed)
	return nil
}

func (s *State) closeTrip(i int, list []assent, agreed bool) {
	var seq uint64
	if agreed {
		seq = s.next
	}
	s.wallets.reset(i, list, seq)
}
