// Package view has what the reads of econd answer, as plain structs: what the HTTP API
// writes as JSON, the gRPC API as messages, and a client decodes. The ledger fills
// them; they know nothing of it.
//
// Times are unix milliseconds, sats int64 or uint64. Weights and scores are decimal
// strings in JSON, because they may pass 2^53. What may be absent says so by
// omitempty or omitzero. A view is a copy: who has it may change it.
//
// The OpenAPI document is made of these types: their comments are its descriptions, in
// which members are called as in JSON, and schema tags say what a type does not, see
// docs/internal/openapi.
package view
