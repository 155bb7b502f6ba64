package reputation

import "math/bits"

// Who follows far more agents than a book of receipts can hold keeps sums in
// place of receipts, and needs these parts of the formulas by themselves.

// Decay returns the weight of praise and of a complaint that is so many days
// old, in units of 1/DecayOne; zero past ten half-lives. Ages below zero count
// as zero. The parameters must be valid.
func (p Params) Decay(ageDays int64) (positive, negative uint64) {
	age := int32(min(max(ageDays, 0), maxTimeMs/dayMs))
	return newDecay(p.HalfLifePositiveDays).at(age), newDecay(p.HalfLifeNegativeDays).at(age)
}

// Trust returns how much the praise of an agent with a flow counts, in units of
// 1/EvidenceOne, rounded down: nothing without flow, half at a flow of Tau. The
// flow is at most FlowOne.
func (p Params) Trust(flow uint64) uint64 { return trust(min(flow, FlowOne), p.Tau) }

// Evidence returns the evidence that receipts of one age give together: trust is
// the sum of [Params.Trust] over the authors of praise, complaints how many
// there are. It rounds down once, where a [Book] rounds each receipt, so it is
// at most one unit of 1/EvidenceOne per receipt above it.
func (p Params) Evidence(ageDays int64, trust, complaints uint64) (positive, negative uint64) {
	up, down := p.Decay(ageDays)
	hi, lo := bits.Mul64(trust, up)
	positive = evidenceMax
	if hi < DecayOne {
		q, _ := bits.Div64(hi, lo, DecayOne)
		positive = min(q, evidenceMax)
	}
	hi, lo = bits.Mul64(complaints, down)
	if hi != 0 {
		return positive, evidenceMax
	}
	return positive, complaint(min(lo, evidenceMax), p.NegativeWeight)
}
