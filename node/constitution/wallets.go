package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/refusal"
)

// WalletRules bound the wallets that spend from the pools. Absent members have the
// defaults named.
type WalletRules struct {
	MaxPerAgent int64           `json:"max_per_agent,omitempty"` // wallets that are not closed, parts included; 0 is 16
	Operator    OperatorBudgets `json:"operator,omitzero"`       // what budgets the operator may set without a decision; absent, none
}

// OperatorBudgets bound the budgets that the operator sets.
type OperatorBudgets struct {
	Pools  []string `json:"pools,omitempty"`   // that they may spend from
	DaySat int64    `json:"day_sat,omitempty"` // most that all of them together add in a day
	CapSat int64    `json:"cap_sat,omitempty"` // most for one payment
	LifeS  int64    `json:"life_s,omitempty"`  // how long one holds at most, from when it is set
}

const walletsPerAgent = 16

// WalletsPerAgent is how many wallets an agent may have.
func (r WalletRules) WalletsPerAgent() int64 { return orElse(r.MaxPerAgent, walletsPerAgent) }

// DayMsat is what a budget that adds so much each period counts for in a day: what it adds
// in one, and of a longer period all that it adds at its start.
func DayMsat(refillMsat, periodS int64) int64 {
	return muldiv.Ceil(refillMsat, dayS, min(periodS, dayS))
}

func (r WalletRules) isZero() bool {
	o := r.Operator
	return r.MaxPerAgent == 0 && len(o.Pools) == 0 && o.DaySat == 0 && o.CapSat == 0 && o.LifeS == 0
}

func (c *Constitution) validateWallets() error {
	if c.Version < RulesWallets && !c.Wallets.isZero() {
		return refusal.New(refusal.ErrInvalid, "constitution.wallets", "rules-since",
			"is known from version %d of the rules on, those of this constitution are version %d", RulesWallets, c.Version)
	}
	if err := misfit("constitution.wallets.", walletTable.Misfit(&c.Wallets)); err != nil {
		return err
	}
	for i, name := range c.Wallets.Operator.Pools {
		field := fmt.Sprintf("constitution.wallets.operator.pools[%d]", i)
		if !c.hasPool(name) {
			return refusal.New(refusal.ErrInvalid, field, "pool", "no pool %+q in the constitution", name)
		}
		if slices.Contains(c.Wallets.Operator.Pools[:i], name) {
			return refusal.New(refusal.ErrInvalid, field, "unique", "%+q appears twice", name)
		}
	}
	return nil
}
