package view

import "github.com/econd/econd/node/op"

// RegistryEntry is one entry of the registry.
type RegistryEntry struct {
	Kind    string           `json:"kind" schema:"is=RegistryKind"`
	Name    string           `json:"name"`              // of a provider, its key
	Version string           `json:"version,omitempty"` // of a model or a tool
	SHA256  op.Hash          `json:"sha256,omitzero"`   // of a model or a tool
	URL     string           `json:"url,omitempty"`     // where it is; of a provider, its service
	Status  string           `json:"status" schema:"is=RegistryStatus"`
	Changes []RegistryChange `json:"changes" schema:"min=1"` // in order
}

// RegistryChange is one decision about an entry.
type RegistryChange struct {
	Status   string `json:"status" schema:"is=RegistryStatus"`
	Seq      uint64 `json:"seq"` // entry of the execution
	TimeMs   int64  `json:"time_ms"`
	Proposal op.ID  `json:"proposal"`
}
