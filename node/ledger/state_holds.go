package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// holds are all that were ever asked for.
type holds struct {
	list        []hold
	at          map[op.ID]int
	offeredAt   map[op.Hash]int // by payment hash
	unpaid      int64           // those that nobody paid yet, renewals apart
	unpaidOrder []int           // they, in order, and some that were paid since
}

type hold struct {
	id           op.ID
	agent        slot
	purpose      purpose
	subject      int    // index of what it is for: proposal, pool, ...; -1 for a stake
	amountSat    int64  // asked for
	paidSat      int64  // locked or settled, whole; 0 before
	restMsat     int64  // beside it, less than a sat
	unpaid       bool   // counts as one that nobody paid yet
	forfeited    bool   // a rule took the sats, even where it came too late to settle
	settle       string // pending effect that settles it
	state        stake.State
	paymentHash  op.Hash
	invoice      string
	leastExpiry  uint32 // lowest that an HTLC for the invoice can have
	cltvBlocks   uint32 // that the invoice asks for
	invoiceEndMs int64  // after which it cannot be paid
	expiryHeight uint32
	requestedMs  int64
	lockedMs     int64
	lockedHeight uint32
	reason       string
	seq          uint64 // entry that asked for it
	offeredSeq   uint64 // entry with its invoice; 0: none yet
	renews       int    // index + 1 of the hold that it is to take the place of
	renewal      int    // index of the last hold asked for to take its place
	endedMs      int64
	said         *lockSaid // what its agent said last of its lock, nil for nothing
	confirmedSat int64     // of what is locked, what its agent confirmed
}

// add records a hold that was asked for and returns its place.
func (s *holds) add(h hold) int {
	i := len(s.list)
	s.list = append(s.list, h)
	s.at[h.id] = i
	return i
}

// lockSaid is what an agent says of the HTLCs that its own node holds for a hold.
type lockSaid struct {
	sat          int64
	expiryHeight uint32
	in           stake.State // of the hold, when it was said
	seq          uint64
	ms           int64
	signed       signed
}

// offered records the invoice of a hold, which entry seq brought at a height.
func (s *holds) offered(i int, c *op.HoldOffered, inv payment, atHeight uint32, seq uint64) {
	h, hash := &s.list[i], c.PaymentHash
	h.paymentHash, h.invoice, h.offeredSeq = hash, c.Invoice, seq
	h.cltvBlocks, h.invoiceEndMs = inv.cltvBlocks, inv.expiresUnix*1000
	h.leastExpiry = atHeight + inv.cltvBlocks
	s.offeredAt[hash] = i
}

// say records what the agent says of its lock.
func (h *hold) say(x lockSaid) { h.said = &x }

// confirm records how much of what is locked its agent confirmed.
func (h *hold) confirm(sat int64) { h.confirmedSat = sat }

// end records when it ended.
func (h *hold) end(ms int64) { h.endedMs = ms }

// pay records what was paid of it, and until which height its HTLC lasts, 0 for unknown.
func (h *hold) pay(sat, restMsat int64, expiryHeight uint32) {
	h.paidSat, h.restMsat, h.expiryHeight = sat, restMsat, expiryHeight
}

// lock records when its sats were locked.
func (h *hold) lock(stamp op.Stamp) { h.lockedMs, h.lockedHeight = stamp.TimeMs, stamp.Height }

// turn takes it to a state, for a reason or "".
func (h *hold) turn(to stake.State, reason string) {
	h.state = to
	if reason != "" {
		h.reason = reason
	}
	if to.Ended() {
		h.invoice = "" // nobody can pay it any more, and it is long
	}
}

// forfeit records that a rule took the sats, and the effect that settles it, "" where it
// is too late for one.
func (h *hold) forfeit(settle string) { h.forfeited, h.settle = true, settle }

// renew makes a hold the one that is to take the place of another.
func (s *holds) renew(i, next int) { s.list[i].renewal, s.list[next].renews = next, i+1 }

// countUnpaid counts a hold that was just asked for.
func (s *holds) countUnpaid(i int) {
	s.list[i].unpaid = true
	s.unpaid++
	if int64(len(s.unpaidOrder)) >= 2*s.unpaid+16 {
		s.unpaidOrder = slices.DeleteFunc(s.unpaidOrder, func(k int) bool { return !s.list[k].unpaid })
	}
	s.unpaidOrder = append(s.unpaidOrder, i)
}

// countPaid counts it out.
func (s *holds) countPaid(i int) {
	s.list[i].unpaid = false
	s.unpaid--
}
