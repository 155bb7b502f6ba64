package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
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

// Bounds of the constitution's lists, so that checking one has an end.
const (
	MaxSeeds    = 256
	MaxPools    = 64
	MaxPoolName = 64 // bytes
	MaxTracks   = 64

	MaxParameters = 64  // of a track
	MaxParameter  = 200 // bytes of one
)

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

// Validate checks every field and names the first bad one.
func (c *Constitution) Validate() error {
	if err := KnownRules("constitution.version", c.Version, NewestRules); err != nil {
		return err
	}
	return c.ValidateAfter(&Constitution{})
}

// validateAfter is Validate for one that is to come after another, which was
// valid: lists of keys that are as they were are not checked again, for each key
// costs as much as the rest of a track. Nor is it checked that the version of the
// rules is known.
func (c *Constitution) ValidateAfter(was *Constitution) error {
	within := func(field string, v, low, high int64) error {
		if v < low || v > high {
			return refusal.New(refusal.ErrInvalid, "constitution."+field, "range", "is %d, must be between %d and %d", v, low, high)
		}
		return nil
	}
	const year = 366 * 86400
	for _, r := range []struct {
		field        string
		v, low, high int64
	}{
		{"version", c.Version, 1, anyVersion},
		{"operations.max_age_s", c.Operations.MaxAgeS, 1, year},
		{"operations.max_future_s", c.Operations.MaxFutureS, 0, 86400},
		{"stake.min_sat", c.Stake.MinSat, 1, c.Stake.MaxSat},
		{"stake.max_sat", c.Stake.MaxSat, 1, 2_100_000_000_000_000},
		{"stake.cltv_blocks", int64(c.Stake.CltvBlocks), stake.MinCltvBlocks, stake.MaxCltvBlocks},
		{"stake.invoice_expiry_s", c.Stake.InvoiceExpiryS, 10, 86400},
		{"stake.max_per_agent", c.Stake.MaxPerAgent, 1, 1000},
		{"stake.max_unpaid_per_agent", c.Stake.MaxUnpaidPerAgent, 0, 1000},
		{"stake.max_unpaid", c.Stake.MaxUnpaid, 0, MostUnpaid},
		{"receipts.min_sat", c.Receipts.MinSat, 1, 2_100_000_000_000_000},
		{"receipts.max_age_s", c.Receipts.MaxAgeS, 1, year},
		{"receipts.unnamed_ppm", c.Receipts.UnnamedPpm, 0, voting.PPM},
		{"receipts.stranger_ppm", c.Receipts.StrangerPpm, 0, voting.PPM},
		{"receipts.complaint_stake_sat", c.Receipts.ComplaintStakeSat, 0, 2_100_000_000_000_000},
		{"epoch_s", c.EpochS, 1, year},
	} {
		if err := within(r.field, r.v, r.low, r.high); err != nil {
			return err
		}
	}
	if err := c.Reputation.Validate(); err != nil {
		return refusal.New(refusal.ErrInvalid, "constitution.reputation", "range", "%v", err)
	}
	if err := within("seeds", int64(len(c.Seeds)), 0, MaxSeeds); err != nil {
		return err
	}
	if err := CheckKeys("constitution.seeds", c.Seeds, was.Seeds); err != nil {
		return err
	}
	if err := c.ValidateGuardians(was.Guardians.Keys); err != nil {
		return err
	}
	if err := c.ValidatePrices(); err != nil {
		return err
	}
	if err := c.validatePools(); err != nil {
		return err
	}
	if err := c.Payouts.validate(); err != nil {
		return err
	}
	if err := c.validateMetrics(was); err != nil {
		return err
	}
	if err := c.validateTracks(); err != nil {
		return err
	}
	if err := c.validateDisputes(); err != nil {
		return err
	}
	return c.validateExit()
}

func (c *Constitution) ValidatePrices() error {
	if len(c.Prices) != len(Resources()) {
		return refusal.New(refusal.ErrInvalid, "constitution.prices", "complete", "needs one price for each of %v", Resources())
	}
	for i, want := range Resources() {
		field := fmt.Sprintf("constitution.prices[%d]", i)
		if c.Prices[i].Resource != want {
			return refusal.New(refusal.ErrInvalid, field+".resource", "order", "is %+q, must be %+q", c.Prices[i].Resource, want)
		}
		if sat := c.Prices[i].Sat; sat < 0 || sat > MaxPriceSat {
			return refusal.New(refusal.ErrInvalid, field+".sat", "range", "is %d, must be between 0 and %d", sat, MaxPriceSat)
		}
	}
	return nil
}

func (c *Constitution) validatePools() error {
	if n := len(c.Pools); n > MaxPools {
		return refusal.New(refusal.ErrInvalid, "constitution.pools", "range", "has %d, at most %d are allowed", n, MaxPools)
	}
	var total int64
	for i, p := range c.Pools {
		if len(p.Name) > MaxPoolName {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.pools[%d].name", i), "length", "has %d bytes, at most %d are allowed", len(p.Name), MaxPoolName)
		}
		if p.Name == "" || p.SharePpm < 0 || p.SharePpm > voting.PPM {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.pools[%d]", i), "range",
				"needs a name and a share between 0 and 1000000 ppm")
		}
		for _, q := range c.Pools[:i] {
			if p.Name == q.Name {
				return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.pools[%d].name", i), "unique", "%+q appears twice", p.Name)
			}
		}
		total += p.SharePpm
	}
	if total != voting.PPM {
		return refusal.New(refusal.ErrInvalid, "constitution.pools", "whole", "shares add up to %d ppm, must be 1000000", total)
	}
	return nil
}

func (c *Constitution) validateTracks() error {
	if len(c.Tracks) == 0 {
		return refusal.New(refusal.ErrInvalid, "constitution.tracks", "complete", "needs at least one track")
	}
	if n := len(c.Tracks); n > MaxTracks {
		return refusal.New(refusal.ErrInvalid, "constitution.tracks", "range", "has %d, at most %d are allowed", n, MaxTracks)
	}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if err := t.Validate(); err != nil {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.tracks[%d]", i), "track", "%v", err)
		}
		if err := c.validateAmending(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		if err := validateRemoval(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		if err := validateTemplates(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		if err := c.validateEvaluation(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		if err := trackListsFit(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		for _, a := range t.Actions {
			if !knownAction(a) {
				return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.tracks[%d].actions", i), "known", "unknown action %+q", a)
			}
		}
		if err := c.validateConviction(t, fmt.Sprintf("constitution.tracks[%d]", i)); err != nil {
			return err
		}
		for j := range i {
			if c.Tracks[j].Name == t.Name {
				return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.tracks[%d].name", i), "unique", "%+q appears twice", t.Name)
			}
		}
	}
	return nil
}

// trackListsFit bounds the lists of a track.
func trackListsFit(t *voting.Track, field string) error {
	if n := len(t.Actions); n > len(actions) {
		return refusal.New(refusal.ErrInvalid, field+".actions", "range", "has %d, there are %d", n, len(actions))
	}
	if n := len(t.Parameters); n > MaxParameters {
		return refusal.New(refusal.ErrInvalid, field+".parameters", "range", "has %d, at most %d are allowed", n, MaxParameters)
	}
	for i, p := range t.Parameters {
		if len(p) > MaxParameter {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("%s.parameters[%d]", field, i), "length", "has %d bytes, at most %d are allowed", len(p), MaxParameter)
		}
	}
	return nil
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

// clone copies the constitution deeply enough that changing the copy leaves
// the original, which past proposals refer to, as it is.
func (c *Constitution) Clone() *Constitution {
	d := *c
	d.Guardians.Keys = slices.Clone(c.Guardians.Keys)
	d.Seeds = slices.Clone(c.Seeds)
	d.Prices = slices.Clone(c.Prices)
	d.Pools = slices.Clone(c.Pools)
	d.Metrics = slices.Clone(c.Metrics)
	d.Tracks = slices.Clone(c.Tracks)
	return &d
}
