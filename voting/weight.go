package voting

import (
	"errors"
	"math/bits"

	"github.com/econd/econd/node/muldiv"
)

// ErrRule is the kind of every refusal of a rule that cannot be used: a wrong
// kind, a missing number, a number out of range. The sentence names the field.
var ErrRule = errors.New("rule is not valid")

// RootScale is the fixed-point scale of a root: the root of 4 sat is 2 *
// RootScale. Six decimal digits keep the rounding of one agent below one
// millionth of the root of one sat.
const RootScale = 1_000_000

// ReputationRootShift is the scale of reputation times root-stake, as a power
// of two. Scores share a mass of at most 2^60 and no root exceeds 2^46 (21
// million bitcoin), so with 44 bits dropped the sum over all agents stays below
// 2^62 and the finest detail that guarantees this is kept.
const ReputationRootShift = 44

// MaxStakeSat bounds a stake: all the bitcoin there will ever be, in sats.
const MaxStakeSat = 2_100_000_000_000_000

// WeightKind names how much one agent's voice counts.
type WeightKind string

const (
	// WeightOne counts every admitted agent once.
	WeightOne WeightKind = "one"
	// WeightReputation counts the agent's reputation score.
	WeightReputation WeightKind = "reputation"
	// WeightStake counts locked sats.
	WeightStake WeightKind = "stake"
	// WeightRootStake counts the square root of locked sats, times RootScale.
	WeightRootStake WeightKind = "root-stake"
	// WeightReputationRootStake counts reputation times root-stake, divided
	// by 2^ReputationRootShift.
	WeightReputationRootStake WeightKind = "reputation-root-stake"
	// WeightConviction counts locked sats too, but they act through time: see
	// Conviction.
	WeightConviction WeightKind = "conviction"
)

var weightKinds = []WeightKind{WeightOne, WeightReputation, WeightStake, WeightRootStake, WeightReputationRootStake, WeightConviction}

// Basis is what a weight is computed from, as of the snapshot at vote start.
type Basis struct {
	// StakeSat is the sum of the agent's locked holds, in sats.
	StakeSat uint64 `json:"stake_sat"`
	// UnconfirmedSat is the part of StakeSat that only the operator says is
	// locked, at most all of it.
	UnconfirmedSat uint64 `json:"unconfirmed_sat"`
	// Reputation is the agent's score, from 0 to 2^60.
	Reputation uint64 `json:"reputation"`
}

// WeightRule turns a Basis into a weight. It is a value and safe for
// concurrent use.
type WeightRule struct {
	// Kind is the formula.
	Kind WeightKind `json:"kind"`
	// BondSat is the identity bond: an agent with less locked has no weight.
	BondSat uint64 `json:"bond_sat,omitempty"`
	// LeastReputation is the reputation floor: an agent below has no weight.
	// A fresh key has no reputation, and reputation cannot be moved from key
	// to key, so any floor above zero shuts out split identities.
	LeastReputation uint64 `json:"least_reputation,omitempty"`
	// CapPPM bounds one agent's share of the uncapped total; 0 is no cap.
	CapPPM uint32 `json:"cap_ppm,omitempty"`
	// UnconfirmedPPM is how much a sat counts that the agent has not confirmed
	// as locked; nil is PPM, whole. See CountedSat.
	UnconfirmedPPM *uint32 `json:"unconfirmed_ppm,omitempty"`
}

// Same reports whether two rules are one: they give the same weight to each basis, by
// the same members.
func (r WeightRule) Same(o WeightRule) bool {
	if (r.UnconfirmedPPM == nil) != (o.UnconfirmedPPM == nil) || r.UnconfirmedPPM != nil && *r.UnconfirmedPPM != *o.UnconfirmedPPM {
		return false
	}
	r.UnconfirmedPPM, o.UnconfirmedPPM = nil, nil
	return r == o
}

// CountedSat is the stake that the rule counts, for the identity bond too: what is
// confirmed, and of the rest floor(sat * UnconfirmedPPM / 1,000,000).
func (r WeightRule) CountedSat(b Basis) uint64 {
	if r.UnconfirmedPPM == nil {
		return b.StakeSat
	}
	return b.StakeSat - b.UnconfirmedSat + muldiv.Floor(b.UnconfirmedSat, uint64(*r.UnconfirmedPPM), PPM)
}

// Validate reports the first field that makes the rule unusable.
func (r WeightRule) Validate() error {
	return misfit(weightTable.Misfit(&r))
}

// Admits reports whether the stake that counts clears the identity bond, and the score the
// reputation floor; both are reached at equality.
func (r WeightRule) Admits(b Basis) bool {
	return r.CountedSat(b) >= r.BondSat && b.Reputation >= r.LeastReputation
}

// Weight returns the agent's weight before the cap: zero when it is not
// admitted. Roots and products are rounded down, of the stake that the rule counts.
// An unknown kind weighs zero.
func (r WeightRule) Weight(b Basis) uint64 {
	if !r.Admits(b) {
		return 0
	}
	b.StakeSat = r.CountedSat(b)
	switch r.Kind {
	case WeightOne:
		return 1
	case WeightReputation:
		return b.Reputation
	case WeightStake, WeightConviction:
		return b.StakeSat
	case WeightRootStake:
		return RootStake(b.StakeSat)
	case WeightReputationRootStake:
		return reputationRootStake(b)
	}
	return 0
}

// Capped returns weight, or floor(total * CapPPM / 1,000,000) if that is less.
// Total is the sum of all uncapped weights of the snapshot, so the result does
// not depend on the order in which agents are capped.
func (r WeightRule) Capped(weight, total uint64) uint64 {
	if r.CapPPM == 0 {
		return weight
	}
	limit := muldiv.Floor(total, uint64(r.CapPPM), PPM)
	return min(weight, limit)
}

// SplitProof reports whether dividing one agent's stake among several keys can
// never raise the sum of their weights. Linear and product rules have this by
// themselves. "One" and "root-stake" reward division whatever the bond, and a
// cap on linear stake does too, unless a reputation floor keeps the new keys
// out.
func (r WeightRule) SplitProof() bool {
	switch r.Kind {
	case WeightOne, WeightRootStake:
		return r.LeastReputation > 0
	case WeightStake, WeightConviction:
		return r.LeastReputation > 0 || r.CapPPM == 0
	}
	return true
}

// RootStake returns floor(sqrt(sat * RootScale^2)), exactly, for any sat.
func RootStake(sat uint64) uint64 {
	hi, lo := bits.Mul64(sat, RootScale*RootScale)
	return sqrt128(U128{hi, lo})
}

// reputationRootStake multiplies before it divides, and rounds down; beyond the
// documented ranges it saturates instead of wrapping.
func reputationRootStake(b Basis) uint64 {
	hi, lo := bits.Mul64(b.Reputation, RootStake(b.StakeSat))
	if hi>>ReputationRootShift != 0 {
		return ^uint64(0)
	}
	return hi<<(64-ReputationRootShift) | lo>>ReputationRootShift
}
