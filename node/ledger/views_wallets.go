package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Wallets is the number of wallets ever opened.
func (s *State) Wallets() int { return len(s.wallets.list) }

// Wallet returns one wallet as it is at nowMs, or false.
func (s *State) Wallet(id string, nowMs int64) (view.Wallet, bool) {
	i, ok := s.wallets.at[id]
	if !ok {
		return view.Wallet{}, false
	}
	return s.WalletAt(i, nowMs), true
}

// WalletAt returns the i-th wallet in order of entry as it is at nowMs, 0 <= i < Wallets().
func (s *State) WalletAt(i int, nowMs int64) view.Wallet {
	w := &s.wallets.list[i]
	v := view.Wallet{ID: w.id, Name: w.name, Owner: s.agents.list[w.owner].key, Spender: w.spender, Service: w.service,
		Open: w.closed == 0, Breaker: s.breakersClosed(i) != nil, Seq: w.seq}
	if w.parent >= 0 {
		v.Parent = s.wallets.list[w.parent].id
	}
	if b := w.budget; b.terms != nil {
		v.Budget = &view.WalletBudget{Terms: *b.terms, Version: b.version, By: b.by.String(), Seq: b.seq, Figures: w.account.Figures(b.terms, nowMs)}
		if b.by == byDecision {
			v.Budget.Proposal = s.proposals.list[b.proposal].id
		}
	}
	return v
}

// MaySpend refuses a key that may not spend from a wallet: another than its owner's and its
// spender's.
func (s *State) MaySpend(id string, key op.PublicKey) error {
	i, err := s.openWalletByID("wallet", id)
	if err != nil {
		return err
	}
	if err := s.agents.speaks("pubkey", key); err != nil {
		return err
	}
	return s.maySpend(i, key)
}

// Spends is the number of spends ever asked for.
func (s *State) Spends() int { return len(s.wallets.spends) }

// Spend returns one spend by its id, or false.
func (s *State) Spend(id string) (view.Payment, bool) {
	i, ok := s.wallets.spendAt[id]
	if !ok {
		return view.Payment{}, false
	}
	return s.SpendAt(i), true
}

// SpendAt returns the i-th spend in order of entry, 0 <= i < Spends().
func (s *State) SpendAt(i int) view.Payment {
	x := &s.wallets.spends[i]
	v := view.Payment{ID: x.id, Wallet: s.wallets.list[x.wallet].id, Type: x.asks.Type, State: x.state.String(), By: x.by, Purpose: x.asks.Purpose,
		AmountMsat: x.asks.AmountMsat, FeeLimitMsat: x.asks.FeeLimitMsat, Node: x.asks.Node, Address: x.asks.Address, Origin: x.asks.Origin,
		Commitment: x.asks.Commitment, MemoCommit: x.asks.MemoCommitment, Key: x.asks.Key, Count: x.asks.Count, PaymentHash: x.hash,
		PaidMsat: x.amountMsat, FeeMsat: x.feeMsat, Preimage: x.preimage, Reason: x.reason, Tries: x.tries, Approved: assentViews(x.approved), Seq: x.seq}
	if x.node != (op.NodeKey{}) {
		v.Node = x.node
	}
	for _, t := range x.steps {
		step := view.PaymentStep{Seq: t.seq, TimeMs: t.timeMs, State: t.state.String(), Budget: t.version, BeforeMsat: t.before, AfterMsat: t.after}
		if len(t.trace.Rules) > 0 {
			step.Trace = &t.trace
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

// WalletSpends is the number of spends of a wallet, or false.
func (s *State) WalletSpends(id string) (int, bool) {
	i, ok := s.wallets.at[id]
	if !ok {
		return 0, false
	}
	return len(s.wallets.list[i].spent), true
}

// WalletSpendAt returns the k-th spend of a wallet that there is, 0 <= k < WalletSpends.
func (s *State) WalletSpendAt(id string, k int) view.Payment {
	return s.SpendAt(s.wallets.list[s.wallets.at[id]].spent[k])
}

// Trips is the number of breakers that ever opened for the sake of the sats.
func (s *State) Trips() int { return len(s.wallets.trips) }

// TripAt returns the i-th of them in order of entry, 0 <= i < Trips().
func (s *State) TripAt(i int) view.Trip {
	t := &s.wallets.trips[i]
	return view.Trip{ID: t.id, Scope: t.fact.Scope, Subject: t.fact.Subject, Cause: t.fact.Cause, Figures: t.fact.Figures, Seq: t.seq,
		TimeMs: t.timeMs, Resets: assentViews(t.resets), Closed: t.closed}
}
