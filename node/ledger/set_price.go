package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/refusal"
)

// SetPrice changes what a token for a resource costs. One decision raises a price at
// most to ten times what it is, or to 1,000 sat, and that of operations to no more
// than leaves guardians removable.
type SetPrice struct {
	Type      string `json:"type"`
	Resource  string `json:"resource" schema:"is=Resource"`
	Sat       int64  `json:"sat" schema:"min=0,max=9007199254740991"`        // the new price; 0 is free
	ExpectSat int64  `json:"expect_sat" schema:"min=0,max=9007199254740991"` // the price that it replaces; another one in force refuses the action
}

func (a *SetPrice) kind() string { return constitution.ActionSetPrice }

// What one decision may raise a price to, however low it is, and how many times
// the price in force.
const (
	leastRiseSat = 1000
	mostRise     = 10
)

// mostPrice is the most that one decision may raise a price to: whoever pays by it
// must be able to pay for the vote that sets it back.
func mostPrice(inForceSat int64) int64 { return max(mostRise*inForceSat, leastRiseSat) }

func (a *SetPrice) do(d *plan) error {
	if err := a.set(d); err != nil {
		return err
	}
	was := d.s.constitution.PriceSat(a.Resource) // not what other actions made of it
	if a.Sat <= was {
		return nil
	}
	if most := mostPrice(was); a.Sat > most {
		return refusal.New(refusal.ErrRule, "sat", "price-rise", "is %d, one decision may raise the price of %s from %d sat to at most %d", a.Sat, a.Resource, was, most)
	}
	if why := d.s.shutsOut(d.constitution()); why != "" {
		return refusal.New(refusal.ErrRule, "sat", "guardians-removable", "%s", why)
	}
	return nil
}

// set sets the price if that in force is as expected.
func (a *SetPrice) set(d *plan) error {
	c := d.constitution()
	for i := range c.Prices {
		p := &c.Prices[i]
		if p.Resource != a.Resource {
			continue
		}
		if p.Sat != a.ExpectSat {
			return refusal.New(refusal.ErrRule, "expect_sat", "precondition", "price of %s is %d sat, the action expects %d", a.Resource, p.Sat, a.ExpectSat)
		}
		p.Sat = a.Sat
		return c.ValidatePrices()
	}
	return refusal.New(refusal.ErrInvalid, "resource", "resource", "%+q is not one of %v", a.Resource, constitution.Resources())
}

// priceReturn puts a price back to what it was, however much that is. Nobody can
// propose it.
type priceReturn struct{ SetPrice }

func (a *priceReturn) do(d *plan) error { return a.set(d) }

func (a *SetPrice) reversed() action {
	return &priceReturn{SetPrice{Type: a.Type, Resource: a.Resource, Sat: a.ExpectSat, ExpectSat: a.Sat}}
}
