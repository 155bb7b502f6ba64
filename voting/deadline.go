package voting

import (
	"fmt"
	"math"
)

// ExtendDeadline returns the deadline after the ballot at now reached quorum
// for the first time: now+extension if that is later, else the deadline as it
// was. The caller does this once per vote. All times share one unit; the sum
// saturates.
func ExtendDeadline(deadline, now, extension int64) int64 {
	if extension <= 0 {
		return deadline
	}
	if now > math.MaxInt64-extension { // mutate:same, the sum at equality is the limit itself
		return math.MaxInt64
	}
	return max(deadline, now+extension)
}

// VoteOpen reports whether a ballot at now still counts: the deadline is
// inclusive.
func VoteOpen(start, deadline, now int64) bool {
	return now >= start && now <= deadline
}

// OppositionRule lengthens a timelock by the opposition that a passed proposal
// met, as the dual governance of Lido does: up to R1 the base delay, from R2 on
// the longest, in between a straight line. Opposition is the weight against as
// a share of the eligible weight. Delays share one unit of time.
type OppositionRule struct {
	R1PPM    uint32 `json:"r1_ppm"`
	R2PPM    uint32 `json:"r2_ppm"`
	MaxDelay int64  `json:"max_delay"`
}

// Validate reports the first field that makes the rule unusable beside a base
// delay.
func (r OppositionRule) Validate(base int64) error {
	if r.R1PPM >= r.R2PPM {
		return fmt.Errorf("%w: r1_ppm: %d is not below r2_ppm, %d", ErrRule, r.R1PPM, r.R2PPM)
	}
	if err := misfit(oppositionTable.MisfitAt(&r, "r2_ppm")); err != nil {
		return err
	}
	if base < 0 || r.MaxDelay < base {
		return fmt.Errorf("%w: max_delay: %d is less than the base delay, %d", ErrRule, r.MaxDelay, base)
	}
	return nil
}

// Delay returns the timelock for the weight against, rounded up to a whole unit
// of time. The rule must be valid for base; an empty electorate has no
// opposition.
func (r OppositionRule) Delay(base int64, against, eligible uint64) int64 {
	against = min(against, eligible)
	share := Wide(against).mul64(PPM)
	if eligible == 0 {
		return base
	}
	// At either end the straight line gives the same delay.
	if share.cmp(Wide(eligible).mul64(uint64(r.R1PPM))) <= 0 { // mutate:same
		return base
	}
	if share.cmp(Wide(eligible).mul64(uint64(r.R2PPM))) >= 0 { // mutate:same
		return r.MaxDelay
	}
	// (max-base) * (against/eligible - R1) / (R2-R1), all over one
	// denominator: three factors need big integers.
	over := bigU(against)
	over.Mul(over, bigU(PPM)).Sub(over, bigMul(uint64(r.R1PPM), eligible))
	over.Mul(over, bigU(uint64(r.MaxDelay-base)))
	extra := ceilDiv(over, bigMul(uint64(r.R2PPM-r.R1PPM), eligible))
	return base + extra.Int64()
}
