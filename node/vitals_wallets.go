package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/econd/econd/node/breaker"
	"github.com/econd/econd/node/budget"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// WalletVitals are what monitoring watches of wallets, spends and breakers.
type WalletVitals struct {
	Wallets []WalletCount // by state
	// Of the budgets of wallets that are no parts of others, in their running periods. Sums are
	// of as many sats as there are, which a float64 counts well enough.
	UsedMsat, LeftMsat float64
	UsedMost           float64 // largest share that one funded wallet has used, 0 to 1 and above
	NearlyUsed         int     // funded wallets that have used more than NearlyUsed of 1

	Spends                    ledger.SpendFigures
	ReservedFor, SubmittedFor time.Duration // how long the oldest has been so; 0: none is

	Breakers []BreakerCount
	Refused  []RuleCount
}

// WalletCount is how many wallets are in a state.
type WalletCount struct {
	State string
	Count int
}

// BreakerCount is how many breakers of a scope are open for a cause.
type BreakerCount struct {
	Scope breaker.Scope
	Cause breaker.Cause
	Count int
}

// RuleCount is how many spends a rule refused since the start.
type RuleCount struct {
	Rule  string
	Count uint64
}

// nearlyUsed is the share of a budget from which on its wallet counts as nearly used.
const nearlyUsed = 0.8

// walletsAtOnce is how many wallets are looked at before the writer has its turn.
const walletsAtOnce = 256

// WalletVitals reads them. It must not be called from within View.
func (n *Node) WalletVitals() WalletVitals {
	var v WalletVitals
	for _, state := range ledger.WalletStates() {
		v.Wallets = append(v.Wallets, WalletCount{State: state})
	}
	for from, more := 0, true; more; from += walletsAtOnce {
		n.View(func(s *ledger.State, nowMs int64) {
			to := min(from+walletsAtOnce, s.Wallets())
			for i := from; i < to; i++ {
				v.add(s.WalletUseAt(i, nowMs))
			}
			more = to < s.Wallets()
		})
	}
	n.View(func(s *ledger.State, nowMs int64) {
		v.Spends = s.SpendFigures()
		v.ReservedFor, v.SubmittedFor = ageOf(v.Spends.ReservedMs, nowMs), ageOf(v.Spends.SubmittedMs, nowMs)
		for _, scope := range []breaker.Scope{breaker.Wallet, breaker.Agent, breaker.Node} {
			for _, cause := range breaker.Causes() {
				v.Breakers = append(v.Breakers, BreakerCount{scope, cause, s.OpenTrips(string(scope), string(cause))})
			}
		}
	})
	v.Breakers = append(v.Breakers, n.meansOpen()...)
	v.Refused = n.refusedSpends.list()
	return v
}

func ageOf(sinceMs, nowMs int64) time.Duration {
	if sinceMs == 0 {
		return 0
	}
	return time.Duration(max(0, nowMs-sinceMs)) * time.Millisecond
}

func (v *WalletVitals) add(u ledger.WalletUse) {
	for i := range v.Wallets {
		if v.Wallets[i].State == u.State {
			v.Wallets[i].Count++
		}
	}
	if u.State != ledger.WalletFunded {
		return
	}
	used, allowed := float64(u.UsedMsat), float64(u.AllowanceMsat)
	if !u.Part {
		v.UsedMsat += used
		v.LeftMsat += max(0, allowed-used)
	}
	if allowed == 0 {
		return
	}
	v.UsedMost = max(v.UsedMost, used/allowed)
	if used > nearlyUsed*allowed {
		v.NearlyUsed++
	}
}

// meansOpen are the breakers of means, which heal by themselves, as they are now.
func (n *Node) meansOpen() (list []BreakerCount) {
	n.seeMeans(context.Background())
	n.spends.mu.Lock()
	defer n.spends.mu.Unlock()
	open := n.spends.breakers.Means(n.steadyMs())
	for _, cause := range breaker.MeansCauses() {
		c := BreakerCount{Scope: breaker.Node, Cause: cause}
		if slices.Contains(open, cause) {
			c.Count = 1
		}
		list = append(list, c)
	}
	return list
}

// SpendRules are the rules that refused spends are counted by, "other" for all that are none of
// them.
var SpendRules = append(budget.Rules(), "no-budget", "pool-funds", "breaker", "spender", "spend-once", "spend-key", "hash-once", "hash-hold", "max-waiting", "other")

// refusedSpends counts the spends that the log refused, by whichever door they came.
type refusedSpends struct {
	mu    sync.Mutex
	rules map[string]uint64
}

func (r *refusedSpends) list() (list []RuleCount) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rule := range SpendRules {
		list = append(list, RuleCount{rule, r.rules[rule]})
	}
	return list
}

func (n *Node) countRefusedSpend(kind op.Kind, err error) {
	if kind != op.KindSpend {
		return
	}
	rule := "other"
	if why := (*refusal.Refusal)(nil); errors.As(err, &why) && slices.Contains(SpendRules, why.Rule) {
		rule = why.Rule
	}
	n.refusedSpends.mu.Lock()
	defer n.refusedSpends.mu.Unlock()
	if n.refusedSpends.rules == nil {
		n.refusedSpends.rules = map[string]uint64{}
	}
	n.refusedSpends.rules[rule]++
}
