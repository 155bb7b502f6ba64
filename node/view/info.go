package view

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// Info is what a newcomer needs before it signs or pays anything.
type Info struct {
	Economy   string       `json:"economy"` // what the economy tag of every event must say
	Network   string       `json:"network" schema:"is=Network"`
	Operator  op.PublicKey `json:"operator"`
	Version   string       `json:"version"` // of the program
	Log       Log          `json:"log"`
	NodeKey   op.NodeKey   `json:"node_key,omitzero"` // of the operator's Lightning node, which signs invoices of holds; absent where the rules bind it to none
	Clock     Clock        `json:"clock"`
	NowMs     int64        `json:"now_ms"`
	Size      uint64       `json:"size" schema:"min=1"` // durable entries
	Agents    int          `json:"agents"`
	Proposals int          `json:"proposals"`
	Epoch     Epoch        `json:"epoch"`
	Prices    []Price      `json:"prices"`
	Pools     []Pool       `json:"pools"`
	Tracks    []Track      `json:"tracks"`
	L402      L402         `json:"l402"`
	Outside   Outside      `json:"outside"`
	Witnesses Witnesses    `json:"witnesses,omitzero"` // absent: nobody is asked
}

// Log says whose signature checkpoints of the log have.
type Log struct {
	Origin      string `json:"origin"`
	VerifierKey string `json:"verifier_key"` // note verifier key of the newest checkpoints

	Handovers []uint64 `json:"handovers,omitempty"` // places of the entries by which the log went over to another key, in order
}

// Clock is the stamp of the last entry.
type Clock struct {
	TimeMs int64   `json:"time_ms"`
	Height uint32  `json:"height"`
	Block  op.Hash `json:"block"`
}

// Epoch says which epoch of reputation is under way.
type Epoch struct {
	Closed int64 `json:"closed"` // that ended
	NextMs int64 `json:"next_ms"`
}

// Price is what one use of a resource costs.
type Price struct {
	Resource string `json:"resource" schema:"is=Resource"`
	Sat      int64  `json:"sat"`
}

// Track is the part of a track that a proposer asks about first.
type Track struct {
	Name          string   `json:"name"`
	CollateralSat int64    `json:"collateral_sat"` // asked now
	VotingDelayS  int64    `json:"voting_delay_s"`
	VotingPeriodS int64    `json:"voting_period_s" schema:"min=1"`
	TimelockS     int64    `json:"timelock_s"`
	Weight        string   `json:"weight"`
	Vetoable      bool     `json:"vetoable"`
	Actions       []string `json:"actions"`

	Counting voting.Method `json:"counting" schema:"is=Counting"`
}

// L402 says who charges for what has a price.
type L402 struct {
	Mode    string `json:"mode" schema:"enum=off|direct|aperture"`
	Service string `json:"service,omitempty"` // of the tokens
}

// Witnesses says who cosigns checkpoints before they are promises: of the present, also
// where the past is asked for.
type Witnesses struct {
	Policy      []string `json:"policy"` // names of the keys of the witnesses
	BelowQuorum string   `json:"below_quorum" schema:"enum=wait|answer"`
}

// Outside says what executed proposals still wait for outside, and whether the
// node can do it: of the present, also where the past is asked for.
type Outside struct {
	Payments        bool `json:"payments"` // econd may pay
	PaymentsPending int  `json:"payments_pending"`
	Webhooks        bool `json:"webhooks"` // econd may call webhooks
	WebhooksPending int  `json:"webhooks_pending"`

	// Why the node serves reads only until its operator has decided; absent in normal
	// work.
	Recovery []string `json:"recovery,omitempty"`
}
