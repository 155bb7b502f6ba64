package view

import "github.com/econd/econd/node/op"

// Agent is one agent, which is found by each key that it has or had.
type Agent struct {
	PubKey       op.PublicKey `json:"pubkey"` // by which it speaks
	Name         string       `json:"name"`   // for people; not unique
	RegisteredMs int64        `json:"registered_ms"`
	Seq          uint64       `json:"seq"`   // entry of the registration
	Nodes        []op.NodeKey `json:"nodes"` // Lightning nodes bound to it
	StakeSat     uint64       `json:"stake_sat"`
	ConfirmedSat uint64       `json:"confirmed_sat"`     // of it, what the agent confirmed that its own node holds
	Score        op.Weight    `json:"score"`             // of 2^60, as of the last epoch
	Flow         op.Weight    `json:"flow"`              // of 2^60
	QualityPpm   uint64       `json:"quality_ppm"`       // rounded down; 500000 is unknown
	Receipts     uint64       `json:"receipts"`          // counted, as provider
	OpenHolds    int          `json:"open_holds"`        // that have not ended
	OpenVotes    int          `json:"open_votes"`        // ballots in votes that run
	Proposals    int          `json:"open_proposals"`    // its own that are open
	LeftMs       int64        `json:"left_ms,omitempty"` // when it left the economy, for good

	Keys       []AgentKey `json:"keys,omitempty"`        // all by which it spoke, in order; where there was another than pubkey, or that is revoked
	RevokedSeq uint64     `json:"revoked_seq,omitempty"` // entry that revoked pubkey: nobody speaks for the agent
}

// AgentKey is a key by which an agent speaks or spoke, and the entries from which and until which.
type AgentKey struct {
	PubKey   op.PublicKey `json:"pubkey"`
	FromSeq  uint64       `json:"from_seq"`
	UntilSeq uint64       `json:"until_seq,omitempty"` // nothing of it counts from this entry on; 0: it speaks
}
