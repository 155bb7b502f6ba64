package constitution

import (
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/refusal"
)

// PayoutRules bound what is paid from the pools. Absent members have the
// defaults named.
type PayoutRules struct {
	ClaimS     int64 `json:"claim_s,omitempty"`      // time to name an invoice; 0 is 7 days
	MaxClaims  int64 `json:"max_claims,omitempty"`   // invoices tried; 0 is 3
	FeePpm     int64 `json:"fee_ppm,omitempty"`      // most that routes may cost, of the amount; 0 is 10,000
	FeeBaseSat int64 `json:"fee_base_sat,omitempty"` // and beside it; 0 is 10
}

func orElse(v, otherwise int64) int64 {
	if v == 0 {
		return otherwise
	}
	return v
}

func (r PayoutRules) ClaimMs() int64 { return 1000 * orElse(r.ClaimS, 7*dayS) }

func (r PayoutRules) Claims() int64 { return orElse(r.MaxClaims, 3) }

// FeeLimitSat is the most that the route of a payment may cost, rounded down.
func (r PayoutRules) FeeLimitSat(sat int64) int64 {
	return muldiv.Floor(sat, orElse(r.FeePpm, 10_000), 1_000_000) + orElse(r.FeeBaseSat, 10)
}

func (r PayoutRules) validate() error {
	for _, f := range []struct {
		field   string
		v, most int64
	}{
		{"claim_s", r.ClaimS, 366 * dayS}, {"max_claims", r.MaxClaims, 100},
		{"fee_ppm", r.FeePpm, mostFeePpm}, {"fee_base_sat", r.FeeBaseSat, mostFeeBaseSat},
	} {
		if f.v < 0 || f.v > f.most {
			return refusal.New(refusal.ErrInvalid, "constitution.payouts."+f.field, "range", "is %d, must be between 0 and %d", f.v, f.most)
		}
	}
	return nil
}

// within is the most that can be paid of so many sats with the route's cost
// among them, and that cost. Where the route may take all of them both are 0.
func (r PayoutRules) Within(sat int64) (pay, fee int64) {
	pay = muldiv.Floor(max(0, sat-r.FeeLimitSat(0)), 1_000_000, 1_000_000+orElse(r.FeePpm, 10_000))
	for pay+1+r.FeeLimitSat(pay+1) <= sat {
		pay++ // the fee is rounded down, so at most twice
	}
	if pay == 0 {
		return 0, 0
	}
	return pay, r.FeeLimitSat(pay)
}

// split divides so many sats into what is paid and what its route may cost beyond
// the sats that a pool can give to that: own is taken out of the sats, pooled
// from the pool. The two are the fee limit of what is paid, or a sat more where
// that is rounded. It pays nothing where the route may take all.
func (r PayoutRules) Split(sat, poolSat int64) (pay, own, pooled int64) {
	if fee := r.FeeLimitSat(sat); fee <= poolSat {
		return sat, 0, fee
	}
	pay, _ = r.Within(sat + poolSat)
	if pay <= 0 {
		return 0, 0, 0
	}
	return pay, sat - pay, poolSat
}

// Most that may be set aside for a route. It comes off the share of who leaves, so
// more would take that away.
const (
	mostFeePpm     = 100_000
	mostFeeBaseSat = 1000
)
