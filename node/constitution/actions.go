package constitution

import "slices"

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
	ActionBudget          = "budget"
	ActionPause           = "pause"
)

// action is a type of actions.
type action struct {
	name string
	asks bool // for sats of a pool
}

// actions lists every action type, once.
var actions = [...]action{
	{ActionSetPrice, false},
	{ActionSetGuardians, false},
	{ActionAddRule, false},
	{ActionRemoveRule, false},
	{ActionPay, true},
	{ActionWebhook, false},
	{ActionSetParameter, false},
	{ActionAmend, false},
	{ActionRegistryPublish, false},
	{ActionRegistryAllow, false},
	{ActionRegistryDeny, false},
	{ActionGrant, true},
	{ActionRevokeGrant, false},
	{ActionSetBudget, false},
	{ActionBudget, false},
	{ActionPause, false},
}

// Actions lists the action types that there are.
func Actions() []string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = a.name
	}
	return names
}

func knownAction(name string, version int64) bool {
	if name == ActionBudget && version < RulesWallets {
		return false
	}
	return slices.ContainsFunc(actions[:], func(a action) bool { return a.name == name })
}

// AsksOfPool tells whether an action asks for sats of a pool, which conviction may decide on.
func AsksOfPool(name string) bool {
	return slices.ContainsFunc(actions[:], func(a action) bool { return a.name == name && a.asks })
}
