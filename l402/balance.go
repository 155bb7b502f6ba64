package l402

import "time"

// MaxUses bounds how often one token can be used.
const MaxUses = 10_000

// Balance is what one payment bought.
type Balance struct {
	// Uses is how often it can be used in all, at least 1.
	Uses int64

	// For is what it can be used for; "" for whatever the token allows. The
	// first use fixes it.
	For string

	// Until is the Unix second from which on no token of the payment can be good
	// any more, so that it may be forgotten; 0 for never. It hangs on the payment,
	// not on the token at hand, which its holder can have shortened, and it only
	// rises.
	Until int64
}

// MaxTokenLifetime bounds how long tokens are good, 90 days. What was paid through a
// seller in front is remembered for so long, whatever the lifetime is now: a longer
// one, later, must not make a payment good that was used up and forgotten.
const MaxTokenLifetime = 90 * 24 * time.Hour

// Outlasts tells whether a balance has to be remembered longer than until the
// Unix second given; for implementations of Balances.
func (b Balance) Outlasts(until int64) bool {
	return until != 0 && (b.Until == 0 || b.Until > until)
}

// Balances counts what payments were used for. Implementations are safe for
// concurrent use. Package balances has the durable one.
//
// Whatever happens, no more is taken of a payment than it bought. A crash may
// lose a few uses: see the implementation.
type Balances interface {
	// Known returns what is remembered of a payment of which something was
	// taken; ok is false for any other.
	Known(payment Hash) (b Balance, ok bool, err error)

	// Left tells how many uses of the balance are not taken. ErrNotAuthorized
	// if the payment was used for something else.
	Left(payment Hash, b Balance) (int64, error)

	// Take counts n uses, or as many as are left, and returns how many, once
	// that is durable. With an error nothing may be served. What is remembered
	// of the payment is kept for the longest time of any Balance taken from.
	Take(payment Hash, b Balance, n int64) (taken int64, err error)

	// GiveBack returns uses that were taken and not served.
	GiveBack(payment Hash, n int64)
}

// balance is what a grant's token was sold for.
func (g *Grant) balance() Balance {
	return Balance{Uses: g.Uses, For: g.For, Until: g.KeepUntil}
}

// look fills in what is left of a grant; ErrUsedUp if it is nothing.
func look(counted Balances, g *Grant) error {
	left, err := counted.Left(g.PaymentHash, g.balance())
	if err != nil {
		*g = Grant{}
		return backEnd("balances", err)
	}
	g.Left = left
	if left == 0 {
		return usedUp(g)
	}
	return nil
}

func usedUp(g *Grant) error {
	return refuse(ErrUsedUp, "the token paid with %s was good for %d uses, and all are taken", g.PaymentHash, g.Uses)
}

// take counts up to n uses of a grant.
func take(counted Balances, g *Grant, n int64) (int64, error) {
	taken, err := counted.Take(g.PaymentHash, g.balance(), n)
	if err != nil {
		return 0, backEnd("balances", err)
	}
	g.Left = max(0, g.Left-taken)
	if taken == 0 && n > 0 {
		g.Left = 0
		return 0, usedUp(g)
	}
	return taken, nil
}

// backEnd passes refusals on and wraps everything else as ErrUnavailable.
func backEnd(what string, err error) error {
	if _, ours := err.(*Error); ours {
		return err
	}
	return unavailable(what, err)
}

// WrongUse is the refusal of a payment that was used for something else; for
// implementations of Balances.
func WrongUse(payment Hash, was, wanted string) error {
	return refuse(ErrNotAuthorized, "payment %s was used for %q and cannot be used for %q", payment, was, wanted)
}
