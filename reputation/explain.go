package reputation

import "slices"

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
	// AgeDays is its age at the last epoch, 0 if it came later; Decay its
	// weight for that, in units of 1/DecayOne.
	AgeDays int64  `json:"age_days"`
	Decay   uint64 `json:"decay"`
	// Positive or Negative is the evidence it gives, in units of 1/EvidenceOne.
	Positive uint64 `json:"positive"`
	Negative uint64 `json:"negative"`
}

// Explain tells where an agent's result comes from. Keys are those of the last
// epoch. It reads every receipt of the book once.
func (b *Book) Explain(provider uint32, keys [][32]byte) Explanation {
	x := Explanation{Provider: provider, Result: b.Result(provider)}
	for i, c := range b.sealed {
		if c.provider == provider {
			x.add(b, c)
		}
		if i+1 == len(b.sealed) || b.sealed[i+1].consumer != c.consumer {
			x.addEdge(b, c.consumer, i+1, keys)
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
		x.add(b, c)
	}
	x.Returned = x.Result.Flow
	for _, s := range x.Sources {
		x.Returned -= s.FlowGiven
	}
	return x
}

// source returns the consumer's entry, made in its place if need be.
func (x *Explanation) source(b *Book, consumer uint32) *Source {
	i, ok := slices.BinarySearchFunc(x.Sources, consumer, func(s Source, c uint32) int { return int(s.Consumer) - int(c) })
	if !ok {
		s := Source{Consumer: consumer, Trust: trustOf(b, consumer)}
		if int(consumer) < len(b.agents) {
			s.ConsumerFlow = b.agents[consumer].flow
		}
		x.Sources = slices.Insert(x.Sources, i, s)
	}
	return &x.Sources[i]
}

// add accounts for one receipt.
func (x *Explanation) add(b *Book, c cell) {
	s := x.source(b, c.consumer)
	age := max(b.epochDay-c.day, 0)
	r := CountedReceipt{Receipt: c.receipt(), AgeDays: int64(age)}
	switch rating := c.rating(); {
	case rating > 0:
		r.Decay = newDecay(b.params.HalfLifePositiveDays).at(age)
		r.Positive = praise(r.Decay, s.Trust)
	case rating < 0:
		r.Decay = newDecay(b.params.HalfLifeNegativeDays).at(age)
		r.Negative = complaint(r.Decay, b.params.NegativeWeight)
	}
	s.Positive += r.Positive
	s.Negative += r.Negative
	s.Receipts = append(s.Receipts, r)
}

// addEdge accounts for the flow that a consumer gave, if it is a source; its
// cells end before the given place among the sealed.
func (x *Explanation) addEdge(b *Book, consumer uint32, end int, keys [][32]byte) {
	n := len(x.Sources)
	if n == 0 || x.Sources[n-1].Consumer != consumer {
		return
	}
	start := end
	for start > 0 && b.sealed[start-1].consumer == consumer {
		start--
	}
	row := appendRow(nil, b.sealed[start:end], b.epochDay, newDecay(b.params.HalfLifePositiveDays))
	s := &x.Sources[n-1]
	s.EdgeTotal = rescale(row, keys)
	for _, e := range row {
		if e.provider == x.Provider {
			s.EdgeWeight = e.weight
			s.FlowGiven = b.agents[consumer].spread * uint64(e.weight)
		}
	}
}
