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
	if _, ok := s.agentAt[e.Event.PubKey]; ok {
		return refusal.New(refusal.ErrDuplicate, "pubkey", "register-once", "%s is registered already", e.Event.PubKey)
	}
	s.agentAt[e.Event.PubKey] = slot(len(s.agents))
	s.keys = append(s.keys, e.Event.PubKey)
	s.agents = append(s.agents, agent{key: e.Event.PubKey, name: c.Name, registered: e.Seq, registeredMs: s.clock.TimeMs})
	for _, i := range s.weighed {
		c := &s.classes[i]
		s.changeTotal(c, 0, c.rule.Weight(voting.Basis{}))
	}
	return nil
}

// bindNode binds a Lightning node to the signing agent. Prepare saw that the node
// agrees.
func (s *State) bindNode(e *op.Entry, c *op.BindNode) error {
	at, err := s.signer(e)
	if err != nil {
		return err
	}
	a := &s.agents[at]
	if owner, ok := s.nodeAt[c.Node]; ok {
		return refusal.New(refusal.ErrDuplicate, "content.node", "bind-once", "node is bound to %s already", s.agents[owner].key)
	}
	if len(a.nodes) >= maxNodes {
		return refusal.New(refusal.ErrRule, "content.node", "max-nodes", "%d nodes are bound, at most %d are allowed", len(a.nodes), maxNodes)
	}
	s.nodeAt[c.Node] = at
	a.nodes = append(a.nodes, c.Node)
	return nil
}
