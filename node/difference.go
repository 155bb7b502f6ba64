package node

import "github.com/econd/econd/node/op"

// Difference is something that the Lightning node knows and the log does not, or
// the other way round.
type Difference struct {
	Subject     string   `json:"subject"` // what it is about: a hold or a payout, by its id, or a payment hash
	PaymentHash op.Hash  `json:"payment_hash,omitzero"`
	LND         string   `json:"lnd"`
	Log         string   `json:"log"`
	Msat        int64    `json:"msat"`                // that are at stake
	Rule        string   `json:"rule,omitempty"`      // what econd does by itself once it goes on
	Decisions   []string `json:"decisions,omitempty"` // of the operator, where no rule does

	payment PaymentRecord
}

// Undecided tells whether the operator has to decide.
func (d Difference) Undecided() bool { return d.Rule == "" }

// Comparison is the log against the Lightning node. Amounts are in msat.
type Comparison struct {
	Differences []Difference `json:"differences"`

	In   int64 `json:"lnd_in_msat"`   // settled holds of this economy at LND
	Out  int64 `json:"lnd_out_msat"`  // payouts that it paid
	Fees int64 `json:"lnd_fees_msat"` // what their routes cost
	Held int64 `json:"lnd_held_msat"` // accepted HTLCs of holds

	Invoices int `json:"invoices"` // looked at
	Payments int `json:"payments"`
}

// Undecided lists the differences that wait for the operator.
func (c Comparison) Undecided() []Difference {
	var list []Difference
	for _, d := range c.Differences {
		if d.Undecided() {
			list = append(list, d)
		}
	}
	return list
}
