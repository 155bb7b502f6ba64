package keeper

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hold is one of an agent's holds as GET /v1/stakes shows it. Foreign data: no
// member is checked.
type Hold struct {
	ID          string   `json:"id"`
	Purpose     string   `json:"purpose"`
	AmountSat   int64    `json:"amount_sat"`
	PaidSat     int64    `json:"paid_sat"`
	State       string   `json:"state"`
	Invoice     string   `json:"invoice"`
	PaymentHash string   `json:"payment_hash"`
	Reason      string   `json:"reason"`
	Renews      string   `json:"renews"`
	Renewal     *Renewal `json:"renewal"`
}

// Renewal says when a locked hold must be renewed, in block heights.
type Renewal struct {
	DueHeight uint32 `json:"due_height"`
	EndHeight uint32 `json:"end_height"`
	AtRisk    bool   `json:"at_risk"`
}

// Sat is what the hold binds: what was paid, or what is asked for.
func (h *Hold) Sat() int64 { return max(h.PaidSat, h.AmountSat) }

// Step is what a hold needs.
type Step uint8

// Steps.
const (
	Nothing Step = iota // it is not locked, or never renewed
	Wait                // until a height
	Renew               // ask for the next hold
	Await               // the next hold's invoice is being made
	Pay                 // the next hold's invoice
)

// NextRenewal decides what a hold needs at a height, given the hold that is to
// take its place, nil if none was asked for or it ended. at is the height to wait
// for. Holds do not all come at one height: each waits up to a quarter of the time
// that is left for renewing, rounded down, by its id.
func NextRenewal(h Hold, next *Hold, height uint32) (step Step, at uint32) {
	if h.State != "locked" || h.Renewal == nil {
		return Nothing, 0
	}
	switch {
	case next != nil && next.State == "requested":
		return Await, height
	case next != nil && next.State == "offered":
		return Pay, height
	case next != nil:
		return Nothing, 0
	}
	r := h.Renewal
	at = r.DueHeight + jitter(h.ID, (r.EndHeight-min(r.EndHeight, r.DueHeight))/4)
	if height < at {
		return Wait, at
	}
	return Renew, height
}

// jitter is a number from 0 to most, always the same for an id.
func jitter(id string, most uint32) uint32 {
	sum := sha256.Sum256([]byte("econd/jitter/" + id))
	return uint32(binary.BigEndian.Uint64(sum[:8]) % (uint64(most) + 1))
}
