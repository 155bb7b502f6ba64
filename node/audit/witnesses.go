package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/witness"
)

// WitnessReport is who cosigned a checkpoint, of the witnesses that a policy names.
type WitnessReport struct {
	Quorum   string           `json:"quorum"` // name in the policy; "none": nobody is asked for
	Cosigned []CosignedReport `json:"cosigned"`

	by, since int64 // see witness.Policy.Between, unix ms; 0: nobody is asked for
}

// CosignedReport is one cosignature that was checked.
type CosignedReport struct {
	Name string `json:"name"` // in the policy
	Key  string `json:"key"`
	Time string `json:"time"` // RFC 3339, by the witness's clock
}

// checkWitnesses demands the quorum of the policy; nil without a policy.
func (o Options) checkWitnesses(id identity, c anchor.SignedCheckpoint) (*WitnessReport, error) {
	if o.Policy == nil {
		return nil, nil
	}
	if err := o.policyOf(id, uint64(c.Size)); err != nil {
		return nil, err
	}
	cosigned, err := o.Policy.Check(c.Signatures)
	var missing *witness.QuorumError
	if errors.As(err, &missing) {
		return nil, reject(ErrWitness, "checkpoint", "of size %d: %w", c.Size, err)
	}
	if err != nil {
		return nil, reject(ErrWitness, "policy", "%w", err)
	}
	r := &WitnessReport{Quorum: o.Policy.Quorum(), Cosigned: []CosignedReport{}}
	for _, w := range cosigned {
		r.Cosigned = append(r.Cosigned, CosignedReport{w.Witness.Name, w.Witness.Verifier.Key().String(), time.Unix(w.Unix, 0).UTC().Format(time.RFC3339)})
	}
	if by, since, ok := o.Policy.Between(cosigned); ok {
		r.by, r.since = by*1000, since*1000
	}
	return r, nil
}

// ahead says that an entry is stamped later than the quorum saw it under a head; "" if it can be.
// Two hours are those of stamps and blocks.
func (r *WitnessReport) ahead(stamp op.Stamp) string {
	if r == nil || r.by == 0 || stamp.TimeMs <= r.by+reachMs {
		return ""
	}
	return fmt.Sprintf("%s is more than two hours after %s, when the quorum of witnesses had cosigned a head over it", clock(stamp.TimeMs), clock(r.by))
}

// behind says that an entry is stamped earlier than the quorum saw a head without it as the newest one; "" if
// it can be.
func (r *WitnessReport) behind(stamp op.Stamp) string {
	if r == nil || r.since == 0 || stamp.TimeMs >= r.since-reachMs {
		return ""
	}
	return fmt.Sprintf("%s is more than two hours before %s, when the quorum of witnesses cosigned a head without it", clock(stamp.TimeMs), clock(r.since))
}

// timely refuses a proof of which the last entry that is known under the head is stamped ahead of the
// witnesses' clocks.
func (r *WitnessReport) timely(last op.Stamp) error {
	if why := r.ahead(last); why != "" {
		return reject(ErrWitness, "checkpoint", "covers an entry whose stamp does not fit the witnesses' clocks: %s", why)
	}
	return nil
}

// witnessedInTime holds the stamps on both sides of a cosigned head against the witnesses' clocks.
func (p *replayer) witnessedInTime(w *WitnessReport, size uint64) error {
	if why := w.ahead(p.stamps[size-1]); why != "" {
		return p.offClock(size-1, why)
	}
	// What the operator decides while econd is stopped is stamped as the entry before it, and
	// times never go back, so the first other one is the earliest.
	for seq := size; seq < p.tree.size(); seq++ {
		if _, asBefore := p.asBefore[seq]; asBefore {
			continue
		}
		if why := w.behind(p.stamps[seq]); why != "" {
			return p.offClock(seq, why)
		}
		break
	}
	return nil
}

// offClock refuses the stamp of an entry, or lists it.
func (p *replayer) offClock(seq uint64, why string) error {
	if err := p.list(StampReport{Height: p.stamps[seq].Height, Seq: seq, Why: why}); err != nil {
		return reject(ErrWitness, "export", "entry %d: its stamp does not fit the witnesses' clocks: %s (--lenient lists such entries instead)", seq, why)
	}
	return nil
}

// policyOf refuses a policy that is not of this log, as its key signs heads over so many entries.
func (o Options) policyOf(id identity, size uint64) error {
	text := id.keys.At(size).Text
	key, err := notekey.Parse(text)
	if err != nil {
		return reject(ErrWitness, "policy", "%w", err)
	}
	if !o.Policy.KnowsLog(key) {
		return reject(ErrWitness, "policy", "names no log of the key %s", text)
	}
	return nil
}

// requireWitnessed refuses what comes without a checkpoint where a policy is given.
func (o Options) requireWitnessed(head *HeadReport) error {
	if o.Policy != nil && head == nil {
		return reject(ErrWitness, "checkpoint", "missing: a policy is given, and nothing that witnesses could have cosigned")
	}
	return nil
}

// sentence says who cosigned; empty if nobody did.
func (r *WitnessReport) sentence() string {
	if r == nil || len(r.Cosigned) == 0 {
		return ""
	}
	names := make([]string, len(r.Cosigned))
	for i, c := range r.Cosigned {
		names[i] = fmt.Sprintf("%s at %s", c.Name, c.Time)
	}
	return fmt.Sprintf("Cosigned by %s, which is the quorum %q of your policy.", strings.Join(names, ", "), r.Quorum)
}

// trust says what the cosignatures leave to believe.
func (r *WitnessReport) trust() []string {
	if r == nil {
		return nil
	}
	if r.Quorum == "none" {
		return []string{"Your policy asks for no cosignature."}
	}
	return []string{"Witnesses: those of your quorum did not together cosign another history of this log."}
}

// unknownTrust says what of a checkpoint was not checked.
func unknownTrust(unknown int) []string {
	if unknown == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d signatures on the checkpoint are by unknown keys and were not checked.", unknown)}
}
