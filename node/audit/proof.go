package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// ProofReport is what a verified tlog-proof shows about one entry.
type ProofReport struct {
	Seq     uint64       `json:"seq"`
	ID      op.ID        `json:"id"`
	Kind    string       `json:"kind"`
	PubKey  op.PublicKey `json:"pubkey"`
	TimeMs  int64        `json:"time_ms"`
	Economy string       `json:"economy"`

	CheckpointSize    int64          `json:"checkpoint_size"`
	CheckpointRoot    op.Hash        `json:"checkpoint_root"`
	Signers           []string       `json:"signers"`
	UnknownSignatures int            `json:"unknown_signatures"` // not checked
	Witnesses         *WitnessReport `json:"witnesses"`          // null: no policy was given
	Anchor            *AnchorReport  `json:"anchor"`             // null: no proof was given

	Proved  []string `json:"proved"`
	Claims  []string `json:"claims"` // that are not proved
	RestsOn []string `json:"rests_on"`
}

// VerifyProof checks that an entry line is in the log whose key is
// o.LogKey, by a C2SP tlog-proof, and that its event is signed. network names
// the chain of the anchor proof as the log's genesis does, and is needed only
// with one. o.Operator is held against the signer of a fact; on an agent's
// operation the operator leaves no signature.
func VerifyProof(proof, line []byte, network string, anchored *anchor.Proof, o Options) (ProofReport, error) {
	keys, err := logkey.First(o.LogKey)
	if err != nil {
		return ProofReport{}, reject(ErrOptions, "log key", "must be the log's verifier key, name+hash+base64: %w", err)
	}
	in, err := anchor.ParseInclusion(proof)
	if err != nil {
		return ProofReport{}, reject(ErrFormat, "proof", "%w", err)
	}
	e, err := op.DecodeEntry(line)
	if err != nil {
		return ProofReport{}, reject(ErrEntry, "entry", "%w", err)
	}
	id := identity{origin: keys.Current().Name(), network: network, keys: keys, logKey: o.LogKey}
	c, err := in.Verify(line, id.origin, o.known(id)...)
	if err != nil {
		return ProofReport{}, reject(ErrInclusion, "proof", "%w", err)
	}
	if _, err := o.openCheckpoint(id, in.Checkpoint); err != nil {
		return ProofReport{}, err
	}
	w, err := o.checkWitnesses(id, c)
	if err != nil {
		return ProofReport{}, err
	}
	if err := o.checkEntry(e, uint64(in.Index), id.origin); err != nil {
		return ProofReport{}, err
	}
	if err := w.timely(e.Stamp); err != nil {
		return ProofReport{}, err
	}
	a, err := o.anchored(id, c.Checkpoint, anchored, e.Stamp)
	if err != nil {
		return ProofReport{}, err
	}
	return o.newProofReport(e, c, w, a), nil
}

func (o Options) checkEntry(e *op.Entry, index uint64, origin string) error {
	if e.Seq != index {
		return reject(ErrMismatch, "entry", "says it is entry %d, the proof is of entry %d", e.Seq, index)
	}
	if got := ledger.Origin(e.Event.Economy()); got != origin {
		return reject(ErrMismatch, "entry", "is of the log %s, the key is of %s", got, origin)
	}
	if got := e.Event.Economy(); o.Economy != "" && got != o.Economy {
		return reject(ErrPinned, "economy", "the log is of economy %q, expected %q", got, o.Economy)
	}
	if o.Operator != nil && e.Event.Kind.IsFact() && e.Event.PubKey != *o.Operator {
		return reject(ErrPinned, "operator", "the %s is signed by %s, expected %s", e.Event.Kind, e.Event.PubKey, o.Operator)
	}
	if err := e.Event.Verify(); err != nil {
		return reject(ErrEntry, "entry", "%w", err)
	}
	return nil
}

func (o Options) newProofReport(e *op.Entry, c anchor.SignedCheckpoint, w *WitnessReport, a *AnchorReport) ProofReport {
	r := ProofReport{Seq: e.Seq, ID: e.Event.ID, Kind: e.Event.Kind.String(), PubKey: e.Event.PubKey,
		TimeMs: e.Stamp.TimeMs, Economy: e.Event.Economy(), CheckpointSize: c.Size, CheckpointRoot: op.Hash(c.Root),
		Signers: c.Signers, UnknownSignatures: c.Unknown, Witnesses: w, Anchor: a}
	r.Proved = []string{fmt.Sprintf("Entry %d, a %s signed by %s, taken at %s, is in the log that the signed checkpoint of size %d covers.",
		r.Seq, r.Kind, r.PubKey, clock(r.TimeMs), r.CheckpointSize)}
	if said := w.sentence(); said != "" {
		r.Proved = append(r.Proved, said)
	}
	r.Proved, r.Claims = append(r.Proved, a.proves()...), a.Claims()
	r.RestsOn = []string{"The log's key is the one you named.", anchorTrust(a)}
	if a == nil {
		r.RestsOn[1] = "No anchor proof was given: only the log's signature says that this is the log everybody sees."
	}
	r.RestsOn = append(append(r.RestsOn, w.trust()...), unknownTrust(c.Unknown)...)
	r.RestsOn = append(r.RestsOn, o.newLineTrust()...)
	return r
}
