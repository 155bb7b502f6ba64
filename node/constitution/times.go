package constitution

import "github.com/econd/econd/node/refusal"

// Shortest times where the economy is real. On regtest, where there is nothing to hold
// up, a second will do.
const (
	LeastEpochS  = 600  // each costs every agent and receipt there is, and comes unasked
	LeastAgeS    = 60   // from signing to recording: an operation may wait for a payment
	LeastFutureS = 10   // that clocks differ: below it, who is a little ahead signs nothing
	LeastClaimS  = dayS // to name an invoice: after it, the sats are the pool's again
)

// LeastTimes refuses times that would keep everybody busy with scores, or shut agents
// out of operations or of what is owed to them.
func (c *Constitution) LeastTimes(network string) error {
	if network == "regtest" {
		return nil
	}
	for _, t := range []struct {
		field, rule string
		is, least   int64
	}{
		{"epoch_s", "epoch-least", c.EpochS, LeastEpochS},
		{"operations.max_age_s", "time-least", c.Operations.MaxAgeS, LeastAgeS},
		{"operations.max_future_s", "time-least", c.Operations.MaxFutureS, LeastFutureS},
		{"payouts.claim_s", "time-least", c.Payouts.ClaimMs() / 1000, LeastClaimS},
	} {
		if t.is < t.least {
			return refusal.New(refusal.ErrInvalid, "constitution."+t.field, t.rule, "is %d, on %s it must be at least %d", t.is, network, t.least)
		}
	}
	return nil
}
