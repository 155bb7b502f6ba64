package ledger

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/op"
)

// cltv is how many blocks the invoices of holds ask for.
func (sc *scenario) cltv() int64 {
	if !sc.asks {
		return bolt11.DefaultMinFinalCltv
	}
	return int64(sc.s.constitution.Stake.CltvBlocks)
}

// lock pays a hold: with what it asks for or a given amount, to an HTLC that
// expires in a day, or as late as its invoice asks for, or at a given height.
func (sc *scenario) lock(name string, f []string) error {
	h, _ := sc.s.Hold(sc.labels[name])
	c := op.HoldLocked{Hold: h.ID, AmountSat: h.AmountSat, ExpiryHeight: sc.expiryOf(h.ID)}
	if len(f) > 0 && f[0] != "until" {
		sat, msat, _ := strings.Cut(f[0], ".")
		c.AmountSat = sc.number(sat)
		if msat != "" {
			c.RestMsat = sc.number(msat)
		}
		f = f[1:]
	}
	if len(f) > 1 && f[0] == "until" {
		c.ExpiryHeight = uint32(sc.number(f[1]))
	}
	return sc.enter("operator", op.KindHoldLocked, c)
}

// expiryOf is when the HTLC of a hold ends that is paid now: in a day, or as late as its
// invoice asks for.
func (sc *scenario) expiryOf(hold op.ID) uint32 {
	if i, ok := sc.s.holds.at[hold]; ok {
		return max(sc.at.Height+144, sc.s.holds.list[i].leastExpiry)
	}
	return sc.at.Height + 144
}

func init() {
	facts["offer"] = func(sc *scenario, f []string) error {
		h, _ := sc.s.Hold(sc.labels[f[0]])
		return sc.offer(f[0], h.AmountSat, f[1])
	}
	looks["paid"] = func(sc *scenario, f []string) string { // paid X = SAT, that are locked or were
		h, _ := sc.s.Hold(sc.labels[f[0]])
		return fmt.Sprint("= ", h.PaidSat)
	}
	looks["dust"] = func(sc *scenario, _ []string) string { return fmt.Sprint("= ", sc.s.DustMsat()) } // dust of = MSAT
	looks["why"] = func(sc *scenario, f []string) string {                                             // why X = REASON of the hold
		h, _ := sc.s.Hold(sc.labels[f[0]])
		return "= " + h.Reason
	}
	looks["mark"] = func(sc *scenario, _ []string) string { // mark of = highest locked stake of the last hour
		return fmt.Sprint("= ", sc.s.stakes.locked.Max(sc.at.TimeMs, 3_600_000))
	}
}

// checkHeights follows every entry: once what was due is entered, no hold whose
// HTLC expires within 24 blocks is locked, waits to be settled, or is asked to be.
func (sc *scenario) checkHeights() {
	sc.t.Helper()
	at := sc.s.Clock()
	if sc.s.Due(at) != nil {
		return
	}
	settles := map[op.ID]bool{}
	for _, e := range sc.s.PendingEffects() {
		settles[e.Hold] = settles[e.Hold] || e.Kind == EffectSettleHold
	}
	for i := range sc.s.holds.list {
		h := &sc.s.holds.list[i]
		name := h.state.String()
		near := h.expiryHeight != 0 && h.expiryHeight <= at.Height+24
		if near && (settles[h.id] || name == "locked" || name == "forfeiting") {
			sc.fatalf("at height %d hold %s (%s) expires at %d and is %s, to be settled: %t",
				at.Height, sc.names[h.id], h.rule().name, h.expiryHeight, name, settles[h.id])
		}
		if settles[h.id] != (name == "forfeiting") {
			sc.fatalf("hold %s is %s, to be settled: %t", sc.names[h.id], name, settles[h.id])
		}
	}
}
