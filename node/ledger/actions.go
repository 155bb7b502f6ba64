package ledger

import (
	"strconv"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// actionTypes holds every action type, once.
var actionTypes = [...]struct {
	name  string
	empty func() action
}{
	{constitution.ActionSetPrice, func() action { return new(SetPrice) }},
	{constitution.ActionSetGuardians, func() action { return new(SetGuardians) }},
	{constitution.ActionAddRule, func() action { return new(AddRule) }},
	{constitution.ActionRemoveRule, func() action { return new(RemoveRule) }},
	{constitution.ActionPay, func() action { return new(Pay) }},
	{constitution.ActionWebhook, func() action { return new(Webhook) }},
	{constitution.ActionSetParameter, func() action { return new(SetParameter) }},
	{constitution.ActionAmend, func() action { return new(Amend) }},
	{constitution.ActionRegistryPublish, func() action { return new(RegistryPublish) }},
	{constitution.ActionRegistryAllow, func() action { return new(RegistryAllow) }},
	{constitution.ActionRegistryDeny, func() action { return new(RegistryDeny) }},
	{constitution.ActionGrant, func() action { return new(Grant) }},
	{constitution.ActionRevokeGrant, func() action { return new(RevokeGrant) }},
	{constitution.ActionSetBudget, func() action { return new(SetBudget) }},
	{constitution.ActionBudget, func() action { return new(Budget) }},
	{constitution.ActionPause, func() action { return new(PauseTracks) }},
}

// newAction returns an empty action of a type, or nil if there is none.
func newAction(name string) action {
	for _, t := range actionTypes {
		if t.name == name {
			return t.empty()
		}
	}
	return nil
}

// EmptyAction returns an empty action of a type as a pointer to its struct, such as
// *Pay, for those who describe or write actions; nil if there is no such type.
func EmptyAction(name string) any { return newAction(name) }

// action is one thing to execute. do refuses what cannot be carried out, its
// precondition included, and otherwise adds it to the plan.
type action interface {
	kind() string
	do(p *plan) error
}

// maxActions bounds the actions of one proposal.
const maxActions = 16

// decodeActions reads a proposal's actions strictly.
func decodeActions(raw []op.Raw) ([]action, error) {
	if len(raw) > maxActions {
		return nil, refusal.New(refusal.ErrInvalid, "content.actions", "max-actions", "has %d, at most %d are allowed", len(raw), maxActions)
	}
	list := make([]action, len(raw))
	for i, r := range raw {
		field := "content.actions[" + strconv.Itoa(i) + "]"
		kind, err := op.StringMember(r, field, "type")
		if err != nil {
			return nil, err
		}
		if list[i] = newAction(kind); list[i] == nil {
			return nil, refusal.New(refusal.ErrInvalid, field+".type", "known-action", "%+q is no action of this version", kind)
		}
		if err := op.Unmarshal(r, field, list[i]); err != nil {
			return nil, err
		}
		if a, ok := list[i].(*AddRule); ok {
			list[i] = readRule(a)
		}
	}
	if err := raisesAlone(list); err != nil {
		return nil, err
	}
	return list, nil
}
