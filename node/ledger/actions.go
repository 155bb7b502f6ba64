package ledger

import (
	"strconv"

	"github.com/econd/econd/node/op"
)

// Action types that a proposal may carry.
const (
	ActionSetPrice     = "set-price"
	ActionSetGuardians = "set-guardians"
)

func knownAction(name string) bool { return name == ActionSetPrice || name == ActionSetGuardians }

// action is one thing to execute. check tells whether it can be carried out in
// a constitution, its precondition included; do carries it out on a copy.
type action interface {
	kind() string
	do(c *Constitution) error
}

// SetPrice changes what a token for a resource costs. Expect is the
// precondition: the price that must be in force at execution.
type SetPrice struct {
	Type      string `json:"type"`
	Resource  string `json:"resource"`
	Sat       int64  `json:"sat"`
	ExpectSat int64  `json:"expect_sat"`
}

func (a *SetPrice) kind() string { return ActionSetPrice }

func (a *SetPrice) do(c *Constitution) error {
	for i := range c.Prices {
		p := &c.Prices[i]
		if p.Resource != a.Resource {
			continue
		}
		if p.Sat != a.ExpectSat {
			return refuse(ErrRule, "expect_sat", "precondition", "price of %s is %d sat, the action expects %d", a.Resource, p.Sat, a.ExpectSat)
		}
		p.Sat = a.Sat
		return c.validatePrices()
	}
	return refuse(ErrInvalid, "resource", "resource", "%q is not one of %v", a.Resource, Resources())
}

// maxActions bounds the actions of one proposal.
const maxActions = 16

// decodeActions reads a proposal's actions strictly.
func decodeActions(raw []op.Raw) ([]action, error) {
	if len(raw) > maxActions {
		return nil, refuse(ErrInvalid, "content.actions", "max-actions", "has %d, at most %d are allowed", len(raw), maxActions)
	}
	list := make([]action, len(raw))
	for i, r := range raw {
		field := "content.actions[" + strconv.Itoa(i) + "]"
		kind, err := op.StringMember(r, field, "type")
		if err != nil {
			return nil, err
		}
		switch kind {
		case ActionSetPrice:
			list[i] = new(SetPrice)
		case ActionSetGuardians:
			list[i] = new(SetGuardians)
		default:
			return nil, refuse(ErrInvalid, field+".type", "known-action", "%q is no action of this version", kind)
		}
		if err := op.Unmarshal(r, field, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// tryActions carries the actions out on a copy of the constitution: all or
// nothing.
func (s *State) tryActions(list []action) (*Constitution, error) {
	c := s.constitution.clone()
	for i, a := range list {
		if err := a.do(c); err != nil {
			return nil, refuse(ErrRule, "content.actions["+strconv.Itoa(i)+"]", a.kind(), "%v", err)
		}
	}
	return c, nil
}
