package ledger

import (
	"strconv"

	"github.com/econd/econd/node/op"
)

// Action types that a proposal may carry.
const (
	ActionSetPrice     = "set-price"
	ActionSetGuardians = "set-guardians"
	ActionPay          = "pay"
	ActionWebhook      = "webhook"
	ActionSetParameter = "set-parameter"
	ActionAmend        = "amend"

	ActionRegistryPublish = "registry-publish"
	ActionRegistryAllow   = "registry-allow"
	ActionRegistryDeny    = "registry-deny"
	ActionGrant           = "grant"
	ActionRevokeGrant     = "revoke-grant"
	ActionSetBudget       = "set-budget"
	ActionPause           = "pause"
)

// newAction returns an empty action of a type, or nil if there is none.
func newAction(name string) action {
	switch name {
	case ActionSetPrice:
		return new(SetPrice)
	case ActionSetGuardians:
		return new(SetGuardians)
	case ActionPay:
		return new(Pay)
	case ActionWebhook:
		return new(Webhook)
	case ActionSetParameter:
		return new(SetParameter)
	case ActionAmend:
		return new(Amend)
	case ActionRegistryPublish:
		return new(RegistryPublish)
	case ActionRegistryAllow:
		return new(RegistryAllow)
	case ActionRegistryDeny:
		return new(RegistryDeny)
	case ActionGrant:
		return new(Grant)
	case ActionRevokeGrant:
		return new(RevokeGrant)
	case ActionSetBudget:
		return new(SetBudget)
	case ActionPause:
		return new(PauseTracks)
	}
	return nil
}

func knownAction(name string) bool { return newAction(name) != nil }

// action is one thing to execute. do refuses what cannot be carried out, its
// precondition included, and otherwise adds it to the plan.
type action interface {
	kind() string
	do(p *plan) error
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

func (a *SetPrice) reversed() action {
	return &SetPrice{Type: a.Type, Resource: a.Resource, Sat: a.ExpectSat, ExpectSat: a.Sat}
}

func (a *SetPrice) do(d *plan) error {
	c := d.constitution()
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
		if list[i] = newAction(kind); list[i] == nil {
			return nil, refuse(ErrInvalid, field+".type", "known-action", "%q is no action of this version", kind)
		}
		if err := op.Unmarshal(r, field, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}
