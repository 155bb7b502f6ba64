package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// SpendCount is how many spends of one type are in one state.
type SpendCount struct {
	Type, State string
	Count       int64
}

// PaidSum is what settled spends of one type cost since the log began.
type PaidSum struct {
	Type          string
	Msat, FeeMsat int64 // to payees, and to routes
}

// SpendFigures are what monitoring counts of spends.
type SpendFigures struct {
	Counts []SpendCount // each type with each state
	Paid   []PaidSum    // each type
	// HeldMsat is set aside for spends that are reserved or submitted, fee limits included.
	HeldMsat int64
	// ReservedMs and SubmittedMs are since when the oldest that is in that state has been in
	// it; 0: none is.
	ReservedMs, SubmittedMs int64
}

// SpendFigures reads them. It looks at the effects that are pending, and at nothing that is over.
func (s *State) SpendFigures() SpendFigures {
	var f SpendFigures
	for _, kind := range []string{op.SpendInvoice, op.SpendKeysend, op.SpendAddress, op.SpendURL} {
		for state := range spendStates {
			f.Counts = append(f.Counts, SpendCount{kind, spendStates[state], s.wallets.counts[spendSort{kind, spendState(state)}]})
		}
		p := s.wallets.paid[kind]
		f.Paid = append(f.Paid, PaidSum{kind, p.msat, p.feeMsat})
	}
	for i := range s.effects.pending {
		at, ok := s.wallets.spendAt[s.effects.pending[i].Spend]
		if s.effects.pending[i].ID == "" || !ok { // an answered one leaves its place
			continue
		}
		x := &s.wallets.spends[at]
		f.HeldMsat += x.asks.AmountMsat + x.asks.FeeLimitMsat
		oldest := &f.ReservedMs
		if x.state == spendSubmitted {
			oldest = &f.SubmittedMs
		}
		if since := x.steps[len(x.steps)-1].timeMs; *oldest == 0 || since < *oldest {
			*oldest = since
		}
	}
	return f
}

// What a wallet can do, by what is open and what its own budget says.
const (
	WalletFunded   = "funded"    // it has a budget that has not ended
	WalletExpired  = "expired"   // its budget has ended
	WalletNoBudget = "no-budget" // it has none
	WalletClosed   = "closed"
)

// WalletStates lists them.
func WalletStates() []string {
	return []string{WalletFunded, WalletExpired, WalletNoBudget, WalletClosed}
}

// WalletUse is what monitoring counts of one wallet.
type WalletUse struct {
	State string
	Part  bool // of another, whose figures include its own
	// Of a funded one, in the running period: what may be spent, and what is spent or set aside.
	AllowanceMsat, UsedMsat int64
}

// WalletUseAt reads that of the i-th wallet at nowMs, 0 <= i < Wallets().
func (s *State) WalletUseAt(i int, nowMs int64) WalletUse {
	w := &s.wallets.list[i]
	u := WalletUse{State: WalletFunded, Part: w.parent >= 0}
	switch {
	case w.closed != 0:
		u.State = WalletClosed
	case w.budget.terms == nil:
		u.State = WalletNoBudget
	case w.budget.terms.UntilMs < nowMs:
		u.State = WalletExpired
	default:
		f := w.account.Figures(w.budget.terms, nowMs)
		u.AllowanceMsat, u.UsedMsat = f.AllowanceMsat, f.SpentMsat+f.ReservedMsat
	}
	return u
}

// OpenTrips is how many trips of a scope and a cause are on the record and not reset.
func (s *State) OpenTrips(scope, cause string) int { return s.wallets.onCause[tripSort{scope, cause}] }

// BudgetsSetBy are the ids of the wallets whose budgets an entry set, if it is the latest that
// set any.
func (s *State) BudgetsSetBy(seq uint64) (ids []string) {
	for _, i := range s.wallets.budgeted {
		if w := &s.wallets.list[i]; w.budget.seq == seq {
			ids = append(ids, w.id)
		}
	}
	return ids
}

// Trip returns a breaker that opened by the id of its fact, or false.
func (s *State) Trip(id op.ID) (view.Trip, bool) {
	i, ok := s.wallets.tripAt[id]
	if !ok {
		return view.Trip{}, false
	}
	return s.TripAt(i), true
}
