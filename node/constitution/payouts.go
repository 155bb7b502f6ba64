package constitution

import (
	"github.com/econd/econd/node/muldiv"
)

// PayoutRules bound what is paid from the pools. Absent members have the
// defaults named.
type PayoutRules struct {
	ClaimS     int64 `json:"claim_s,omitempty"`      // time to name an invoice; 0 is 7 days
	MaxClaims  int64 `json:"max_claims,omitempty"`   // invoices tried; 0 is 3
	FeePpm     int64 `json:"fee_ppm,omitempty"`      // most that routes may cost, of the amount; 0 is 10,000
	FeeBaseSat int64 `json:"fee_base_sat,omitempty"` // and beside it; 0 is 10
}

// What holds where payouts says nothing.
const (
	claimS     = 7 * dayS
	claims     = 3
	feePpm     = 10_000
	feeBaseSat = 10
)

// ClaimMs is the time to name an invoice, in milliseconds.
func (r PayoutRules) ClaimMs() int64 { return 1000 * orElse(r.ClaimS, claimS) }

// Claims is how many invoices are tried.
func (r PayoutRules) Claims() int64 { return orElse(r.MaxClaims, claims) }

// FeeLimitSat is the most that the route of a payment may cost, rounded down.
func (r PayoutRules) FeeLimitSat(sat int64) int64 {
	return muldiv.Floor(sat, orElse(r.FeePpm, feePpm), 1_000_000) + orElse(r.FeeBaseSat, feeBaseSat)
}

// Within is the most that can be paid of so many sats with the route's cost
// among them, and that cost. Where the route may take all of them both are 0.
func (r PayoutRules) Within(sat int64) (pay, fee int64) {
	pay = muldiv.Floor(max(0, sat-r.FeeLimitSat(0)), 1_000_000, 1_000_000+orElse(r.FeePpm, feePpm))
	for pay+1+r.FeeLimitSat(pay+1) <= sat {
		pay++ // the fee is rounded down, so at most twice
	}
	if pay == 0 {
		return 0, 0
	}
	return pay, r.FeeLimitSat(pay)
}

// Split divides so many sats into what is paid and what its route may cost beyond
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
