package l402test

import (
	"sync"

	"github.com/econd/econd/l402"
)

// Balances counts uses in memory. It is the plain model that the durable store
// is compared with. Safe for concurrent use.
type Balances struct {
	mu   sync.Mutex
	used map[l402.Hash]*spent
}

type spent struct {
	l402.Balance
	n int64
}

// NewBalances returns an empty one.
func NewBalances() *Balances { return &Balances{used: make(map[l402.Hash]*spent)} }

// Known returns what a payment bought of which something was taken.
func (b *Balances) Known(payment l402.Hash) (l402.Balance, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.used[payment]
	if s == nil {
		return l402.Balance{}, false, nil
	}
	return s.Balance, true, nil
}

// Left tells how many uses are not taken.
func (b *Balances) Left(payment l402.Hash, of l402.Balance) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left(payment, of)
}

func (b *Balances) left(payment l402.Hash, of l402.Balance) (int64, error) {
	s := b.used[payment]
	if s == nil {
		return of.Uses, nil
	}
	if s.For != of.For {
		return 0, l402.WrongUse(payment, s.For, of.For)
	}
	return max(0, of.Uses-s.n), nil
}

// Take counts up to n uses.
func (b *Balances) Take(payment l402.Hash, of l402.Balance, n int64) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left, err := b.left(payment, of)
	if n = min(n, left); err != nil || n <= 0 {
		return 0, err
	}
	s := b.used[payment]
	if s == nil {
		s = &spent{Balance: of}
		b.used[payment] = s
	}
	if of.Outlasts(s.Until) {
		s.Until = of.Until
	}
	s.n += n
	return n, nil
}

// GiveBack returns uses.
func (b *Balances) GiveBack(payment l402.Hash, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.used[payment]; s != nil {
		s.n = max(0, s.n-n)
	}
}
