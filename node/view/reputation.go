package view

import "github.com/econd/econd/node/op"

// Standing is what one epoch said of one agent. Flow, quality and score are
// integers of 2^60, the evidence is in units of 2^-32.
type Standing struct {
	Epoch    int64     `json:"epoch"`    // its number, from 0
	Seq      uint64    `json:"seq"`      // entry that closed it
	TimeMs   int64     `json:"time_ms"`  // of that entry
	Score    op.Weight `json:"score"`    // for votes, of 2^60
	Flow     op.Weight `json:"flow"`     // share of all trust, of 2^60
	Quality  op.Weight `json:"quality"`  // for choosing a provider, of 2^60; 2^59 is unknown
	Positive op.Weight `json:"positive"` // evidence by praise, in units of 2^-32
	Negative op.Weight `json:"negative"` // evidence by complaints, in units of 2^-32
}

// Reputation is an agent's standing as of the last epoch.
type Reputation struct {
	PubKey op.PublicKey `json:"pubkey"`
	Standing
	UntilMs int64 `json:"until_ms"` // when the next epoch ends; from then on another standing holds
	// Entered after the epoch, for the agent as provider; the next one counts them.
	ReceiptsSince int `json:"receipts_since"`
}

// Source is what one consumer gave to a standing.
type Source struct {
	Consumer     op.PublicKey `json:"consumer"`
	ConsumerFlow op.Weight    `json:"consumer_flow"` // the consumer's own flow, of 2^60
	Trust        op.Weight    `json:"trust"`         // what its praise counts for that, of 2^32
	// Of EdgeTotal: the provider's share in what the consumer praised.
	EdgeWeight uint32          `json:"edge_weight"`
	EdgeTotal  uint32          `json:"edge_total"`
	FlowGiven  op.Weight       `json:"flow_given"` // that share of the half of its flow that the consumer passes on, of 2^60
	Positive   op.Weight       `json:"positive"`   // evidence given, in units of 2^-32
	Negative   op.Weight       `json:"negative"`   // evidence given, in units of 2^-32
	Receipts   []ReceiptWeight `json:"receipts" schema:"min=1"`
}

// ReceiptWeight is one receipt and what it weighed at the epoch.
type ReceiptWeight struct {
	Seq    uint64 `json:"seq"` // its entry
	TimeMs int64  `json:"time_ms"`
	Sats   uint64 `json:"sats"`
	Rating int8   `json:"rating" schema:"min=-10,max=10"`
	// The part of it that counts, of 2^12: less than all where the invoice does not
	// name the consumer, nothing where it was contradicted.
	Part     uint32    `json:"part" schema:"max=4096"`
	AgeDays  int64     `json:"age_days"`                 // whole days at the epoch
	Decay    uint64    `json:"decay" schema:"max=65536"` // weight for its age, of 2^16
	Positive op.Weight `json:"positive"`                 // evidence that it gave, in units of 2^-32
	Negative op.Weight `json:"negative"`                 // evidence that it gave, in units of 2^-32
}
