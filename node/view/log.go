package view

import "github.com/econd/econd/node/op"

// Receipt says where in the log an event is. Whoever holds it may ask for the proof later.
type Receipt struct {
	ID     op.ID   `json:"id"`
	Seq    uint64  `json:"seq"`
	TimeMs int64   `json:"time_ms"`
	Height uint32  `json:"height"` // best block when it was recorded
	Block  op.Hash `json:"block"`
	Replay bool    `json:"replay,omitempty"` // recorded before, counted once
	// Promise is a C2SP tlog-proof that the entry stands in the log under a signed
	// checkpoint; only in the answer to an operation, and missing where none can be given.
	Promise string `json:"promise,omitempty"`
}

// Operation is an operation or fact as it is in the log.
type Operation struct {
	Operation string  `json:"operation"` // name of the kind, such as vote
	Receipt   Receipt `json:"receipt"`
	Entry     op.Raw  `json:"entry" schema:"is=Entry"` // the canonical entry, byte for byte

	Kind op.Kind `json:"-"`
}

// Consistency proves that one log is a prefix of a later one.
type Consistency struct {
	Old    int64     `json:"old"`
	Size   int64     `json:"size"`
	Hashes []op.Hash `json:"hashes"` // RFC 6962 section 2.1.2
}

// Document is an answer that is one text in a format of its own.
type Document interface {
	// Document returns the media type and the text.
	Document() (media string, text []byte)
}

// Media types of documents.
const (
	mediaJSON = "application/json"
	mediaText = "text/plain; charset=utf-8"
)

// Checkpoint is a signed note (C2SP tlog-checkpoint) over a log.
type Checkpoint struct {
	Size uint64 `json:"size"` // entries
	Note []byte `json:"note"`
}

// Document implements Document.
func (v Checkpoint) Document() (string, []byte) { return mediaText, v.Note }

// OperationProof is the C2SP tlog-proof of an entry.
type OperationProof struct {
	Seq       uint64 `json:"seq"`
	TlogProof []byte `json:"tlog_proof"`
}

// Document implements Document.
func (v OperationProof) Document() (string, []byte) { return mediaText, v.TlogProof }

// BallotProof is the proof bundle of a ballot.
type BallotProof struct {
	Bundle []byte `json:"bundle"`
}

// Document implements Document.
func (v BallotProof) Document() (string, []byte) { return mediaJSON, v.Bundle }

// Constitution is a constitution in the very bytes of its hash.
type Constitution struct {
	Constitution []byte `json:"constitution"`
}

// Document implements Document.
func (v Constitution) Document() (string, []byte) { return mediaJSON, v.Constitution }

// SignedStanding is an agent's standing, signed by the operator for other systems.
type SignedStanding struct {
	Statement []byte `json:"statement"`
	MediaType string `json:"media_type"`
}

// Document implements Document.
func (v SignedStanding) Document() (string, []byte) { return v.MediaType, v.Statement }

// ProvenAnchor proves that Bitcoin holds one anchor of the line.
type ProvenAnchor struct {
	Txid  op.Hash `json:"txid"`
	Proof op.Raw  `json:"proof" schema:"is=AnchorProof"` // as econaudit reads it: transaction, branches, headers
}
