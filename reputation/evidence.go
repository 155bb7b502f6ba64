package reputation

import (
	"math/bits"

	"github.com/econd/econd/node/muldiv"
)

// Result is what an epoch, and the receipts since, say about one agent.
type Result struct {
	// Flow is the agent's share of all trust (T), in units of 1/FlowOne.
	Flow uint64 `json:"flow"`
	// Positive (r) and Negative (s) are decayed evidence, in units of
	// 1/EvidenceOne: praise counts with its author's trust, complaints with
	// Params.NegativeWeight.
	Positive uint64 `json:"positive"`
	Negative uint64 `json:"negative"`
	// Quality is (r+1)/(r+s+2), in units of 1/FlowOne, rounded down. It is for
	// choosing a provider; who is unknown has exactly one half.
	Quality uint64 `json:"quality"`
	// Score is T*r/(r+s+2), in units of 1/FlowOne, rounded down. It is for
	// votes; who is unknown has zero.
	Score uint64 `json:"score"`
}

// Result returns the standing of an agent; one that the book does not know has
// quality one half and zero otherwise.
func (b *Book) Result(slot uint32) Result {
	if int(slot) >= len(b.agents) {
		return newResult(0, 0, 0)
	}
	a := b.agents[slot]
	return newResult(a.flow, a.positive, complaint(a.negative, b.params.NegativeWeight))
}

// trust returns how much an agent's praise counts, T/(T+tau) in units of
// 1/EvidenceOne, rounded down; without any flow it is zero, whatever tau.
func trust(flow, tau uint64) uint64 {
	if flow == 0 {
		return 0
	}
	return muldiv.Floor(flow, EvidenceOne, flow+tau)
}

// praise returns the evidence of one positive receipt, rounded down once: decay
// in units of 1/DecayOne, trust in units of 1/EvidenceOne and the part that
// counts in units of 1/PartOne. All are at most one, so the product stays below
// 2^61.
func praise(decayed, trust, part uint64) uint64 { return decayed * trust * part / (DecayOne * PartOne) }

// blame returns what counts of one complaint, in units of 1/DecayOne before its
// weight, rounded down.
func blame(decayed, part uint64) uint64 { return decayed * part / PartOne }

// complaint scales decayed negative receipts, in units of 1/DecayOne, to
// evidence. It is exact up to the bound on evidence.
func complaint(decayed uint64, weight int64) uint64 {
	hi, lo := bits.Mul64(decayed, uint64(weight)*(EvidenceOne/DecayOne))
	if hi != 0 {
		return evidenceMax
	}
	return min(lo, evidenceMax)
}

// ResultOf returns the result that goes with a flow and evidence once computed,
// such as those of an earlier epoch: at most FlowOne, and evidence in units of
// 1/EvidenceOne as a Result holds it.
func ResultOf(flow, positive, negative uint64) Result {
	return newResult(flow, min(positive, evidenceMax), min(negative, evidenceMax))
}

// newResult applies the formulas of quality and score; both round down.
func newResult(flow, positive, negative uint64) Result {
	whole := positive + negative + 2*EvidenceOne // at most 2^63 + 2^33
	return Result{
		Flow:     flow,
		Positive: positive,
		Negative: negative,
		Quality:  muldiv.Floor(FlowOne, positive+EvidenceOne, whole),
		Score:    muldiv.Floor(flow, positive, whole),
	}
}
