package reputation

import (
	"fmt"

	"github.com/econd/econd/node/member"
)

// Fixed scales of the engine. They are part of every score ever computed and
// never change; parameters that may change are in [Params].
const (
	// FlowOne is the whole mass of trust: flow, score and quality are fractions
	// of it.
	FlowOne = uint64(1) << 60
	// EvidenceOne is the evidence of one fresh receipt from a fully trusted
	// consumer.
	EvidenceOne = uint64(1) << 32
	// DecayOne is the decay factor of a receipt of today.
	DecayOne = uint64(1) << 16
	// PartOne is a whole receipt in units of Receipt.Discount.
	PartOne = uint64(1) << 12
	// RowMax is the largest sum of one consumer's edge weights after rescaling.
	RowMax = uint64(1) << 20
	// Rounds is how many rounds of flow an epoch runs. In each round half of
	// every agent's trust walks along its edges, the rest returns to the
	// pre-trust, so what is left undecided afterwards is below 2^-32 of the mass.
	Rounds = 32
	// MaxSats is the largest amount of one receipt: all bitcoin there will be.
	MaxSats = uint64(2_100_000_000_000_000)
	// MaxAgents is the largest number of agents in one book.
	MaxAgents = 1<<31 - 1
	// evidenceMax bounds stored evidence, far above what any book can hold, so
	// that sums never wrap.
	evidenceMax = uint64(1) << 62
)

// Params are the rules that a constitution may change. A change takes effect
// with the next epoch.
type Params struct {
	// HalfLifePositiveDays is how fast praise fades: one of [HalfLives].
	HalfLifePositiveDays int64 `json:"half_life_positive_days"`
	// HalfLifeNegativeDays is how fast complaints fade: one of [HalfLives].
	HalfLifeNegativeDays int64 `json:"half_life_negative_days"`
	// NegativeWeight is how many positive receipts one complaint outweighs.
	NegativeWeight int64 `json:"negative_weight"`
	// Tau is the flow at which a consumer's praise counts half, in units of
	// 1/FlowOne, 0 to FlowOne. It is a fixed share of the mass: a mean over
	// accounts could be moved by opening accounts.
	Tau uint64 `json:"tau"`
	// MinReceiptSats is the least price of a rated receipt, 1 to MaxSats, so
	// that slander is never cheap.
	MinReceiptSats uint64 `json:"min_receipt_sats"`
	// FullDayConsumers is on how many consumers' receipts a day counts as a whole
	// one for the age of receipts, 0 to MaxAgents; a day with fewer counts for
	// their share of it, so that a market which slows down does not forget while
	// it stands still. 0 lets every day count.
	FullDayConsumers int64 `json:"full_day_consumers,omitempty"`
}

// DefaultParams are the rules that a new economy starts with.
func DefaultParams() Params {
	return Params{
		HalfLifePositiveDays: 60,
		HalfLifeNegativeDays: 365,
		NegativeWeight:       2,
		Tau:                  1 << 47,
		MinReceiptSats:       1,
	}
}

// HalfLives lists the half-lives, in days, that have a table; 0 means no decay.
func HalfLives() []int64 {
	return []int64{0, 7, 14, 30, 60, 90, 120, 180, 365, 730}
}

// Members lists the members of Params: what each means and may be.
func Members() []member.Row { return paramsTable.Rows() }

var paramsTable = member.New[Params]("is {is}, want {least} to {most}",
	halfLife("half_life_positive_days", "How fast praise fades, in days: 0 (never), 7, 14, 30, 60, 90, 120, 180, 365 or 730."),
	halfLife("half_life_negative_days", "How fast complaints fade, in days; as for praise."),
	member.Within("negative_weight", 0, 1000, "How many positive receipts one complaint outweighs."),
	member.Within("tau", 0, int64(FlowOne), "Flow at which a consumer's praise counts half, of 2^60.").Saying("is {is}, want 0 to 2^60"),
	member.Within("min_receipt_sats", 1, int64(MaxSats), "Least price of a rated receipt."),
	member.Within("full_day_consumers", 0, MaxAgents, "On how many consumers' receipts a day counts whole for the age of receipts; "+
		"a day with fewer counts in part. 0 lets every day count."),
)

func halfLife(path, doc string) member.Row {
	r := member.Text(path, doc).Saying(fmt.Sprintf("is {is}, want one of %v", HalfLives()))
	r.Values = HalfLives()
	return r
}

// Validate checks every range. The error is an [ErrParams] that names the
// field.
func (p Params) Validate() error {
	if m := paramsTable.Misfit(&p); m != nil {
		return fmt.Errorf("%w: %s %s", ErrParams, m.Field(), m.Sentence())
	}
	return nil
}
