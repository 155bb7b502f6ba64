package ledger

import "github.com/econd/econd/node/view"

// RegistrySize is the number of entries.
func (s *State) RegistrySize() int { return len(s.registry.list) }

// RegistryAt returns the i-th entry in the order in which they came, 0 <= i <
// RegistrySize().
func (s *State) RegistryAt(i int) view.RegistryEntry {
	e := &s.registry.list[i]
	v := view.RegistryEntry{Kind: e.kind, Name: e.name, Version: e.version, SHA256: e.sha256, URL: e.url, Status: string(e.status), Changes: []view.RegistryChange{}}
	for _, c := range e.changes {
		v.Changes = append(v.Changes, view.RegistryChange{Status: string(c.status), Seq: c.seq, TimeMs: c.timeMs, Proposal: s.proposals.list[c.proposal].id})
	}
	return v
}

// RegistryEntry returns one entry, or false. A provider has no version.
func (s *State) RegistryEntry(kind, name, version string) (view.RegistryEntry, bool) {
	i, ok := s.registry.at[s.agents.registeredAs(registryKey{kind, name, version})]
	if !ok {
		return view.RegistryEntry{}, false
	}
	return s.RegistryAt(i), true
}
