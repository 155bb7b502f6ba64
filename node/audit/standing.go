package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// StandingVersion is the only version of Standing so far.
const StandingVersion = 1

// Standing proves offline what an epoch said of one agent, down from a Bitcoin block: the
// agent's leaf, the epoch's entry that has the root over it, and the head that has the entry.
// There are such proofs from version 2 of the rules on. It is self-contained like a Bundle.
type Standing struct {
	Version int64        `json:"version"`
	Economy string       `json:"economy"`
	Agent   op.PublicKey `json:"agent"`

	// Genesis is entry 0, Epoch the entry that closed the epoch, Last the last one under the
	// checkpoint, which binds its size.
	Genesis Included `json:"genesis"`
	Epoch   Included `json:"epoch"`
	Last    Included `json:"last"`

	// Score, Flow and Quality are of 2^60, the evidence in units of 2^-32.
	Score    op.Weight `json:"score"`
	Flow     op.Weight `json:"flow"`
	Quality  op.Weight `json:"quality"`
	Positive op.Weight `json:"positive"`
	Negative op.Weight `json:"negative"`

	// Index is the agent's place among Size in order of registration, Path its audit path.
	Index uint64    `json:"index"`
	Size  uint64    `json:"size"`
	Path  []op.Hash `json:"path"`

	Checkpoint string        `json:"checkpoint"`         // signed note over the entries
	LogKeys    []op.LogKey   `json:"log_keys,omitempty"` // as in a Bundle
	Anchor     *anchor.Proof `json:"anchor"`             // nil while it is not anchored
}

// StandingPieces are what a Standing is put together from.
type StandingPieces struct {
	Genesis, Epoch, Last Piece
	Standing             ledger.StandingProof
	Path                 []op.Hash
	Checkpoint           []byte
	Keys                 logkey.Keys // of the log
	Anchor               *anchor.Proof
}

// BuildStanding puts a proof together. It checks nothing: Verify does.
func BuildStanding(p StandingPieces) (*Standing, error) {
	v := p.Standing
	s := &Standing{Version: StandingVersion, Agent: v.PubKey, Score: v.Score, Flow: v.Flow, Quality: v.Quality, Positive: v.Positive,
		Negative: v.Negative, Index: uint64(v.Index), Size: uint64(v.Size), Path: hashes(p.Path), Checkpoint: string(p.Checkpoint), Anchor: p.Anchor}
	for _, part := range []struct {
		name string
		from Piece
		to   *Included
	}{{"genesis", p.Genesis, &s.Genesis}, {"epoch", p.Epoch, &s.Epoch}, {"last", p.Last, &s.Last}} {
		e, err := op.DecodeEntry(part.from.Line)
		if err != nil {
			return nil, reject(ErrEntry, part.name, "%w", err)
		}
		*part.to = Included{Seq: e.Seq, Entry: string(part.from.Line), Path: hashes(part.from.Path)}
		s.Economy = e.Event.Economy()
	}
	s.LogKeys = handoversBefore(p.Keys, s.Last.Seq+1)
	return s, nil
}

// Marshal returns the proof as one line of JSON.
func (s *Standing) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return nil, reject(ErrFormat, "standing", "%w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// DecodeStanding reads a proof as strictly as Decode reads a bundle.
func DecodeStanding(data []byte) (*Standing, error) {
	if len(data) > maxBundle {
		return nil, reject(ErrFormat, "standing", "longer than %d bytes", maxBundle)
	}
	var in struct {
		Version    int64        `json:"version"`
		Economy    string       `json:"economy"`
		Agent      op.PublicKey `json:"agent"`
		Genesis    Included     `json:"genesis"`
		Epoch      Included     `json:"epoch"`
		Last       Included     `json:"last"`
		Score      op.Weight    `json:"score"`
		Flow       op.Weight    `json:"flow"`
		Quality    op.Weight    `json:"quality"`
		Positive   op.Weight    `json:"positive"`
		Negative   op.Weight    `json:"negative"`
		Index      uint64       `json:"index"`
		Size       uint64       `json:"size"`
		Path       []op.Hash    `json:"path"`
		Checkpoint string       `json:"checkpoint"`
		LogKeys    []op.LogKey  `json:"log_keys,omitempty"`
		Anchor     op.Raw       `json:"anchor"`
	}
	if err := op.Unmarshal(data, "standing", &in); err != nil {
		return nil, &Rejection{Kind: ErrFormat, Field: fieldOf(err), Err: ruleOf(err)}
	}
	s := &Standing{in.Version, in.Economy, in.Agent, in.Genesis, in.Epoch, in.Last, in.Score, in.Flow, in.Quality, in.Positive, in.Negative,
		in.Index, in.Size, in.Path, in.Checkpoint, in.LogKeys, nil}
	var err error
	if s.Anchor, err = anchorOrNull(in.Anchor); err != nil {
		return nil, err
	}
	return s, nil
}

// StandingReport is what a verified proof of a standing shows.
type StandingReport struct {
	Economy  string       `json:"economy"`
	Network  string       `json:"network"`
	Operator op.PublicKey `json:"operator"`
	Agent    op.PublicKey `json:"agent"`
	Epoch    int64        `json:"epoch"`
	Seq      uint64       `json:"seq"`
	TimeMs   int64        `json:"time_ms"` // of the epoch's entry, by the log's stamp
	Score    op.Weight    `json:"score"`
	Flow     op.Weight    `json:"flow"`
	Quality  op.Weight    `json:"quality"`
	Positive op.Weight    `json:"positive"`
	Negative op.Weight    `json:"negative"`

	UnknownSignatures int            `json:"unknown_signatures"` // on the checkpoint, not checked
	Witnesses         *WitnessReport `json:"witnesses"`          // null: no policy was given
	Anchor            *AnchorReport  `json:"anchor"`

	Proved  []string `json:"proved"`
	Claims  []string `json:"claims"` // that are not proved
	RestsOn []string `json:"rests_on"`
}

// says tells whether the proof shows what is said of an agent at an epoch.
func (r StandingReport) says(o StandingReport) bool {
	return r.Agent == o.Agent && r.Epoch == o.Epoch && r.Seq == o.Seq && r.TimeMs == o.TimeMs && r.Score == o.Score && r.Flow == o.Flow &&
		r.Quality == o.Quality && r.Positive == o.Positive && r.Negative == o.Negative
}

// Verify checks everything that the proof says; every member is bound. Errors are *Rejection.
func (s *Standing) Verify(o Options) (StandingReport, error) {
	v := standingVerifier{s: s, o: o}
	for _, step := range []func() error{v.open, v.checkLog, v.checkEpoch} {
		if err := step(); err != nil {
			return StandingReport{}, err
		}
	}
	a, err := o.anchored(v.id, v.checkpoint.Checkpoint, s.Anchor, v.last.Stamp)
	if err != nil {
		return StandingReport{}, err
	}
	return v.report(a), nil
}

type standingVerifier struct {
	s *Standing
	o Options

	genesis, epoch, last *op.Entry
	id                   identity
	checkpoint           anchor.SignedCheckpoint
	witnesses            *WitnessReport
	closed               op.Epoch
}

func (v *standingVerifier) open() (err error) {
	if v.s.Version != StandingVersion {
		return reject(ErrFormat, "version", "is %d, this program knows %d", v.s.Version, StandingVersion)
	}
	if v.genesis, err = openEntry("genesis", v.s.Genesis, op.KindGenesis); err != nil {
		return err
	}
	if v.epoch, err = openEntry("epoch", v.s.Epoch, op.KindEpoch); err != nil {
		return err
	}
	v.last, err = openAny("last", v.s.Last)
	return err
}

func (v *standingVerifier) checkLog() (err error) {
	var newer error
	if v.id, newer, err = identify(v.genesis); err != nil {
		return err
	}
	if newer != nil {
		return reject(ErrRules, "genesis", "cannot be judged by this program: %w", newer)
	}
	if err := v.o.check(v.id); err != nil {
		return err
	}
	for _, e := range []*op.Entry{v.epoch, v.last} {
		if v.s.Economy != v.id.economy || e.Event.Economy() != v.id.economy {
			return reject(ErrMismatch, "economy", "is %q, entry %d is of %q, the genesis of %q", v.s.Economy, e.Seq, e.Event.Economy(), v.id.economy)
		}
	}
	if v.checkpoint, err = v.o.openUnder(&v.id, v.s.LogKeys, v.s.Checkpoint); err != nil {
		return err
	}
	if v.witnesses, err = v.o.checkWitnesses(v.id, v.checkpoint); err != nil {
		return err
	}
	if err := v.witnesses.timely(v.last.Stamp); err != nil {
		return err
	}
	if err := checkPaths(v.checkpoint.Checkpoint, named{"genesis", v.s.Genesis}, named{"epoch", v.s.Epoch}, named{"last", v.s.Last}); err != nil {
		return err
	}
	if err := isLast(v.last, v.checkpoint.Checkpoint); err != nil {
		return err
	}
	return stampsInOrder(v.genesis, v.epoch, v.last)
}

// checkEpoch checks that the figures are the agent's leaf under the epoch's root.
func (v *standingVerifier) checkEpoch() error {
	ev := v.epoch.Event
	if ev.PubKey != v.id.operator {
		return reject(ErrMismatch, "epoch.entry", "is signed by %s, the operator is %s", ev.PubKey, v.id.operator)
	}
	if err := op.Unmarshal([]byte(ev.Content), "content", &v.closed); err != nil {
		return reject(ErrEntry, "epoch.entry", "%w", err)
	}
	if v.s.Size != v.closed.Agents {
		return reject(ErrMismatch, "size", "is %d, the epoch speaks of %d agents", v.s.Size, v.closed.Agents)
	}
	leaf := ledger.StandingLeaf(v.s.Agent, reputation.Result{Score: uint64(v.s.Score), Flow: uint64(v.s.Flow), Quality: uint64(v.s.Quality),
		Positive: uint64(v.s.Positive), Negative: uint64(v.s.Negative)})
	if err := checkPath(v.s.Path, v.s.Size, tlog.Hash(v.closed.ScoresRoot), v.s.Index, tlog.RecordHash(leaf)); err != nil {
		return reject(ErrInclusion, "path", "the standing under the root of epoch %d: %w", v.closed.Number, err)
	}
	return nil
}

func (v *standingVerifier) report(a *AnchorReport) StandingReport {
	s := v.s
	r := StandingReport{Economy: s.Economy, Network: v.id.network, Operator: v.id.operator, Agent: s.Agent, Epoch: v.closed.Number,
		Seq: s.Epoch.Seq, TimeMs: v.epoch.Stamp.TimeMs, Score: s.Score, Flow: s.Flow, Quality: s.Quality, Positive: s.Positive, Negative: s.Negative,
		UnknownSignatures: v.checkpoint.Unknown, Witnesses: v.witnesses, Anchor: a}
	r.Proved = []string{
		fmt.Sprintf("Entry %d of economy %s, taken at %s, closed epoch %d with this standing of %s.", r.Seq, r.Economy, clock(r.TimeMs), r.Epoch, r.Agent),
		fmt.Sprintf("The log committed to that entry in its signed checkpoint of size %d.", v.checkpoint.Size),
	}
	if said := v.witnesses.sentence(); said != "" {
		r.Proved = append(r.Proved, said)
	}
	r.Proved, r.Claims = append(r.Proved, a.proves()...), a.Claims()
	r.RestsOn = slices.Concat(v.o.keyTrust(v.id), v.witnesses.trust(), []string{anchorTrust(a)}, unknownTrust(v.checkpoint.Unknown),
		[]string{"That the receipts give these figures takes the whole log: econaudit replay."})
	return r
}
