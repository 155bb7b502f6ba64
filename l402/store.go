package l402

// Record is what a store keeps about one token. All times are Unix seconds.
type Record struct {
	TokenID     TokenID
	PaymentHash Hash
	RootKey     RootKey

	// CreatedAt is when the challenge was made.
	CreatedAt int64

	// PayBy is when the challenge's invoice expires. Before that an unpaid
	// record must not be pruned, or a payer could lose its money.
	PayBy int64

	// ExpiresAt is from when on the token is good for nothing any more; a paid
	// record must be kept until then.
	ExpiresAt int64

	// Paid tells whether the token was ever presented with its preimage.
	Paid bool
}

// RootKeys stores the root keys of tokens. Implementations are safe for
// concurrent use. Package rootkeys has the durable one.
type RootKeys interface {
	// Put adds a record and returns once it is durable. An error means that
	// the record may or may not be there; the challenge is then not handed
	// out.
	Put(r Record) error

	// Get returns a token's record, or an error with kind ErrUnknownToken if
	// there is none (any more).
	Get(id TokenID) (Record, error)

	// MarkPaid notes that the token was presented with its preimage. It does
	// not block on a disk: the mark may become durable later. Marking an
	// unknown token does nothing.
	MarkPaid(id TokenID)

	// Generation is a number that has changed by the time a removal of any
	// record (revoked or pruned) has returned to its caller. It is read on
	// every request, so it must be cheap.
	Generation() uint64
}
