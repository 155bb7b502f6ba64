package ledger

import (
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// Action types that a proposal may carry.
const (
	ActionSetPrice     = "set-price"
	ActionSetGuardians = "set-guardians"
	ActionPay          = "pay"
	ActionAddRule      = "add-rule"
	ActionRemoveRule   = "remove-rule"
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

// actionTypes holds every action type, once.
var actionTypes = [...]struct {
	name  string
	empty func() action
}{
	{ActionSetPrice, func() action { return new(SetPrice) }},
	{ActionSetGuardians, func() action { return new(SetGuardians) }},
	{ActionAddRule, func() action { return new(AddRule) }},
	{ActionRemoveRule, func() action { return new(RemoveRule) }},
	{ActionPay, func() action { return new(Pay) }},
	{ActionWebhook, func() action { return new(Webhook) }},
	{ActionSetParameter, func() action { return new(SetParameter) }},
	{ActionAmend, func() action { return new(Amend) }},
	{ActionRegistryPublish, func() action { return new(RegistryPublish) }},
	{ActionRegistryAllow, func() action { return new(RegistryAllow) }},
	{ActionRegistryDeny, func() action { return new(RegistryDeny) }},
	{ActionGrant, func() action { return new(Grant) }},
	{ActionRevokeGrant, func() action { return new(RevokeGrant) }},
	{ActionSetBudget, func() action { return new(SetBudget) }},
	{ActionPause, func() action { return new(PauseTracks) }},
}

// Actions lists the action types that there are.
func Actions() []string {
	names := make([]string, len(actionTypes))
	for i, t := range actionTypes {
		names[i] = t.name
	}
	return names
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

func knownAction(name string) bool { return newAction(name) != nil }

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
	return list, nil
}
