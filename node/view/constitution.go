package view

import "github.com/econd/econd/node/op"

// ConstitutionVersion is one constitution and since when it is in force.
type ConstitutionVersion struct {
	Version  int     `json:"version" schema:"min=1"` // 1 is that of the genesis
	Seq      uint64  `json:"seq"`                    // entry from which on it is in force
	TimeMs   int64   `json:"time_ms"`                // of that entry
	Hash     op.Hash `json:"hash"`                   // SHA-256 of the bytes that getConstitutionVersion answers with
	Proposal op.ID   `json:"proposal,omitzero"`      // that brought it; absent for the genesis
}
