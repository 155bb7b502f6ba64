package view

import "github.com/econd/econd/node/op"

// ConstitutionVersion is one constitution and since when it is in force.
type ConstitutionVersion struct {
	Version  int     `json:"version"` // 1 is that of the genesis
	Seq      uint64  `json:"seq"`     // entry from which on it is in force
	TimeMs   int64   `json:"time_ms"` // of that entry
	Hash     op.Hash `json:"hash"`    // see Constitution.Hash
	Proposal op.ID   `json:"proposal,omitzero"`
}
