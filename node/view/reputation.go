package view

import "github.com/econd/econd/node/op"

// Standing is what one epoch said of one agent. Flow, quality and score are
// integers of 2^60, the evidence is in units of 2^-32.
type Standing struct {
	Epoch    int64     `json:"epoch"`   // its number, from 0
	Seq      uint64    `json:"seq"`     // entry that closed it
	TimeMs   int64     `json:"time_ms"` // of that entry
	Score    op.Weight `json:"score"`
	Flow     op.Weight `json:"flow"`
	Quality  op.Weight `json:"quality"`
	Positive op.Weight `json:"positive"`
	Negative op.Weight `json:"negative"`
}

// Reputation is an agent's standing as of the last epoch.
type Reputation struct {
	PubKey op.PublicKey `json:"pubkey"`
	Standing
	// UntilMs is when the next epoch ends; from then on another standing holds.
	UntilMs int64 `json:"until_ms"`
	// ReceiptsSince were entered after the epoch, for the agent as provider; the
	// next epoch counts them.
	ReceiptsSince int `json:"receipts_since"`
}

// Source is what one consumer gave to a standing.
type Source struct {
	Consumer op.PublicKey `json:"consumer"`
	// ConsumerFlow is the consumer's own flow, of 2^60; Trust, of 2^32, is how
	// much its praise counts for that.
	ConsumerFlow op.Weight `json:"consumer_flow"`
	Trust        op.Weight `json:"trust"`
	// EdgeWeight of EdgeTotal is the provider's share in what the consumer pays
	// for, and so in the half of its flow that it passes on: FlowGiven, of 2^60.
	EdgeWeight uint32    `json:"edge_weight"`
	EdgeTotal  uint32    `json:"edge_total"`
	FlowGiven  op.Weight `json:"flow_given"`
	// Positive and Negative are the evidence given, in units of 2^-32.
	Positive op.Weight       `json:"positive"`
	Negative op.Weight       `json:"negative"`
	Receipts []ReceiptWeight `json:"receipts"`
}

// ReceiptWeight is one receipt and what it weighed at the epoch.
type ReceiptWeight struct {
	Seq    uint64 `json:"seq"` // its entry
	TimeMs int64  `json:"time_ms"`
	Sats   uint64 `json:"sats"`
	Rating int8   `json:"rating"`
	// Part is how much of it counts, of 2^12: less than all where the invoice does
	// not name the consumer, nothing where it was contradicted.
	Part    uint32 `json:"part"`
	AgeDays int64  `json:"age_days"`
	// Decay is its weight for its age, of 2^16; Positive or Negative is the
	// evidence it gave, in units of 2^-32.
	Decay    uint64    `json:"decay"`
	Positive op.Weight `json:"positive"`
	Negative op.Weight `json:"negative"`
}
