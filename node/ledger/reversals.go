package ledger

import "slices"

// reverser is an action that others can undo. It returns nil where this one
// cannot be.
type reverser interface{ reversed() action }

// undoing lists the actions that undo those of a proposal, the last one first,
// and tells whether all of them can be undone. What went outside cannot: a
// payment, a grant, a webhook; nor can what is published, or a pause. Where there
// are no actions, nothing has to be undone.
func (p *proposal) undoing() ([]action, bool) {
	if p.irreversible {
		return nil, false
	}
	var list []action
	for _, a := range slices.Backward(p.actions) {
		r, ok := a.(reverser)
		if !ok {
			return nil, false
		}
		back := r.reversed()
		if back == nil {
			return nil, false
		}
		list = append(list, back)
	}
	return list, true
}

func (a *SetParameter) reversed() action {
	return &SetParameter{Type: a.Type, Path: a.Path, Value: a.Expect, Expect: a.Value}
}

func (a *Amend) reversed() action {
	if raises(a) {
		return nil // rules only go up
	}
	return &Amend{Type: a.Type, Path: a.Path, Value: a.Expect, Expect: a.Value}
}

func (a *SetGuardians) reversed() action {
	return &SetGuardians{Type: a.Type, Keys: a.ExpectKeys, Threshold: a.ExpectThreshold, ExpectKeys: a.Keys, ExpectThreshold: a.Threshold}
}

func (a *SetBudget) reversed() action {
	return &SetBudget{Type: a.Type, Agent: a.Agent, Pool: a.Pool, Terms: a.Expect, Expect: a.Terms}
}

func (a *RegistryAllow) reversed() action { return (*registryRuling)(a).reversed(RegistryAllowed) }
func (a *RegistryDeny) reversed() action  { return (*registryRuling)(a).reversed(RegistryDenied) }

// reversed puts an entry back where a ruling found it. A provider that was not on
// record stays there: entries do not vanish.
func (a *registryRuling) reversed(from RegistryStatus) action {
	if a.Expect == RegistryAbsent {
		return nil
	}
	return &registryReturn{registryRuling: *a, from: from}
}

// registryReturn undoes a ruling. Nobody can propose it.
type registryReturn struct {
	registryRuling
	from RegistryStatus
}

func (a *registryReturn) kind() string { return a.Type }

func (a *registryReturn) do(d *plan) error {
	e, err := d.registered(registryKey{a.Kind, a.Name, a.Version}, a.from)
	if err != nil {
		return err
	}
	e.status = a.Expect
	d.list(e)
	return nil
}
