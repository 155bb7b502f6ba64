package cheat

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// spending is a log by version 3 of the rules in which an agent has a wallet of 100 sat a day,
// 50 at once, and a spend of 20 sat to payee's node set aside.
type spending struct {
	*story
	wallet, spend, effect string
	payee                 op.NodeKey
	preimage              op.Hash
}

func (s *story) newSpending() *spending {
	c := audittest.Constitution()
	c.Version = constitution.RulesWallets
	c.Wallets.Operator = constitution.OperatorBudgets{Pools: []string{c.Pools[0].Name}, DaySat: 100, CapSat: 50, LifeS: 86_400}
	e := audittest.NewEconomyBy(s.t, s.ID, c)
	e.EnterHeaders(chainFrom, headers.Mine([32]byte{}, e.At.TimeMs/1000-60*12, 60, 12, 0))
	o := &spending{story: &story{&audittest.Story{Economy: e}, s.t}, payee: op.NodeKey(audittest.NodeKey("payee").PubKey().SerializeCompressed()), preimage: op.Hash{7}}
	ada := o.Agent("a")
	o.Agents = []op.SecretKey{ada, o.Agent("b")}
	deposit := o.Do(ada, op.KindDeposit, op.Deposit{Pool: c.Pools[0].Name, AmountSat: 5000})
	o.Lock(deposit)
	o.Answer()
	o.Do(ada, op.KindOpenWallet, op.OpenWallet{Name: "errands"})
	o.wallet = ledger.WalletID(e.ID, ada.Public(), "errands")
	o.Do(o.Operator, op.KindWalletBudget, op.WalletBudget{Wallet: o.wallet, Terms: o.terms(100_000)})
	o.Do(ada, op.KindSpend, o.asks(20_000))
	asks := o.asks(20_000)
	o.spend = ledger.SpendID(&asks)
	for _, e := range o.State.PendingEffects() {
		if e.Spend == o.spend {
			o.effect = e.ID
		}
	}
	o.Pass(time.Second)
	return o
}

func (s *spending) terms(dayMsat int64) *budget.Terms {
	return &budget.Terms{Pool: s.State.Constitution().Pools[0].Name, RefillMsat: dayMsat, CeilingMsat: dayMsat, PeriodS: 86_400, CapMsat: 50_000,
		Recipients: []string{budget.Any}, UntilMs: s.At.TimeMs + 3_600_000}
}

func (s *spending) asks(msat int64) op.Spend {
	return op.Spend{Wallet: s.wallet, Type: op.SpendKeysend, AmountMsat: msat, FeeLimitMsat: 1000, Purpose: "food", Node: s.payee}
}

func (s *spending) submits(msat int64, node op.NodeKey) op.SpendSubmitted {
	return op.SpendSubmitted{Effect: s.effect, Spend: s.spend, PaymentHash: sha256.Sum256(s.preimage[:]), AmountMsat: msat, Node: node}
}

// ofSpends are cheats with what wallets spend, in logs by version 3 of the rules.
var ofSpends = []cheat{
	{name: "spend-invented", tries: "spends from an agent's wallet", catches: replays, holder: anybody, err: audit.ErrLog, says: "may not spend from",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			return x.state(op.KindSpend, x.asks(10_000))
		}},
	{name: "spend-raised", tries: "pays more for a spend than its agent asked for", catches: replays, holder: anybody, err: audit.ErrLog, says: "spend-amount",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			return x.state(op.KindSpendSubmitted, x.submits(20_001, x.payee))
		}},
	{name: "spend-to-another", tries: "pays another node for a spend than its agent named", catches: replays, holder: anybody, err: audit.ErrLog, says: "spend-node",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			return x.state(op.KindSpendSubmitted, x.submits(20_000, op.NodeKey(audittest.NodeKey("stranger").PubKey().SerializeCompressed())))
		}},
	{name: "spend-settled-unproved", tries: "states that a spend by invoice is paid, without the payee's preimage", catches: replays, holder: anybody, err: audit.ErrLog, says: "preimage",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			x.Do(x.Operator, op.KindSpendSubmitted, x.submits(20_000, x.payee))
			return x.state(op.KindSpendSettled, op.SpendSettled{Effect: x.effect, Spend: x.spend, Preimage: op.Hash{8}})
		}},
	{name: "spend-beyond-the-budget", tries: "lets a spend pass that the wallet's budget refuses", catches: replays, holder: anybody, err: audit.ErrLog, says: "cap",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			return x.enter(x.Sign(x.Agents[0], op.KindSpend, x.asks(49_001)))
		}},
	{name: "budget-beyond-the-bounds", tries: "gives a wallet more than the constitution lets the operator give alone", catches: replays, holder: anybody, err: audit.ErrLog, says: "operator-budget",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			return x.state(op.KindWalletBudget, op.WalletBudget{Wallet: x.wallet, Terms: x.terms(100_001)})
		}},
	{name: "breaker-closed-alone", tries: "closes a breaker that approvers have to close", catches: replays, holder: anybody, err: audit.ErrLog, says: "resetter",
		play: func(_ *testing.T, s *story) verdict {
			x := s.newSpending()
			x.Do(x.Operator, op.KindWalletBudget, op.WalletBudget{Wallet: x.wallet})
			x.Pass(25 * time.Hour)
			terms := x.terms(90_000)
			terms.Approvals = &budget.Approvals{AboveMsat: 50_000, M: 1, Keys: []string{x.Agents[1].Public().String()}}
			x.Do(x.Operator, op.KindWalletBudget, op.WalletBudget{Wallet: x.wallet, Terms: terms})
			trip := x.Do(x.Operator, op.KindBreakerTripped, op.BreakerTripped{Scope: "wallet", Subject: x.wallet, Cause: "fees", Figures: "for a test"})
			return x.state(op.KindResetBreaker, op.ResetBreaker{Trip: trip, Reason: "none"})
		}},
}
