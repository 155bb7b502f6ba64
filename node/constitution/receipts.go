package constitution

import (
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/reputation"
)

// ReceiptRules bound receipts and say how much those count whose payer is in
// doubt. A part per million is rounded down to 1/4096. Absent members have the
// defaults named.
type ReceiptRules struct {
	MinSat int64 `json:"min_sat"` // least payment that makes a receipt
	// MaxAgeS is the most from the invoice's timestamp to the entry; for a complaint
	// from the end of the invoice's expiry, for the payee chooses both.
	MaxAgeS int64 `json:"max_age_s"`
	// UnnamedPpm is how much praise counts over an invoice that names no
	// customer; 0 is 500,000.
	UnnamedPpm int64 `json:"unnamed_ppm,omitempty"`
	// StrangerPpm is how much a complaint counts by somebody whom the invoice
	// does not name; 0 is 125,000.
	StrangerPpm int64 `json:"stranger_ppm,omitempty"`
	// ComplaintStakeSat makes such a complaint count whole, if the invoice names
	// nobody and the agent has had that much locked since before it was issued, or
	// for the length of an epoch; 0 is 10,000.
	ComplaintStakeSat int64 `json:"complaint_stake_sat,omitempty"`
}

// What holds where receipts says nothing.
const (
	unnamedPpm        = 500_000
	strangerPpm       = 125_000
	complaintStakeSat = 10_000
)

func partOf(ppm int64) uint16 { return uint16(muldiv.Floor(ppm, int64(reputation.PartOne), 1_000_000)) }

// UnnamedPart is how much praise counts over an invoice that names nobody, of reputation.PartOne.
func (r ReceiptRules) UnnamedPart() uint16 { return partOf(orElse(r.UnnamedPpm, unnamedPpm)) }

// StrangerPart is how much a complaint of somebody counts whom the invoice does not name, of
// reputation.PartOne.
func (r ReceiptRules) StrangerPart() uint16 { return partOf(orElse(r.StrangerPpm, strangerPpm)) }

// ComplaintStake makes such a complaint count whole, in sats.
func (r ReceiptRules) ComplaintStake() uint64 {
	return uint64(orElse(r.ComplaintStakeSat, complaintStakeSat))
}
