package node

import (
	"context"
	"errors"

	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// Batch is what one bbolt transaction of the ballot store takes: entries in
// order, the effects they made, and the effects they answered.
type Batch struct {
	First   uint64   // sequence number of Entries[0]; the store's size
	Entries [][]byte // canonical encodings
	Effects []StoredEffect
	Done    []string // ids of answered effects
}

// StoredEffect is an effect as the store keeps it until it is answered.
type StoredEffect struct {
	ID   string
	Seq  uint64
	Data []byte
}

// Store keeps the log. Append is durable when it returns; after an error of
// Append the store takes no more until it is opened anew. One writer, many
// readers.
type Store interface {
	Append(Batch) (root [32]byte, err error)
	Size() uint64
	Root(size uint64) ([32]byte, error)
	Entry(seq uint64) ([]byte, error)
	Scan(from, to uint64, fn func(seq uint64, entry []byte) error) error
	InclusionProof(seq, size uint64) ([][32]byte, error)
	// InclusionProofs is InclusionProof for each of seqs; fn must not keep the path.
	InclusionProofs(seqs []uint64, size uint64, fn func(i int, path [][32]byte)) error
	ConsistencyProof(old, size uint64) ([][32]byte, error)
	PendingEffects() ([]StoredEffect, error)
	PutCheckpoint(size uint64, note []byte) error
	LatestCheckpoint() (size uint64, note []byte, err error)
}

// HoldStatus is what the Lightning node says about a hold invoice.
type HoldStatus uint8

// Statuses of a hold invoice.
const (
	HoldUnknown   HoldStatus = iota // no such invoice
	HoldOpen                        // not paid yet
	HoldAccepted                    // all HTLCs locked in
	HoldSettled                     // preimage released
	HoldCancelled                   // HTLCs failed back, or never paid
)

// Hold is the state of one hold invoice.
type Hold struct {
	Status       HoldStatus
	AmountSat    int64  // locked or settled, rounded down
	RestMsat     int64  // what that leaves, 0 to 999
	ExpiryHeight uint32 // lowest HTLC expiry; 0 unless accepted
}

// HoldRequest asks for a hold invoice.
type HoldRequest struct {
	PaymentHash op.Hash
	AmountSat   int64
	CltvBlocks  uint32
	ExpirySec   int64 // while unpaid
	Memo        string
}

// LightningInfo is how far LND has come.
type LightningInfo struct {
	Height uint32
	Synced bool // with the chain; if not, the height may be far behind
}

// Lightning is what the node needs of its Lightning node. Every call may be
// repeated: each does its work at most once. A call that could not reach LND
// fails with ErrLightningAway.
type Lightning interface {
	OpenHold(ctx context.Context, r HoldRequest) (bolt11 string, err error)
	SettleHold(ctx context.Context, preimage op.Hash) error
	// CancelHold fails with ErrHoldSettled where it is too late.
	CancelHold(ctx context.Context, hash op.Hash) error
	// LookupHold tells the present state; one that there is not is HoldUnknown.
	LookupHold(ctx context.Context, hash op.Hash) (Hold, error)
	// Info returns LND's own height.
	Info(ctx context.Context) (LightningInfo, error)
	// Reachable tells whether the last contact succeeded.
	Reachable() bool
}

// Block is a block of the best chain.
type Block struct {
	Height uint32
	Hash   [32]byte // in the byte order that explorers print
	TimeMs int64    // of its header, unix ms; 0: not known
}

// Chain tells about new blocks. WatchBlocks calls fn with the present tip and
// every new one until ctx ends; it reconnects by itself. Headers reads up to count headers of
// the best chain from a height on, in order; fewer where the chain ends. Above it there are none.
type Chain interface {
	WatchBlocks(ctx context.Context, fn func(Block)) error
	Headers(ctx context.Context, from uint32, count int) ([]headers.Header, error)
}

// Clock gives unix milliseconds.
type Clock interface{ NowMs() int64 }

// Kinds of failure of the node itself, apart from refusals of the ledger.
var (
	// ErrLightningAway: what was asked needs LND, and LND does not answer.
	ErrLightningAway = errors.New("the Lightning node does not answer")
	// ErrOtherNetwork: the Lightning node is on another Bitcoin network than the
	// economy. The node ends with it.
	ErrOtherNetwork = errors.New("the Lightning node is on another network than the economy")
	// ErrHoldGone: the hold invoice was cancelled or is unknown.
	ErrHoldGone = errors.New("the hold invoice is cancelled or unknown")
	// ErrHoldSettled: the hold invoice was settled and cannot be cancelled.
	ErrHoldSettled = errors.New("the hold invoice is settled")
	// ErrNotDurable: an entry could not be made durable. The node takes no
	// more operations; whether the last ones are in the log is known after the
	// restart.
	ErrNotDurable = errors.New("the ballot store did not confirm the write")
	// ErrUnconfirmed: beside ErrNotDurable, for an event that was in the write
	// that failed: it may be recorded.
	ErrUnconfirmed = errors.New("what became of the event shows when the node starts again")

	// ErrStopping: the node is shutting down.
	ErrStopping = errors.New("the node is shutting down")
)
