package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// Books says where every msat is that the economy's holds brought to the operator's
// LND, and what is locked there besides. All amounts are in msat.
type Books struct {
	In   int64 `json:"in_msat"`   // of holds that were settled, those found after a restore included
	Paid int64 `json:"paid_msat"` // to payees
	Fees int64 `json:"fees_msat"` // what the routes of these cost
	Own  int64 `json:"own_msat"`  // of the fees, what was beyond their limits: the operator's own cost

	Pools  int64 `json:"pools_msat"`
	Owed   int64 `json:"owed_msat"`   // payouts to be claimed or under way, spends of wallets under way, and what is set aside for their routes
	Aside  int64 `json:"aside_msat"`  // rewards of evaluations, and shares of who announced to leave
	Grants int64 `json:"grants_msat"` // promised and not drawn
	Pots   int64 `json:"pots_msat"`   // of disputes, until they are shared out
	Dust   int64 `json:"dust_msat"`   // came in and makes no sat yet
	Ahead  int64 `json:"ahead_msat"`  // of what was paid, what no decision of this log took from a pool yet

	Locked int64 `json:"locked_msat"` // of holds that are locked or about to end: accepted HTLCs
}

// Left is what LND must have of all that came in: what was not paid out, but for
// the operator's own cost.
func (b Books) Left() int64 { return b.In - b.Paid - b.Fees + b.Own }

// Kept is where the log says it is. It equals Left after every entry.
func (b Books) Kept() int64 { return b.Pools + b.Owed + b.Aside + b.Grants + b.Pots + b.Dust - b.Ahead }

// Books adds up the state. It looks at every hold, payout, spend, proposal, agent, grant and
// dispute.
func (s *State) Books() Books {
	b := Books{In: s.treasury.foundMsat, Own: s.treasury.ownMsat, Dust: s.treasury.dustMsat}
	for _, a := range s.recovery.ahead {
		b.Paid += a.amountMsat
		b.Fees += a.feeMsat
		b.Ahead += a.amountMsat + a.feeMsat
	}
	for i := range s.holds.list {
		switch h := &s.holds.list[i]; h.state {
		case stake.Forfeited, stake.Taken:
			b.In += h.paidMsat()
		case stake.Locked, stake.Releasing, stake.Forfeiting:
			b.Locked += h.paidMsat()
		}
	}
	for i := range s.treasury.payouts {
		switch p := &s.treasury.payouts[i]; p.state {
		case payoutClaimable, payoutSending:
			b.Owed += 1000 * (p.amountSat + p.feeSat)
		case payoutPaid:
			b.Paid += 1000 * p.amountSat
			b.Fees += p.feeMsat
		}
	}
	for i := range s.wallets.spends {
		switch x := &s.wallets.spends[i]; x.state {
		case spendReserved, spendSubmitted:
			b.Owed += 1000 * x.heldSat
		case spendSettled:
			b.Paid += x.amountMsat
			b.Fees += x.feeMsat
		}
	}
	for _, sat := range s.treasury.poolSats {
		b.Pools += 1000 * sat
	}
	for i := range s.proposals.list {
		if v := s.proposals.list[i].eval; v != nil {
			b.Aside += 1000 * v.asideSat
		}
	}
	for i := range s.agents.list {
		if x := s.agents.list[i].leaving; x != nil {
			for _, r := range x.shares {
				b.Aside += 1000 * (r.sat + r.feeSat)
			}
		}
	}
	for i := range s.treasury.grants {
		b.Grants += 1000 * (s.treasury.grants[i].ceilingSat() - s.treasury.grants[i].drawnSat)
	}
	for i := range s.disputes.list {
		if d := &s.disputes.list[i]; !d.settled {
			b.Pots += 1000 * d.potSat
		}
	}
	return b
}

// SettledHolds lists the holds whose sats the log has as arrived, oldest first.
func (s *State) SettledHolds() []view.Hold {
	var list []view.Hold
	for i := range s.holds.list {
		if st := s.holds.list[i].state; st == stake.Forfeited || st == stake.Taken {
			list = append(list, s.holdView(i))
		}
	}
	return list
}

// PaidMsat is what was locked or settled of a hold, 0 before.
func (s *State) PaidMsat(hold op.ID) int64 {
	if i, ok := s.holds.at[hold]; ok {
		return s.holds.list[i].paidMsat()
	}
	return 0
}

// paidMsat is what was locked or settled, 0 before.
func (h *hold) paidMsat() int64 { return 1000*h.paidSat + h.restMsat }
