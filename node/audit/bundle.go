package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

const (
	// BundleVersion is the version of Bundle that this program knows: 2, by which the
	// last entry binds the checkpoint's size.
	BundleVersion = 2

	// maxBundle bounds an encoded bundle in bytes: three entries and an
	// anchor proof fit many times.
	maxBundle = 32 << 20

	// maxPath is the longest RFC 6962 path of a tree of 2^53 leaves.
	maxPath = 53
)

// Bundle proves offline that one ballot was counted. It is self-contained: the
// keys to check it with come out of the log's own genesis entry, to which the
// same checkpoint commits as to the ballot.
type Bundle struct {
	// Version is BundleVersion.
	Version int64 `json:"version"`

	// Economy, Proposal and Voter say what the bundle is about.
	Economy  string       `json:"economy"`
	Proposal op.ID        `json:"proposal"`
	Voter    op.PublicKey `json:"voter"`

	// Genesis is entry 0, Vote the entry with the ballot, Close the one that
	// ended the vote.
	Genesis Included `json:"genesis"`
	Vote    Included `json:"vote"`
	Close   Included `json:"close"`

	// Last is the last entry under the checkpoint: its place binds the size. A path alone
	// leads to one root under several sizes.
	Last Included `json:"last"`

	// Ballot is the ballot's place among those that were counted.
	Ballot Ballot `json:"ballot"`

	// Checkpoint is the signed note (C2SP tlog-checkpoint) that covers the
	// entries. Signatures by keys that the verifier does not know are
	// refused, because nothing would bind them.
	Checkpoint string `json:"checkpoint"`

	// LogKeys are the handovers from the key of the genesis to that of the checkpoint, as their
	// entries have them; none where the log went over to no other key before it.
	LogKeys []op.LogKey `json:"log_keys,omitempty"`

	// Anchor proves that Bitcoin commits to the checkpoint; nil, in JSON
	// null, while it is not anchored. Taking it away leaves a bundle that is
	// valid and proves less, which Options.RequireAnchor refuses.
	Anchor *anchor.Proof `json:"anchor"`
}

// Included is an entry of the log and the proof of its place.
type Included struct {
	// Seq is the entry's sequence number, its index in the tree.
	Seq uint64 `json:"seq"`

	// Entry is the entry's canonical line, verbatim, without newline.
	Entry string `json:"entry"`

	// Path is the RFC 6962 section 2.1.1 audit path, leaf's sibling first.
	Path []op.Hash `json:"path"`
}

// Ballot is a ballot as it counted: a leaf under the close entry's ballot root.
type Ballot struct {
	Choice string    `json:"choice"`
	Weight op.Weight `json:"weight"`

	// Index is the place among Size ballots in order of voter key.
	Index uint64 `json:"index"`
	Size  uint64 `json:"size"`

	// Path is the RFC 6962 section 2.1.1 audit path, leaf's sibling first.
	Path []op.Hash `json:"path"`
}

// Piece is what Build takes for one entry: its canonical line, and its RFC
// 6962 path in the tree of the checkpoint's size.
type Piece struct {
	Line []byte
	Path [][32]byte
}

// Pieces are what a bundle is put together from.
type Pieces struct {
	Genesis Piece // entry 0
	Vote    Piece // the entry that Ballot.Ballot.Seq names
	Close   Piece // the entry that Ballot.CloseSeq names
	Last    Piece // the last entry under Checkpoint

	Ballot     ledger.BallotProof
	Checkpoint []byte        // signed note over more than CloseSeq entries
	Keys       logkey.Keys   // of the log
	Anchor     *anchor.Proof // of that checkpoint; nil while there is none
}

// Build puts a bundle together. It decodes the entries to name what the bundle
// is about, and checks nothing else: Verify does.
func Build(p Pieces) (*Bundle, error) {
	b := &Bundle{Version: BundleVersion, Voter: p.Ballot.Ballot.Voter,
		Checkpoint: string(p.Checkpoint), Anchor: p.Anchor}
	for _, part := range []struct {
		name string
		from Piece
		to   *Included
	}{{"genesis", p.Genesis, &b.Genesis}, {"vote", p.Vote, &b.Vote}, {"close", p.Close, &b.Close}, {"last", p.Last, &b.Last}} {
		e, err := op.DecodeEntry(part.from.Line)
		if err != nil {
			return nil, reject(ErrEntry, part.name, "%w", err)
		}
		*part.to = Included{Seq: e.Seq, Entry: string(part.from.Line), Path: hashes(part.from.Path)}
		if part.to == &b.Vote {
			vote, err := op.DecodeVote(e.Event.Content)
			if err != nil {
				return nil, reject(ErrEntry, part.name, "%w", err)
			}
			b.Economy, b.Proposal = e.Event.Economy(), vote.Proposal
		}
	}
	b.LogKeys = handoversBefore(p.Keys, uint64(b.Last.Seq)+1)
	b.Ballot = Ballot{Choice: p.Ballot.Ballot.Choice, Weight: p.Ballot.Ballot.Weight,
		Index: uint64(p.Ballot.Index), Size: uint64(p.Ballot.Size), Path: hashes(p.Ballot.Path)}
	return b, nil
}

// hashes copies a path; an empty one is a list, not null.
func hashes[H ~[32]byte](path []H) []op.Hash {
	out := make([]op.Hash, len(path))
	for i, h := range path {
		out[i] = op.Hash(h)
	}
	return out
}

// Marshal returns the bundle as indented JSON. White space and the order of
// members carry no meaning.
func (b *Bundle) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return nil, reject(ErrFormat, "bundle", "%w", err)
	}
	return out.Bytes(), nil
}

// Decode reads a bundle, strictly: unknown, missing and repeated members,
// numbers that are no integers, hexadecimal in any but its lower-case form and
// anything after the object are refused. What the members say is for Verify to
// judge.
func Decode(data []byte) (*Bundle, error) {
	if len(data) > maxBundle {
		return nil, reject(ErrFormat, "bundle", "longer than %d bytes", maxBundle)
	}
	var in struct {
		Version    int64        `json:"version"`
		Economy    string       `json:"economy"`
		Proposal   op.ID        `json:"proposal"`
		Voter      op.PublicKey `json:"voter"`
		Genesis    Included     `json:"genesis"`
		Vote       Included     `json:"vote"`
		Close      Included     `json:"close"`
		Last       Included     `json:"last"`
		Ballot     Ballot       `json:"ballot"`
		Checkpoint string       `json:"checkpoint"`
		LogKeys    []op.LogKey  `json:"log_keys,omitempty"`
		Anchor     op.Raw       `json:"anchor"`
	}
	if err := op.Unmarshal(data, "bundle", &in); err != nil {
		return nil, &Rejection{Kind: ErrFormat, Field: fieldOf(err), Err: ruleOf(err)}
	}
	b := &Bundle{Version: in.Version, Economy: in.Economy, Proposal: in.Proposal, Voter: in.Voter,
		Genesis: in.Genesis, Vote: in.Vote, Close: in.Close, Last: in.Last, Ballot: in.Ballot, Checkpoint: in.Checkpoint, LogKeys: in.LogKeys}
	var err error
	if b.Anchor, err = anchorOrNull(in.Anchor); err != nil {
		return nil, err
	}
	return b, nil
}

// anchorOrNull reads the anchor of a proof, nil for null: it is not anchored.
func anchorOrNull(raw op.Raw) (*anchor.Proof, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	p, err := anchor.DecodeProof(raw)
	if err != nil {
		return nil, reject(ErrFormat, "anchor", "%w", err)
	}
	return p, nil
}

// fieldOf and ruleOf take an *op.FieldError apart.
func fieldOf(err error) string {
	if fe := (*op.FieldError)(nil); errors.As(err, &fe) {
		return fe.Field
	}
	return "bundle"
}

func ruleOf(err error) error {
	if fe := (*op.FieldError)(nil); errors.As(err, &fe) {
		return fmt.Errorf("%w: %s", fe.Kind, fe.Rule)
	}
	return err
}
