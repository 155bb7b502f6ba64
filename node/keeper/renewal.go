package keeper

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/econd/econd/node/view"
)

// renewable tells whether a hold says when it must be renewed.
func renewable(h view.Hold) bool { return h.Renewal != (view.Renewal{}) }

// bound is what the hold binds: what was paid, or what is asked for.
func bound(h view.Hold) int64 { return max(h.PaidSat, h.AmountSat) }

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
func NextRenewal(h view.Hold, next *view.Hold, height uint32) (step Step, at uint32) {
	if h.State != "locked" || !renewable(h) {
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
	at = r.DueHeight + jitter(h.ID.String(), (r.EndHeight-min(r.EndHeight, r.DueHeight))/4)
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
