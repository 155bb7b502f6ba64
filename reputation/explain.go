package reputation

import (
	"cmp"
	"slices"
)

// Explanation takes an agent's standing apart. The parts add up exactly:
// Result.Flow is Returned plus every Source's FlowGiven, Result.Positive and
// Result.Negative are the sums over the sources.
type Explanation struct {
	Provider uint32 `json:"provider"`
	Result   Result `json:"result"`
	// Returned is the flow that comes from the agent's own pre-trust.
	Returned uint64 `json:"returned"`
	// Sources are the consumers with a receipt, by slot.
	Sources []Source `json:"sources"`
}

// Source is what one consumer contributed.
type Source struct {
	Consumer uint32 `json:"consumer"`
	// ConsumerFlow is the consumer's own flow, in units of 1/FlowOne, and Trust
	// how much its praise counts, in units of 1/EvidenceOne.
	ConsumerFlow uint64 `json:"consumer_flow"`
	Trust        uint64 `json:"trust"`
	// EdgeWeight of EdgeTotal is the share of the consumer's given half that
	// went to the provider; FlowGiven is what that came to.
	EdgeWeight uint32 `json:"edge_weight"`
	EdgeTotal  uint32 `json:"edge_total"`
	FlowGiven  uint64 `json:"flow_given"`
	// Positive and Negative are the evidence given.
	Positive uint64           `json:"positive"`
	Negative uint64           `json:"negative"`
	Receipts []CountedReceipt `json:"receipts"`
}

// CountedReceipt is one receipt and what it weighs now.
type CountedReceipt struct {
	Receipt Receipt `json:"receipt"`
	// AgeDays is its age at the last epoch in full days (Params.FullDayConsumers),
	// 0 if it came later; Decay its weight for that, in units of 1/DecayOne.
	AgeDays int64  `json:"age_days"`
	Decay   uint64 `json:"decay"`
	// Positive or Negative is the evidence it gives, in units of 1/EvidenceOne.
	Positive uint64 `json:"positive"`
	Negative uint64 `json:"negative"`
}

// Explain tells where an agent's result comes from. Keys are those of the last
// epoch. It reads every receipt of the book once; who knows the consumers asks
// [LastEpoch.Source] for each.
func (b *Book) Explain(provider uint32, keys [][32]byte) Explanation {
	x := Explanation{Provider: provider, Result: b.Result(provider)}
	last := b.LastEpoch()
	for _, consumer := range last.consumers(provider) {
		if s, ok := last.Source(consumer, provider, keys); ok {
			x.Sources = append(x.Sources, s)
		}
	}
	// Tail receipts are live: fresh at the flow of the last epoch.
	late := make([]cell, 0)
	for _, c := range b.tail {
		if c.provider == provider {
			late = append(late, c)
		}
	}
	slices.SortFunc(late, compareCells)
	for _, c := range late {
		x.source(last, c.consumer).add(last, c)
	}
	for i := range x.Sources {
		b.lessWithdrawn(&x.Sources[i], provider)
	}
	x.Returned = x.Result.Flow
	for _, s := range x.Sources {
		x.Returned -= s.FlowGiven
	}
	return x
}

// source returns the consumer's entry, made in its place if need be.
func (x *Explanation) source(last LastEpoch, consumer uint32) *Source {
	i, ok := slices.BinarySearchFunc(x.Sources, consumer, func(s Source, c uint32) int { return cmp.Compare(s.Consumer, c) })
	if !ok {
		x.Sources = slices.Insert(x.Sources, i, last.newSource(consumer))
	}
	return &x.Sources[i]
}

// lessWithdrawn takes from a source the evidence of what was withdrawn since the
// epoch. What that gave in flow stays until the next one.
func (b *Book) lessWithdrawn(s *Source, provider uint32) {
	for i := range s.Receipts {
		r := &s.Receipts[i]
		if _, ok := b.isWithdrawn[newCell(r.Receipt).key()]; ok {
			s.Positive, s.Negative = s.Positive-r.Positive, s.Negative-r.Negative
			r.Receipt.Discount, r.Positive, r.Negative = uint16(PartOne), 0, 0
		}
	}
}
