package constitution

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// Constitution is everything that governance can change, and the rules by which
// it may. The genesis brings the first one; after that only executed proposals
// change it.
type Constitution struct {
	Version    int64             `json:"version"` // of the rules, 1 to NewestRules
	Guardians  Guardians         `json:"guardians"`
	Operations OperationRules    `json:"operations"`
	Stake      StakeRules        `json:"stake"`
	Receipts   ReceiptRules      `json:"receipts"`
	Reputation reputation.Params `json:"reputation"`
	EpochS     int64             `json:"epoch_s"` // length of a reputation epoch
	Seeds      []op.PublicKey    `json:"seeds"`   // pre-trusted while nobody has staked
	Prices     []Price           `json:"prices"`
	Pools      []PoolShare       `json:"pools"`
	Payouts    PayoutRules       `json:"payouts,omitzero"`
	Disputes   DisputeTerms      `json:"disputes,omitzero"`
	Metrics    []MetricRule      `json:"metrics,omitempty"`
	Exit       ExitRules         `json:"exit,omitzero"`
	Wallets    WalletRules       `json:"wallets,omitzero"`
	Tracks     []voting.Track    `json:"tracks"`
}

// Guardians may veto vetoable proposals, cancel any that is not executed, or whose
// vote is not closed where the track says so, and pause tracks, when enough of them
// agree. The operator alone may, too; an empty list leaves it to the operator.
type Guardians struct {
	Keys      []op.PublicKey `json:"keys"`
	Threshold int64          `json:"threshold,omitempty"`   // how many must agree; 0 is 1
	MaxPauseS int64          `json:"max_pause_s,omitempty"` // longest pause; 0 is a day
}

// OperationRules bound an operation's claim of time against its entry.
type OperationRules struct {
	MaxAgeS    int64 `json:"max_age_s"`
	MaxFutureS int64 `json:"max_future_s"`
}

// StakeRules bound holds.
type StakeRules struct {
	MinSat         int64  `json:"min_sat"`
	MaxSat         int64  `json:"max_sat"`     // one new hold; a renewal keeps what it renews
	CltvBlocks     uint32 `json:"cltv_blocks"` // of the hold invoice, 48 to 1008
	InvoiceExpiryS int64  `json:"invoice_expiry_s"`
	MaxPerAgent    int64  `json:"max_per_agent"` // holds that have not ended

	// Holds that nobody paid yet, renewals apart: of one agent, 0 is 3, and of
	// all, 0 is 256. Agents without locked stake have half of the latter.
	MaxUnpaidPerAgent int64 `json:"max_unpaid_per_agent,omitempty"`
	MaxUnpaid         int64 `json:"max_unpaid,omitempty"`
}

// What holds where stake says nothing.
const (
	unpaidPerAgent = 3
	unpaid         = 256
)

// UnpaidPerAgent is how many holds of an agent may be unpaid.
func (r StakeRules) UnpaidPerAgent() int64 { return orElse(r.MaxUnpaidPerAgent, unpaidPerAgent) }

// Unpaid is how many holds of all may be.
func (r StakeRules) Unpaid() int64 { return orElse(r.MaxUnpaid, unpaid) }

// Price is what one L402 token for a resource costs; 0 is free.
type Price struct {
	Resource string `json:"resource"` // one of Resources
	Sat      int64  `json:"sat"`
}

// PoolShare gives a named pool its share of what comes in.
type PoolShare struct {
	Name     string `json:"name"`
	SharePpm int64  `json:"share_ppm"`
}

// DisputeTerms are the terms for jurors.
type DisputeTerms struct {
	JurorBondSat int64    `json:"juror_bond_sat,omitempty"` // what a juror locks and may lose
	Fields       []string `json:"fields,omitempty"`         // of expertise
}

// Resources that can have a price. httpapi and grpcapi map their routes to
// these.
const (
	ResourceOperations = "operations" // submitting operations
	ResourceProofs     = "proofs"     // inclusion and ballot proofs
	ResourceQueries    = "queries"    // every other read
	ResourceEvents     = "events"     // the event stream
)

// Resources lists what can have a price, in the order of a price list.
func Resources() []string {
	return []string{ResourceOperations, ResourceProofs, ResourceQueries, ResourceEvents}
}

// MaxPriceSat keeps a governed price payable: 0.01 BTC.
const MaxPriceSat = 1_000_000

// Decode reads a constitution from strict JSON and validates it. One of rules that
// are not known here is refused as such, whatever members it has.
func Decode(raw []byte) (*Constitution, error) {
	c := new(Constitution)
	if err := op.Unmarshal(raw, "constitution", c); err != nil {
		if newer := newerVersion(raw); newer != nil {
			return nil, newer
		}
		return nil, err
	}
	return c, c.Validate()
}

// Track returns the track of that name, or nil.
func (c *Constitution) Track(name string) *voting.Track {
	for i := range c.Tracks {
		if c.Tracks[i].Name == name {
			return &c.Tracks[i]
		}
	}
	return nil
}

// PriceSat returns the price of a resource; unknown resources cost nothing.
func (c *Constitution) PriceSat(resource string) int64 {
	for _, p := range c.Prices {
		if p.Resource == resource {
			return p.Sat
		}
	}
	return 0
}

// Clone copies the constitution. The copy shares nothing that can be changed with the
// original, which past proposals refer to.
func (c *Constitution) Clone() *Constitution {
	d := *c
	d.Guardians.Keys = slices.Clone(c.Guardians.Keys)
	d.Seeds = slices.Clone(c.Seeds)
	d.Prices = slices.Clone(c.Prices)
	d.Pools = slices.Clone(c.Pools)
	d.Metrics = slices.Clone(c.Metrics)
	for i, m := range d.Metrics {
		d.Metrics[i].Reporters = slices.Clone(m.Reporters)
	}
	d.Disputes.Fields = slices.Clone(c.Disputes.Fields)
	d.Exit.Pools = slices.Clone(c.Exit.Pools)
	d.Wallets.Operator.Pools = slices.Clone(c.Wallets.Operator.Pools)
	d.Tracks = slices.Clone(c.Tracks)
	for i := range d.Tracks {
		d.Tracks[i] = d.Tracks[i].Clone()
	}
	return &d
}

// orElse is what a member means of which 0 means another value.
func orElse(v, otherwise int64) int64 {
	if v == 0 {
		return otherwise
	}
	return v
}
