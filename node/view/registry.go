package view

import "github.com/econd/econd/node/op"

// RegistryEntry is one entry of the registry.
type RegistryEntry struct {
	Kind    string           `json:"kind"` // model, tool or provider
	Name    string           `json:"name"` // of a provider, its key
	Version string           `json:"version,omitempty"`
	SHA256  op.Hash          `json:"sha256,omitzero"`
	URL     string           `json:"url,omitempty"`
	Status  string           `json:"status"`
	Changes []RegistryChange `json:"changes"` // in order
}

// RegistryChange is one decision about an entry.
type RegistryChange struct {
	Status   string `json:"status"`
	Seq      uint64 `json:"seq"` // entry of the execution
	TimeMs   int64  `json:"time_ms"`
	Proposal op.ID  `json:"proposal"`
}
