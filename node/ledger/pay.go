package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Pay pays an agent from a pool. With a node it is sent by keysend to that node,
// which must be bound to the agent; without, the agent claims it with a BOLT11
// invoice after the execution.
type Pay struct {
	Type string       `json:"type"`
	Pool string       `json:"pool"`                                    // that pays
	To   op.PublicKey `json:"to"`                                      // whom
	Sat  int64        `json:"sat" schema:"min=1,max=2100000000000000"` // how much
	Node op.NodeKey   `json:"node,omitzero"`                           // that must be paid; absent, the agent names an invoice
}

func (a *Pay) kind() string { return constitution.ActionPay }

func (a *Pay) do(d *plan) error {
	to, err := d.payee(a.To, a.Node)
	if err != nil {
		return err
	}
	if a.Sat < 1 || a.Sat > maxPayoutSat {
		return refusal.New(refusal.ErrInvalid, "sat", "range", "is %d, must be between 1 and %d", a.Sat, int64(maxPayoutSat))
	}
	fee := d.current().Payouts.FeeLimitSat(a.Sat)
	pool, err := d.take(a.Pool, a.Sat+fee)
	if err != nil {
		return err
	}
	d.later(func(s *State, from actionRef) {
		s.owe(s.proposals.actionID("pay", from), to, pool, a.Sat, fee, "payment", from, a.Node)
	})
	return nil
}

// payee finds the agent that is to be paid, and checks the binding of the node.
func (d *plan) payee(key op.PublicKey, node op.NodeKey) (slot, error) {
	to, ok := d.s.agents.at[key]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, "to", "registered", "%s is not registered", key)
	}
	return to, d.s.agents.boundNode("node", node, to)
}

// boundNode refuses a node that is not bound to the agent; none is no node.
func (s *agents) boundNode(field string, node op.NodeKey, to slot) error {
	if node == (op.NodeKey{}) {
		return nil
	}
	if owner, bound := s.nodeAt[node]; !bound || owner != to {
		return refusal.New(refusal.ErrRule, field, "payee-binding", "node %s is not bound to %s", node, s.list[to].key)
	}
	return nil
}
