package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// maxNodes bounds the Lightning nodes of one agent.
const maxNodes = 16

// register makes the signer an agent.
func (s *State) register(e *op.Entry, c *op.Register) error {
	if err := refusal.TextWithin("content.name", c.Name, 1, 64); err != nil {
		return err
	}
	if _, ok := s.agents.at[e.Event.PubKey]; ok { // its former keys were refused
		return refusal.New(refusal.ErrDuplicate, "pubkey", "register-once", "%s is registered already", e.Event.PubKey)
	}
	if _, ok := s.agents.awaited[e.Event.PubKey]; ok {
		return refusal.New(refusal.ErrDuplicate, "pubkey", "new-key-free", "guardians hand another agent over to %s", e.Event.PubKey)
	}
	terms, err := s.recoveryAsked(e.Event.PubKey, c.Recovery, c.Guardians)
	if err != nil {
		return err
	}
	s.addAgent(e.Event.PubKey, c.Name, e.Seq)
	if !terms.none() {
		g := s.agents.list[len(s.agents.list)-1].guarded()
		g.set(terms, recoveryTerms{}, 0)
		g.saidSet(s.agents.signedAt(e.Event))
		s.agents.speak(terms.keysOf()...)
	}
	return nil
}

// addAgent adds an agent, of no weight yet.
func (s *State) addAgent(key op.PublicKey, name string, seq uint64) {
	s.agents.register(agent{key: key, name: name, registered: seq, registeredMs: s.clock.TimeMs})
	for _, i := range s.weights.weighed {
		c := &s.weights.classes[i]
		c.change(s.clock.TimeMs, 0, c.rule.Weight(voting.Basis{}))
	}
}

// bindNode binds a Lightning node to the signing agent. Prepare saw that the node
// agrees.
func (s *State) bindNode(e *op.Entry, c *op.BindNode) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	a := &s.agents.list[at]
	if owner, ok := s.agents.nodeAt[c.Node]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.node", "bind-once", "node is bound to %s already", s.agents.list[owner].key)
	}
	if len(a.nodes) >= maxNodes {
		return refusal.New(refusal.ErrRule, "content.node", "max-nodes", "%d nodes are bound, at most %d are allowed", len(a.nodes), maxNodes)
	}
	s.agents.bindNode(at, c.Node)
	return nil
}
