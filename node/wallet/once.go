package wallet

import "context"

type unpaidKey struct{}

// WithoutBuying returns a context whose requests buy nothing: tokens that are there are
// sent, a payment on its way is looked up, and what asks for another one fails with
// ErrNotBought. It is for repeating a request that was paid and not served.
func WithoutBuying(ctx context.Context) context.Context {
	return context.WithValue(ctx, unpaidKey{}, true)
}

// mayBuy tells whether a request may be paid.
func mayBuy(ctx context.Context) error {
	if ctx.Value(unpaidKey{}) != nil {
		return ErrNotBought
	}
	return nil
}
