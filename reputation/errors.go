package reputation

// Error is the kind of a refusal; test for it with [errors.Is]. The error that
// is returned wraps a kind and names the field and the rule in a sentence.
type Error string

// Error returns the kind's short description.
func (e Error) Error() string { return string(e) }

// The kinds of refusal.
const (
	// ErrParams: a parameter lies outside its range.
	ErrParams Error = "bad reputation parameter"
	// ErrReceipt: a field of a receipt lies outside its range.
	ErrReceipt Error = "bad receipt"
	// ErrSelfRating: consumer and provider are the same agent.
	ErrSelfRating Error = "an agent cannot rate itself"
	// ErrAlreadyRated: the consumer has rated the provider on that day.
	ErrAlreadyRated Error = "one rating per consumer, provider and day"
	// ErrLate: the receipt's day lies before the last epoch.
	ErrLate Error = "receipt is older than the last epoch"
	// ErrSnapshot: an epoch's inputs do not fit the book or each other.
	ErrSnapshot Error = "bad epoch snapshot"
	// ErrEncoding: bytes are not a book's encoding.
	ErrEncoding Error = "bad encoding of a reputation book"
)
