package constitution

import "testing"

// What is paid and what its route may cost make up no more than there is, and no
// sat more could be paid; where the route may take all, both are nothing.
func TestWithin(t *testing.T) {
	for _, r := range []PayoutRules{{}, {FeePpm: 1}, {FeePpm: 1_000_000, FeeBaseSat: 1}, {FeeBaseSat: 100_000}, {FeePpm: 333_333, FeeBaseSat: 7}} {
		for sat := int64(0); sat < 400; sat++ {
			pay, fee := r.Within(sat)
			if pay < 0 || pay+fee > sat || pay == 0 && fee != 0 || pay > 0 && fee != r.FeeLimitSat(pay) || pay+1+r.FeeLimitSat(pay+1) <= sat {
				t.Errorf("%+v: of %d sat %d are paid and %d set aside", r, sat, pay, fee)
			}
		}
	}
}
