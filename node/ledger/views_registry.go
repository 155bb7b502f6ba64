package ledger

import "github.com/econd/econd/node/op"

// RegistryView is one entry of the registry.
type RegistryView struct {
	Kind    string               `json:"kind"` // model, tool or provider
	Name    string               `json:"name"` // of a provider, its key
	Version string               `json:"version,omitempty"`
	SHA256  op.Hash              `json:"sha256,omitzero"`
	URL     string               `json:"url,omitempty"`
	Status  RegistryStatus       `json:"status"`
	Changes []RegistryChangeView `json:"changes"` // in order
}

// RegistryChangeView is one decision about an entry.
type RegistryChangeView struct {
	Status   RegistryStatus `json:"status"`
	Seq      uint64         `json:"seq"` // entry of the execution
	TimeMs   int64          `json:"time_ms"`
	Proposal op.ID          `json:"proposal"`
}

// RegistrySize is the number of entries.
func (s *State) RegistrySize() int { return len(s.registry) }

// RegistryAt returns the i-th entry in the order in which they came, 0 <= i <
// RegistrySize().
func (s *State) RegistryAt(i int) RegistryView {
	e := &s.registry[i]
	v := RegistryView{Kind: e.kind, Name: e.name, Version: e.version, SHA256: e.sha256, URL: e.url, Status: e.status, Changes: []RegistryChangeView{}}
	for _, c := range e.changes {
		v.Changes = append(v.Changes, RegistryChangeView{c.status, c.seq, c.timeMs, s.proposals[c.proposal].id})
	}
	return v
}

// RegistryEntry returns one entry, or false. A provider has no version.
func (s *State) RegistryEntry(kind, name, version string) (RegistryView, bool) {
	i, ok := s.registryAt[registryKey{kind, name, version}]
	if !ok {
		return RegistryView{}, false
	}
	return s.RegistryAt(i), true
}
